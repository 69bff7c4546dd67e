"""A virtual GemCore POS Pro: five slots for SAMs, CCID bodies in the GemCore envelope, no echo, T=0 at TPDU level.

Sources: USB CCID 1.1 message set; the serial envelope and the unsolicited bytes as public drivers handle them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from drivers.virtual.card_time import CardTime, step_of
from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.field import Hold, HoldPoint, Report
from drivers.virtual.gemcore_frames import DAMAGED, HostMessage, MessageHunter, wrap

FIRMWARE: Final = b"GemCorePOSPro-EMU V1.00"
SLOTS: Final = 5
T0_PARAMETERS: Final = bytes.fromhex("1100000A00")
INSERTED: Final = b"\x50\x03"
REMOVED: Final = b"\x50\x02"
_POWERED, _PRESENT, _ABSENT = 0, 1, 2
_FAILED: Final = 0x40
_TIME_EXTENSION: Final = 0x80
_MUTE: Final = 0xFE
_NO_SLOT: Final = 0x05
_STOPPED_LOW: Final = 0x01
_ANSWER_BLOCK, _SLOT_STATUS, _PARAMETERS, _ESCAPE = 0x80, 0x81, 0x82, 0x83
_NOTIFY_SYNCHRONOUS: Final = bytes.fromhex("010101")


class SamCard(Protocol):
    """A contact card in a slot."""

    atr: bytes

    def reset(self) -> bytes:
        """Reset and return the ATR."""
        ...

    def power_off(self) -> None:
        """Lose power."""
        ...

    def process(self, tpdu: bytes) -> bytes:
        """Execute one command and return body and status word."""
        ...


class _Slot:
    def __init__(self, sam: SamCard | None) -> None:
        self.sam = sam
        self.powered = False
        self.mute = False
        self.parameters = T0_PARAMETERS

    @property
    def state(self) -> int:
        if self.sam is None:
            return _ABSENT
        return _POWERED if self.powered else _PRESENT


class VirtualGemCore:
    """The reader with its SAMs by slot number, 0 main and 1 to 4 SAM.

    ``time_extensions`` precedes the next exchange with that many requests for time (bStatus 80); ``t0_requests`` with
    that many single bytes 80. :meth:`set_mute` silences a SAM, :meth:`insert` and :meth:`withdraw` move them,
    :meth:`plan_hold` stops time at a step.
    """

    def __init__(
        self, sams: dict[int, SamCard], *, card_time: CardTime | None = None, report: Report | None = None
    ) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self.report: Report = report or (lambda _event: None)
        self.card_time = card_time or CardTime()
        self.time_extensions = 0
        self.t0_requests = 0
        self.parts = [_Slot(sams.get(number)) for number in range(SLOTS)]
        self._hunter = MessageHunter()
        self._repeats = 0
        self._last_answer = DAMAGED
        self._synchronous = False
        self._movements: list[bytes] = []
        self._hold: Hold | None = None
        self._held: Callable[[], list[Reply]] | None = None
        self._exchanges = 0
        self._commands: dict[int, Callable[[HostMessage, _Slot], list[Reply]]] = {
            0x62: self._power_on,
            0x63: self._power_off,
            0x65: self._slot_status,
            0x61: self._set_parameters,
            0x6C: self._get_parameters,
            0x6F: self._transfer,
            0x6B: self._escape,
        }

    def receive(self, incoming: bytes) -> list[Reply]:
        """Take bytes in any division and return the answers."""
        replies: list[Reply] = []
        for message in self._hunter.feed(incoming):
            replies += [Reply(0.0, DAMAGED)] if message is None else self._answer(message)
        while self._repeats < self._hunter.repeats_asked:
            self._repeats += 1
            replies.append(Reply(0.0, self._last_answer))
        return replies

    def power_cycle(self) -> None:
        """Lose power: every SAM forgets its session, every slot waits for power-on."""
        self._hunter = MessageHunter()
        self._repeats, self._synchronous, self._last_answer = 0, False, DAMAGED
        self._movements.clear()
        self._held = None
        for slot in self.parts:
            slot.powered = False
            if slot.sam is not None:
                slot.sam.power_off()

    def set_mute(self, slot: int, *, mute: bool) -> None:
        """Make the SAM of a slot answer nothing, or speak again."""
        self.parts[slot].mute = mute

    def plan_hold(self, hold: Hold | None) -> None:
        """Order one hold at an exchange with a SAM, counted from now on, or at a step; ``None`` takes it back."""
        self._hold, self._exchanges = hold, 0

    def release(self) -> None:
        """Let a held exchange go on; nothing happens where none is held."""
        held, self._held = self._held, None
        for reply in held() if held is not None else ():
            self._last_answer = reply.outgoing
            self.on_unsolicited(reply)

    def insert(self, slot: int, sam: SamCard) -> None:
        """Put a SAM into a slot; movement in the main slot is reported to the host."""
        self.parts[slot] = _Slot(sam)
        self._moved(slot, INSERTED)

    def withdraw(self, slot: int) -> None:
        """Pull the SAM out of a slot."""
        sam = self.parts[slot].sam
        if sam is not None:
            sam.power_off()
        self.parts[slot] = _Slot(None)
        self._moved(slot, REMOVED)

    def _moved(self, slot: int, notice: bytes) -> None:
        if slot != 0:
            return
        if self._synchronous:
            self._movements.append(notice)
        else:
            self.on_unsolicited(Reply(0.0, notice))

    def _answer(self, message: HostMessage) -> list[Reply]:
        replies = [Reply(0.0, notice) for notice in self._movements]
        self._movements.clear()
        run = self._commands.get(message.kind, self._unknown)
        if message.slot >= SLOTS:
            answer = self._frame(message, _SLOT_STATUS, bytes([_FAILED | _ABSENT, _NO_SLOT, 0]))
            replies.append(Reply(0.0, answer))
        else:
            replies += run(message, self.parts[message.slot])
        self._last_answer = replies[-1].outgoing if replies else DAMAGED
        return replies

    def _frame(self, message: HostMessage, kind: int, specific: bytes, content: bytes = b"") -> bytes:
        return wrap(kind, message.slot, message.sequence, specific, content)

    def _say(
        self, message: HostMessage, kind: int, slot: _Slot, content: bytes = b"", delay_ms: float = 0.0, last: int = 0
    ) -> list[Reply]:
        return [Reply(delay_ms, self._frame(message, kind, bytes([slot.state, 0, last]), content))]

    def _fail(self, message: HostMessage, kind: int, slot: _Slot, error: int) -> list[Reply]:
        return [Reply(0.0, self._frame(message, kind, bytes([_FAILED | slot.state, error, 0])))]

    def _power_on(self, message: HostMessage, slot: _Slot) -> list[Reply]:
        if slot.sam is None or slot.mute:
            slot.powered = False
            return self._fail(message, _ANSWER_BLOCK, slot, _MUTE)
        atr = slot.sam.reset()
        slot.powered, slot.parameters = True, T0_PARAMETERS
        self.report({"event": "sam", "slot": message.slot, "step": "RESET"})
        return self._say(message, _ANSWER_BLOCK, slot, atr, self.card_time.sam_reset_ms())

    def _power_off(self, message: HostMessage, slot: _Slot) -> list[Reply]:
        if slot.sam is not None:
            slot.sam.power_off()
        slot.powered = False
        return self._say(message, _SLOT_STATUS, slot, last=_STOPPED_LOW)

    def _slot_status(self, message: HostMessage, slot: _Slot) -> list[Reply]:
        return self._say(message, _SLOT_STATUS, slot)

    def _set_parameters(self, message: HostMessage, slot: _Slot) -> list[Reply]:
        if slot.sam is None or not message.content:
            return self._fail(message, _PARAMETERS, slot, _MUTE if slot.sam is None else 0x01)
        slot.parameters = message.content
        return self._get_parameters(message, slot)

    def _get_parameters(self, message: HostMessage, slot: _Slot) -> list[Reply]:
        protocol = 0 if len(slot.parameters) == len(T0_PARAMETERS) else 1
        return self._say(message, _PARAMETERS, slot, slot.parameters, last=protocol)

    def _transfer(self, message: HostMessage, slot: _Slot) -> list[Reply]:
        if slot.sam is None or not slot.powered or slot.mute or not message.content:
            return self._fail(message, _ANSWER_BLOCK, slot, _MUTE)
        step = step_of(message.content)
        held_at = self._take_hold(step)
        if held_at is HoldPoint.BEFORE:
            return self._keep(message.slot, step, "received", lambda: self._exchange(message, slot, step))
        replies = self._exchange(message, slot, step)
        return self._keep(message.slot, step, "held", lambda: replies) if held_at is HoldPoint.AFTER else replies

    def _exchange(self, message: HostMessage, slot: _Slot, step: str) -> list[Reply]:
        if slot.sam is None or not slot.powered:
            return self._fail(message, _ANSWER_BLOCK, slot, _MUTE)
        answer = slot.sam.process(message.content)
        self.report({"event": "sam", "slot": message.slot, "step": step, "status": answer[-2:].hex()})
        waits = [self._frame(message, _ANSWER_BLOCK, bytes([_TIME_EXTENSION, 1, 0]))] * self.time_extensions
        waits += [b"\x80"] * self.t0_requests
        self.time_extensions = self.t0_requests = 0
        delay_ms = self.card_time.command_ms(step)
        return [Reply(0.0, wait) for wait in waits] + self._say(message, _ANSWER_BLOCK, slot, answer, delay_ms)

    def _take_hold(self, step: str) -> HoldPoint | None:
        self._exchanges += 1
        hold = self._hold
        if hold is None or not hold.moment.matches(self._exchanges, step):
            return None
        self._hold = None
        return hold.point

    def _keep(self, slot: int, step: str, phase: str, go_on: Callable[[], list[Reply]]) -> list[Reply]:
        self._held = go_on
        self.report({"event": "sam", "slot": slot, "step": step, "phase": phase})
        return []

    def _escape(self, message: HostMessage, slot: _Slot) -> list[Reply]:
        if message.content == _NOTIFY_SYNCHRONOUS:
            self._synchronous = True
        return self._say(message, _ESCAPE, slot, FIRMWARE if message.content == b"\x02" else b"")

    def _unknown(self, message: HostMessage, slot: _Slot) -> list[Reply]:
        return self._fail(message, _SLOT_STATUS, slot, 0x00)
