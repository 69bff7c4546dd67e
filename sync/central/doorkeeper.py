"""Closes connections on which no whole request head comes: aiohttp itself waits for one without end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

HEAD_TIMEOUT_S: Final = 15.0
LOOKS_PER_TIMEOUT: Final = 3


class Doorkeeper:
    """Watches the connections of one server; ``saw`` is told of every request."""

    def __init__(self) -> None:
        self._since_s: dict[object, float] = {}
        self._asked: set[object] = set()

    def saw(self, request: web.Request) -> None:
        """Note that a whole head came; from now on the server's own limits hold."""
        self._asked.add(request.protocol)

    def left(self, request: web.Request) -> None:
        """Forget a connection that waits for news: its handler is no more."""
        self._asked.discard(request.protocol)

    @asynccontextmanager
    async def watching(self, server: web.Server, timeout_s: float) -> AsyncIterator[None]:
        """Close, as long as the context lasts, what is silent for longer than ``timeout_s``."""
        watching = asyncio.create_task(self._watch(server, timeout_s))
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self, server: web.Server, timeout_s: float) -> None:
        while True:
            await asyncio.sleep(timeout_s / LOOKS_PER_TIMEOUT)
            now_s = asyncio.get_running_loop().time()
            self._asked.intersection_update(server.connections)
            silent = [connection for connection in server.connections if connection not in self._asked]
            self._since_s = {connection: self._since_s.get(connection, now_s) for connection in silent}
            for connection in silent:
                if now_s - self._since_s[connection] > timeout_s and connection.transport is not None:
                    connection.transport.abort()
