"""One command and its answer on a line: acknowledgement, resending, NACK, patience.

A command that is not repeatable is sent once. It is sent again only where the reader says that it arrived damaged;
where the ACK is missing, its answer is awaited all the same, for the ACK alone may have been lost and a second debit
must never follow the first.
"""

from __future__ import annotations

from typing import Final, Literal

from drivers.framing import (
    NEED_DATA,
    Acked,
    Answered,
    Codec,
    Damaged,
    FrameEvent,
    MoreTime,
    NeedData,
    ReaderCommand,
    Rejected,
    ResendAsked,
    SlotMoved,
)
from drivers.links import Link
from drivers.monotonic import monotonic_s
from drivers.port_counters import PortCounters, Rung
from edge.domain.errors import ReaderError
from edge.domain.frozen import frozen, mutable

_NEVER: Final = float("inf")


@frozen
class ExchangeTiming:
    """How long to wait, in milliseconds, and how often to try again.

    The PN532's manual has the ACK within 15 ms; a USB adapter with its latency timer and a busy host need more, and
    the first ACK after an opening may take longest. A frame that stops for ``frame_gap_ms`` has lost bytes (never
    below 20: adapters deliver in steps of 16). ``extension_ms`` is granted at each request for time, up to
    ``extended_ms_max`` in all. ``byte_ms`` is what a byte of ours takes on the line: no answer can come before the
    last of them has left.
    """

    ack_timeout_ms: float = 100.0
    first_ack_timeout_ms: float = 500.0
    frame_gap_ms: float = 60.0
    resends: int = 2
    nacks: int = 2
    extension_ms: float = 500.0
    extended_ms_max: float = 5000.0
    byte_ms: float = 0.0


@mutable
class _Turn:
    """The state of one exchange; deadlines in seconds of the loop's clock."""

    command: ReaderCommand
    frame: bytes
    acked: bool
    ack_due_s: float
    answer_due_s: float
    last_due_s: float
    resends_left: int
    nacks_left: int
    heard_s: float = _NEVER
    clean: bool = True
    held: bytes | None = None
    body: bytes | None = None


class Exchange:
    """Carries commands over one line, one at a time. ``clean`` is false while the line may hold what is not ours."""

    def __init__(self, link: Link, codec: Codec, timing: ExchangeTiming, counters: PortCounters) -> None:
        self._link = link
        self._codec = codec
        self._timing = timing
        self._counters = counters
        self.clean = True
        self.just_opened = True

    async def attempt(self, command: ReaderCommand) -> bytes:
        """Return the answer's body.

        Raises ``READER_SILENT``, ``READER_FRAME`` (only damaged answers came), ``READER_REFUSED``, ``LINK_LOST``.
        """
        self._counters.stale_bytes += await self._link.drop_input()
        started_s = monotonic_s()
        turn = self._begin(command, started_s)
        self.clean = False
        self._link.write(turn.frame)
        while turn.body is None:
            event = await self._event(turn)
            if event is NEED_DATA:
                self._on_silence(turn)
            else:
                self._on_event(turn, event)
        self.clean = turn.clean
        self.just_opened = False
        self._counters.last_frame_s = monotonic_s()
        self._counters.round_trips_ms.append((self._counters.last_frame_s - started_s) * 1000)
        return turn.body

    def _begin(self, command: ReaderCommand, now_s: float) -> _Turn:
        timing = self._timing
        frame = command.lead_in + self._codec.send(command)
        ack_due_s = now_s + self._ack_timeout_s(frame)
        answer_due_s = ack_due_s + command.timeout_ms / 1000
        return _Turn(
            command,
            frame,
            acked=not self._codec.acknowledges,
            ack_due_s=ack_due_s,
            answer_due_s=answer_due_s,
            last_due_s=answer_due_s + timing.extended_ms_max / 1000,
            resends_left=timing.resends,
            nacks_left=timing.nacks,
        )

    def _ack_timeout_s(self, frame: bytes) -> float:
        timing = self._timing
        sending_ms = len(frame) * timing.byte_ms
        if not self._codec.acknowledges:
            return sending_ms / 1000
        return (sending_ms + (timing.first_ack_timeout_ms if self.just_opened else timing.ack_timeout_ms)) / 1000

    async def _event(self, turn: _Turn) -> FrameEvent | Literal[NeedData.NEED_DATA]:
        """Return the next event; NEED_DATA when a deadline has passed."""
        while True:
            event = self._codec.next_event()
            if event is not NEED_DATA:
                return event
            left_ms = (self._due_s(turn) - monotonic_s()) * 1000
            wanted = 1 if turn.acked else self._codec.answer_bytes_min  # an acknowledgement alone wakes nobody
            incoming = await self._link.read(left_ms, wanted) if left_ms > 0 else b""
            if not incoming:
                return NEED_DATA
            turn.heard_s = monotonic_s()
            self._codec.receive_data(incoming)

    def _due_s(self, turn: _Turn) -> float:
        due_s = turn.answer_due_s if turn.acked else min(turn.ack_due_s, turn.answer_due_s)
        if self._codec.partial and turn.heard_s < _NEVER:
            due_s = min(due_s, turn.heard_s + self._timing.frame_gap_ms / 1000)
        return due_s

    def _on_event(self, turn: _Turn, event: FrameEvent) -> None:
        match event:
            case Answered(body):
                self._on_answer(turn, body)
            case Acked():
                self._on_ack(turn)
            case Damaged(reason):
                self._on_damage(turn, reason)
            case ResendAsked():
                self._resend(turn, "the reader received damaged frames only")
            case MoreTime():
                turn.answer_due_s = min(monotonic_s() + self._timing.extension_ms / 1000, turn.last_due_s)
            case SlotMoved():
                self._counters.slot_moves += 1
            case Rejected(reason):
                self.clean = turn.clean
                raise ReaderError("READER_REFUSED", f"{turn.command.step}: {reason}")

    def _on_answer(self, turn: _Turn, body: bytes) -> None:
        """Take an answer; one that comes before the ACK may be an old one, so it waits whether an ACK follows."""
        if turn.acked:
            turn.body = body
        else:
            turn.held = body

    def _on_ack(self, turn: _Turn) -> None:
        if turn.held is not None:
            self._codec.counters.strangers += 1
            turn.held = None
        turn.acked = True
        turn.answer_due_s = monotonic_s() + turn.command.timeout_ms / 1000

    def _on_damage(self, turn: _Turn, reason: str) -> None:
        turn.clean = False
        if not turn.acked:
            return
        nack = self._codec.nack()
        if nack and turn.nacks_left:
            turn.nacks_left -= 1
            turn.answer_due_s = monotonic_s() + turn.command.timeout_ms / 1000
            self._counters.climb(Rung.NACK)
            self._link.write(nack)
        elif turn.command.repeatable:
            self._resend(turn, f"damaged answers only ({reason})")
        else:
            raise ReaderError("READER_FRAME", f"{turn.command.step}: the answer came damaged ({reason})")

    def _on_silence(self, turn: _Turn) -> None:
        now_s = monotonic_s()
        if self._codec.partial and turn.heard_s < _NEVER:
            self._on_gap(turn)
        elif turn.held is not None:
            turn.body, turn.clean = turn.held, False
        elif turn.acked and self._codec.acknowledges:
            raise ReaderError("READER_SILENT", f"{turn.command.step}: acknowledged, not answered")
        elif turn.command.repeatable:
            self._resend(turn, "no answer")
        elif now_s < turn.answer_due_s:
            turn.ack_due_s = _NEVER
        else:
            raise ReaderError("READER_SILENT", f"{turn.command.step}: no answer")

    def _on_gap(self, turn: _Turn) -> None:
        """Look for another frame in one that stopped in the middle; without one it counts as damaged."""
        turn.heard_s = _NEVER
        while self._codec.partial:
            self._codec.give_up_partial()
            event = self._codec.next_event()
            if event is not NEED_DATA:
                self._on_event(turn, event)
                return
        self._on_damage(turn, "cut short")

    def _resend(self, turn: _Turn, why: str) -> None:
        if not turn.resends_left:
            raise ReaderError("READER_SILENT", f"{turn.command.step}: {why}")
        turn.resends_left -= 1
        turn.clean = False
        turn.acked = not self._codec.acknowledges
        turn.ack_due_s = monotonic_s() + self._ack_timeout_s(turn.frame)
        turn.answer_due_s = turn.ack_due_s + turn.command.timeout_ms / 1000
        self._counters.climb(Rung.RESEND)
        self._link.write(turn.frame)
