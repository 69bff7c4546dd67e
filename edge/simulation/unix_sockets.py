"""Unix sockets inside the loop: a path leads to the life that listens there, bytes travel as steps of the loop.

The control sockets of the product run on them unchanged. What one end writes arrives at the other after a drawn
latency, in order, as a step of the life that reads it. A life that is cut from power leaves its far ends with an end
of file; nobody can connect to its path any more.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

from edge.simulation.life import LIFE, Life

TRAVEL_MS_MAX: Final = 0.4

Protocols = Callable[[], asyncio.BaseProtocol]


class PipeEnd(asyncio.Transport):
    """One end of a connection. ``peer`` is the other; what is written here is received there."""

    def __init__(self, loop: asyncio.AbstractEventLoop, context: contextvars.Context, latency: Random) -> None:
        super().__init__({"peername": "", "sockname": ""})
        self.peer: PipeEnd
        self.protocol: asyncio.Protocol
        self._loop = loop
        self._context = context
        self._latency = latency
        self._closed = False
        self._arrives_s = 0.0

    def begin(self, protocol: asyncio.Protocol) -> None:
        """Join a protocol to this end, in the life that the end belongs to."""
        self.protocol = protocol
        life = self._context.get(LIFE)
        if life is not None:
            life.open_files.append(self)
        self._context.run(protocol.connection_made, self)

    def write(self, outgoing: Any) -> None:  # noqa: ANN401 - whatever asyncio calls bytes-like
        """Send bytes to the other end; nothing where either is closed."""
        if not self._closed:
            self.peer.come(self._moment(), self.peer.receive, bytes(outgoing))

    def close(self) -> None:
        """Close both ends: this one now, the other when the news arrives."""
        if not self._closed:
            self._closed = True
            self._loop.call_soon(self.protocol.connection_lost, None, context=self._context)
            self.peer.come(self._moment(), self.peer.lose)

    def abort(self) -> None:
        """Close."""
        self.close()

    def abandon(self) -> None:
        """Vanish with the life that held this end; the other end reads an end of file."""
        if not self._closed:
            self._closed = True
            self.peer.come(self._moment(), self.peer.lose)

    def is_closing(self) -> bool:
        """Say whether this end is closed."""
        return self._closed

    def come(self, when_s: float, step: Callable[..., None], *parts: object) -> None:
        """Let something arrive at this end, as a step of its own life."""
        self._loop.call_at(when_s, step, *parts, context=self._context)

    def receive(self, incoming: bytes) -> None:
        """Hand bytes to the protocol."""
        if not self._closed:
            self.protocol.data_received(incoming)

    def lose(self) -> None:
        """Hear that the other end is gone."""
        if not self._closed:
            self._closed = True
            self.protocol.eof_received()
            self.protocol.connection_lost(None)

    def _moment(self) -> float:
        """Return when what is sent now arrives: never before what was sent earlier."""
        travel_s = self._latency.uniform(0, TRAVEL_MS_MAX) / 1000
        self._arrives_s = max(self._loop.time() + travel_s, self._arrives_s + 1e-9)
        return self._arrives_s


class Listener:
    """A path that somebody listens on, and the context in which connections are served; stands for a server."""

    def __init__(self, sockets: UnixSockets, path: Path, protocols: Protocols) -> None:
        self._sockets = sockets
        self.path = path
        self.protocols = protocols
        self.context = contextvars.copy_context()
        self.life: Life | None = LIFE.get()

    def close(self) -> None:
        """Stop listening; connections go on."""
        self._sockets.forget(self)

    def is_serving(self) -> bool:
        """Say whether connections are taken."""
        return self._sockets.listens(self)


class UnixSockets:
    """The Unix sockets of one loop, by path."""

    def __init__(self, loop: asyncio.AbstractEventLoop, latency: Random) -> None:
        self._loop = loop
        self._latency = latency
        self._listeners: dict[Path, Listener] = {}

    def listen(self, protocols: Protocols, path: Path) -> Listener:
        """Listen on ``path``, and leave a file there as the kernel does; raises ``OSError`` where one is."""
        path.touch(exist_ok=False)
        listener = self._listeners[path] = Listener(self, path, protocols)
        return listener

    def connect(self, protocols: Protocols, path: Path) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect to whoever listens on ``path``; raises ``FileNotFoundError`` or ``ConnectionRefusedError``."""
        listener = self._listeners.get(path)
        if not path.exists():
            raise FileNotFoundError(2, "no such file", str(path))
        if listener is None or (listener.life is not None and listener.life.dead):
            raise ConnectionRefusedError(111, "nobody listens", str(path))
        here = PipeEnd(self._loop, contextvars.copy_context(), self._latency)
        there = PipeEnd(self._loop, listener.context.copy(), self._latency)
        here.peer, there.peer = there, here
        there.begin(_stream_protocol(listener.protocols))
        protocol = _stream_protocol(protocols)
        here.begin(protocol)
        return here, protocol

    def listens(self, listener: Listener) -> bool:
        """Say whether a listener is the one on its path."""
        return self._listeners.get(listener.path) is listener

    def forget(self, listener: Listener) -> None:
        """Take a listener off its path."""
        if self.listens(listener):
            del self._listeners[listener.path]


def _stream_protocol(protocols: Protocols) -> asyncio.Protocol:
    protocol = protocols()
    if not isinstance(protocol, asyncio.Protocol):
        raise TypeError("a stream of bytes needs a streaming protocol")
    return protocol
