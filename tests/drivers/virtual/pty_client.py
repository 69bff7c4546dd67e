"""A client of a virtual port: opens the path, writes, and waits for bytes on the event loop."""

from __future__ import annotations

import asyncio
import os
import termios
from pathlib import Path
from types import TracebackType
from typing import Self


class PtyClient:
    """One opening of a port. ``hung_up`` is set when the far side is gone."""

    def __init__(self, path: Path) -> None:
        self._port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._received = bytearray()
        self._news = asyncio.Event()
        self.hung_up = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._port, self._readable)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._port)
        os.close(self._port)

    def set_speed(self, speed: int) -> None:
        settings = termios.tcgetattr(self._port)
        settings[4] = settings[5] = speed
        termios.tcsetattr(self._port, termios.TCSANOW, settings)

    def write(self, outgoing: bytes) -> None:
        assert os.write(self._port, outgoing) == len(outgoing)

    async def read(self, count: int) -> bytes:
        """Return exactly so many bytes; fails after five seconds."""
        async with asyncio.timeout(5):
            while len(self._received) < count:
                self._news.clear()
                await self._news.wait()
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def _readable(self) -> None:
        try:
            incoming = os.read(self._port, 4096)
        except OSError:  # EIO: the far side has hung up
            incoming = b""
        if not incoming:
            asyncio.get_running_loop().remove_reader(self._port)
            self.hung_up.set()
        self._received += incoming
        self._news.set()
