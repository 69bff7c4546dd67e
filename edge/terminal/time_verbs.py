"""How the sync process brings the centre's time to a terminal that has nothing to say: a question and its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from edge.control.messages import Message, to_bytes
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import NONCE_BYTES, SignedTime
from edge.domain.frozen import mutable
from edge.terminal.control import Verb


@mutable
class TimeVerbs:
    """Asks for signed time and takes it.

    ``open_time`` checks the signature against the pinned centre key; ``heard`` takes what is believed. The terminal
    makes up the question, so that nobody can answer it beforehand; the answer counts once, and only within
    ``patience_ms``: whoever carries it cannot keep it for later.
    """

    random_bytes: Callable[[int], bytes]
    monotonic_ms: Callable[[], float]
    open_time: Callable[[bytes], SignedTime]
    heard: Callable[[SignedTime], Awaitable[None]]
    patience_ms: int
    _nonce: bytes = b""
    _asked_ms: float = 0.0

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"time.ask": self.ask, "time": self.take}

    async def ask(self, _message: Message) -> Message:
        """Return a new question; the one before is forgotten."""
        self._nonce, self._asked_ms = self.random_bytes(NONCE_BYTES), self.monotonic_ms()
        return {"nonce": self._nonce.hex()}

    async def take(self, message: Message) -> Message:
        """Take the signed answer to the question; raises ``ACK_FOREIGN`` for any other, or one that came too late."""
        told = self.open_time(to_bytes(message.get("bytes")))
        nonce, self._nonce = self._nonce, b""
        if not nonce or told.nonce != nonce:
            raise RemoteProtocolError("ACK_FOREIGN", "a signed time that answers no question of ours")
        took_ms = self.monotonic_ms() - self._asked_ms
        if took_ms > self.patience_ms:
            raise RemoteProtocolError("ACK_FOREIGN", f"a signed time that was on its way for {took_ms:.0f} ms")
        await self.heard(told)
        return {"time_ms": told.server_time_ms}
