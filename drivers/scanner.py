"""A QR engine on its line: opened and set up as often as it must be, yielding what was scanned.

A line that is lost is closed at once and raised; whoever serves the codes opens again, and no card waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers.firmware import ANY_FIRMWARE, FirmwareWanted
from drivers.framing import NEED_DATA, Damaged, ResendAsked
from drivers.links import Link
from drivers.monotonic import monotonic_s
from drivers.scanning import Answered, ScanCodec, ScanEvent, Scanned
from edge.domain.errors import ReaderError
from edge.domain.frozen import frozen

NAME_BYTES_MIN: Final = 4


@frozen
class ScannerTiming:
    """Milliseconds. ``silence_ms`` ends a code: above what a USB adapter can hold back (16), 30 at 115200 baud.

    The same code within ``repeat_ms`` of its last sight is the same presentation: engines read it again and again.
    ``trigger_ms``: a reading is triggered so often while somebody waits; 0: the engine reads by itself.
    """

    silence_ms: float = 30.0
    repeat_ms: float = 1_500.0
    trigger_ms: float = 0.0
    answer_timeout_ms: float = 500.0
    set_up_attempts: int = 3
    look_ms: float = 60_000.0


@frozen
class ScannerIdentity:
    """The command whose answer names the engine, none where there is none, and what it must be."""

    command: str = ""
    firmware: FirmwareWanted = ANY_FIRMWARE


class Scanner:
    """One engine: its link, its codec, its set-up commands. One caller at a time, who may give up at any moment."""

    def __init__(
        self,
        link: Link,
        codec: ScanCodec,
        setup: tuple[str, ...] = (),
        timing: ScannerTiming | None = None,
        identity: ScannerIdentity | None = None,
    ) -> None:
        self.timing = timing or ScannerTiming()
        self._link = link
        self._codec = codec
        self._setup = setup
        self._identity = identity or ScannerIdentity()
        self.engine = ""
        """What the engine called itself when it was asked last."""
        self._ready = False
        self._opens = 0
        self._failures = 0
        self._damaged = 0
        self._repeats = 0
        self._last = b""
        self._last_seen_s = 0.0
        self._triggered_s = float("-inf")

    @property
    def name(self) -> str:
        """Return the line's name."""
        return self._link.name

    @property
    def is_open(self) -> bool:
        """Say whether the engine was set up and its line was not lost since."""
        return self._ready and self._link.is_open

    async def open(self) -> None:
        """Open the line and set the engine up, where that is not done; raises ReaderError, the line then closed."""
        if self.is_open:
            return
        try:
            await self._link.open()
            self._opens += 1
            self._codec.reset()
            for step in self._setup:
                await self._carry_out(step)
            await self._check_identity()
        except ReaderError:
            await self._fail()
            raise
        self._ready = True

    async def next_payload(self) -> bytes:
        """Wait for the next code and return its bytes; raises ReaderError when the line is lost.

        May be cancelled: no code that has come is lost by it.
        """
        if not self.is_open:
            raise ReaderError("LINK_LOST", f"{self.name} is not open")
        while True:
            try:
                payload = await self._listen()
            except ReaderError:
                await self._fail()
                raise
            if not self._is_repeat(payload):
                return payload

    async def close(self) -> None:
        """Release the line; idempotent."""
        self._ready = False
        await self._link.close()

    def counters(self) -> Mapping[str, float]:
        """Return the port's counters by name."""
        frames = self._codec.counters
        return {
            "reconnects": max(self._opens - 1, 0),
            "failures": self._failures,
            "frames": frames.frames,
            "repeats": self._repeats,
            "damaged": self._damaged,
            "checksum_errors": frames.checksum_errors,
            "strangers": frames.strangers,
            "dropped_bytes": frames.dropped_bytes,
            **self._link.health(),
        }

    async def _check_identity(self) -> None:
        """Ask the engine who it is, where it can be asked; raises ``READER_IDENTITY``."""
        if self._identity.command:
            self.engine = _name_in(await self._carry_out(self._identity.command))
            if refusal := self._identity.firmware.refusal(self.engine):
                raise ReaderError("READER_IDENTITY", f"{self.name}: {refusal}")

    async def _carry_out(self, step: str) -> bytes:
        """Send one command until it is answered, and return the answer's body; codes meanwhile are of nobody's tap."""
        for _ in range(self.timing.set_up_attempts):
            self._link.write(self._codec.command(step))
            answer = await self._answer()
            if answer is not None and not answer.accepted:
                raise ReaderError("READER_REFUSED", f"{self.name}: the scanner refused the set-up `{step}`")
            if answer is not None:
                return answer.body
        raise ReaderError("READER_SILENT", f"{self.name}: the scanner did not answer the set-up `{step}`")

    async def _answer(self) -> Answered | None:
        """Return the answer; None where none came in time, or the command did not arrive whole."""
        give_up_s = monotonic_s() + self.timing.answer_timeout_ms / 1000
        while (left_ms := (give_up_s - monotonic_s()) * 1000) > 0:
            event = await self._event(left_ms)
            if isinstance(event, Answered):
                return event
            if isinstance(event, ResendAsked):
                return None
        return None

    async def _listen(self) -> bytes:
        """Return the next code; raises ``LINK_LOST``."""
        while True:
            event = await self._event(self._trigger_where_due())
            if isinstance(event, Scanned):
                return event.payload

    async def _event(self, timeout_ms: float) -> ScanEvent | None:
        """Return the next event within ``timeout_ms``, or None; sends what the protocol owes the engine."""
        event = self._codec.next_event()
        if event is NEED_DATA:
            silence_ms = self.timing.silence_ms
            incoming = await self._link.read(min(timeout_ms, silence_ms) if self._codec.partial else timeout_ms)
            if incoming:
                self._codec.receive_data(incoming)
            elif self._codec.partial and timeout_ms >= silence_ms:
                self._codec.line_silent()
            if owed := self._codec.bytes_to_send():
                self._link.write(owed)
            event = self._codec.next_event()
        if event is NEED_DATA:
            return None
        self._damaged += isinstance(event, Damaged)
        return event

    def _trigger_where_due(self) -> float:
        """Trigger a reading where it is time to; returns for how many ms to wait for a code."""
        if not self.timing.trigger_ms:
            return self.timing.look_ms
        due_s = self._triggered_s + self.timing.trigger_ms / 1000
        now_s = monotonic_s()
        if now_s >= due_s and not self._codec.partial:
            self._triggered_s = now_s
            self._link.write(self._codec.trigger())
            return self.timing.trigger_ms
        return max((due_s - now_s) * 1000, self.timing.silence_ms)

    def _is_repeat(self, payload: bytes) -> bool:
        now_s = monotonic_s()
        repeated = payload == self._last and now_s < self._last_seen_s + self.timing.repeat_ms / 1000
        self._last, self._last_seen_s = payload, now_s
        self._repeats += repeated
        return repeated

    async def _fail(self) -> None:
        self._failures += 1
        await self.close()


def _name_in(answer: bytes) -> str:
    """Return what an engine calls itself: its text, or in hexadecimal bytes that are none, or too few for a name."""
    text = answer.rstrip(b"\0 ").decode("ascii", "replace")
    return text if len(text) >= NAME_BYTES_MIN and text.isprintable() and text.isascii() else answer.hex().upper()
