"""A connection while its question waits for news: the socket and the question, and nothing else.

For a request that is being answered aiohttp holds a parser, two tasks, the request and its headers: five times as much.
So its handler is let go of, and the question is asked once more, of a fresh one, when there is something to say.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from sync.central.tls import HEADER as CERTIFICATE_HEADER

WAIT: Final = "wait_s"
KEPT: Final = ("Host", "Connection", "If-None-Match", CERTIFICATE_HEADER)
"""What of a question's head decides about its answer."""
AT_ONCE: Final = 50
"""Of those who are woken, in one turn of the loop."""
TURNS: Final = 8
"""Of the loop, from a question to the handler that answers it."""


class Waits:
    """All who wait at one server; whoever is woken is heard in turn, a few at a time, between all else that it does."""

    def __init__(self) -> None:
        self.server: web.Server | None = None
        self.is_closing = False
        self._woken: deque[Callable[[], None]] = deque()

    def hear(self, question: Callable[[], None]) -> None:
        """Have a question asked when its turn comes."""
        if not self._woken:
            asyncio.get_running_loop().call_soon(self._turn)
        self._woken.append(question)

    async def close(self) -> None:
        """Return when everybody who was woken has a handler that answers, and closes the connection after that."""
        self.is_closing = True
        turns = TURNS
        while self._woken or turns:
            await asyncio.sleep(0)
            turns = TURNS if self._woken else turns - 1

    def _turn(self) -> None:
        for _ in range(min(AT_ONCE, len(self._woken))):
            self._woken.popleft()()
        if self._woken:
            asyncio.get_running_loop().call_soon(self._turn)


class Waiting(asyncio.Protocol):
    """One connection until ``place`` is done, or who asked says something or goes away."""

    __slots__ = ("_place", "_question", "_transport", "_waits")

    def __init__(
        self, waits: Waits, transport: asyncio.Transport, question: bytes, place: asyncio.Future[None]
    ) -> None:
        self._waits = waits
        self._transport: asyncio.Transport | None = transport
        self._question = question
        self._place = place
        place.add_done_callback(self._woken)

    def data_received(self, more: bytes) -> None:
        """End the wait: who says more is answered, and then heard."""
        self._question += more
        self._place.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place up."""
        del exc
        self._transport = None
        self._place.cancel()

    def _woken(self, _place: asyncio.Future[None]) -> None:
        self._waits.hear(self._ask_again)

    def _ask_again(self) -> None:
        server = self._waits.server
        if server is None or self._transport is None or self._transport.is_closing():
            return
        owner = server()
        self._transport.set_protocol(owner)
        owner.connection_made(self._transport)
        owner.data_received(self._question)
        if self._waits.is_closing:
            owner.close()


class Left(web.StreamResponse):
    """What aiohttp is given in place of an answer: the connection is no longer its own."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write nothing."""
        del request
        return None

    async def write_eof(self, rest: bytes = b"") -> None:
        """Write nothing."""
        del rest


def leave(request: web.Request, place: asyncio.Future[None], headers: dict[str, str]) -> Left | None:
    """Let go of a request until ``place`` is done; ``headers`` are added when it is asked again, without its wait.

    Returns None, and lets nothing go, where there is no wait: news have come meanwhile, or an end, or the next request.
    """
    waits, owner, transport = request.app[WAITS], request.protocol, request.transport
    followed = bool(owner._messages)  # noqa: SLF001 - aiohttp tells nobody what stands behind a request
    if transport is None or followed or place.done() or waits.is_closing:
        place.cancel()
        return None
    question = _question(request, headers)
    owner.transport = None  # so that its end does not close the connection
    transport.set_protocol(Waiting(waits, transport, question, place))
    owner.connection_lost(None)
    return Left()


def _question(request: web.Request, headers: dict[str, str]) -> bytes:
    kept = {name: request.headers[name] for name in KEPT if name in request.headers} | headers
    version = f"HTTP/{request.version.major}.{request.version.minor}"
    lines = [f"{request.method} {request.rel_url.without_query_params(WAIT)} {version}"]
    lines += [f"{name}: {text}" for name, text in kept.items()]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


WAITS: Final = web.AppKey("waits", Waits)
