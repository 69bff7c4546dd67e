"""A virtual ACR1281S: a contactless card is a slot like the contact card and the SAM. Own code, as the codec's twin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers.virtual.acs_frames import TAKEN, AcsHunter, AcsMessage, Refused, Repeat, status, wrap
from drivers.virtual.box_air import BoxAir
from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.field import Field, Report
from drivers.virtual.gemcore import SamCard
from drivers.virtual.sam_slot import SamSlot

FIRMWARE: Final = b"ACR1281S V104"
BAUDS: Final = (9600,)
CARD_SLOT: Final = 0
CONTACT_SLOTS: Final = (1, 2)
_BLOCK, _STATUS, _ESCAPE = 0x80, 0x81, 0x83
_OK, _PRESENT, _ABSENT, _FAILED, _MUTE = 0, 1, 2, 0x40, 0xFE
_NO_SLOT: Final = 0x05
_GET_UID: Final = bytes.fromhex("FFCA000000")
_DONE: Final = b"\x90\x00"
_ATR_START: Final = bytes.fromhex("3B8001")


class VirtualAcr1281s:
    """One reader; ``lamps`` is what was set last."""

    def __init__(self, field: Field, sams: Mapping[int, SamCard], *, report: Report | None = None) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self.field = field
        self.air = BoxAir(field)
        self.lamps = 0
        tell: Report = report or (lambda _event: None)
        self.slots = {number: SamSlot(number, sams.get(number), field.card_time, tell) for number in CONTACT_SLOTS}
        self._hunter = AcsHunter(1)
        self._last_answer = status(0, TAKEN)
        self._replies: list[Reply] | None = None

    def receive(self, incoming: bytes) -> list[Reply]:
        """Take bytes in any division and return the words and answers they cause."""
        replies: list[Reply] = []
        self._replies = replies
        for heard in self._hunter.feed(incoming):
            match heard:
                case Repeat():
                    self._say(0.0, self._last_answer)
                case Refused(envelope, code):
                    self._say(0.0, status(envelope, code))
                case AcsMessage():
                    self._say(0.0, status(0, TAKEN))
                    self._run(heard)
        self._replies = None
        return replies

    def power_cycle(self) -> None:
        """Lose power."""
        self.air.reset()
        for slot in self.slots.values():
            slot.power_off()
        self.lamps, self._hunter = 0, AcsHunter(1)

    def _say(self, delay_ms: float, outgoing: bytes) -> None:
        if self._replies is None:
            self.on_unsolicited(Reply(delay_ms, outgoing))
        else:
            self._replies.append(Reply(delay_ms, outgoing))

    def _answer(
        self, message: AcsMessage, kind: int, state: int, content: bytes = b"", delay_ms: float = 0.0, error: int = 0
    ) -> None:
        self._last_answer = wrap(message, kind, bytes([state, error, 0]), content)
        self._say(delay_ms, self._last_answer)

    def _run(self, message: AcsMessage) -> None:
        if message.kind == 0x6B:  # noqa: PLR2004 - Escape
            self._escape(message)
        elif message.slot == CARD_SLOT:
            self._card(message)
        elif message.slot in self.slots:
            self._sam(message, self.slots[message.slot])
        else:
            self._answer(message, _STATUS, _FAILED | _ABSENT, error=_NO_SLOT)

    def _escape(self, message: AcsMessage) -> None:
        """Answer a vendor's command; the state told beside it is that of the slot it was sent to."""
        state = _sam_state(self.slots[message.slot]) if message.slot in self.slots else self._card_state()
        if message.content == bytes.fromhex("E000001800"):
            self._answer(message, _ESCAPE, state, bytes.fromhex("E1000000") + bytes([len(FIRMWARE)]) + FIRMWARE)
            return
        if message.content.startswith(bytes.fromhex("E000002901")):
            self.lamps = message.content[-1]
        self._answer(message, _ESCAPE, state, bytes.fromhex("E100000001") + message.content[-1:])

    def _card(self, message: AcsMessage) -> None:
        match message.kind:
            case 0x62:
                self._card_on(message)
            case 0x63:
                self.air.reset()
                self._answer(message, _STATUS, self._card_state())
            case 0x6F if message.content == _GET_UID and self.air.active is not None:
                self._answer(message, _BLOCK, _OK, self.air.active.card.uid + _DONE)
            case 0x6F:
                self.air.exchange(message.content, lambda answer, took_ms: self._card_says(message, answer, took_ms))
            case _:
                self._answer(message, _STATUS, self._card_state())

    def _card_on(self, message: AcsMessage) -> None:
        found = self.air.activate()
        if found is None:
            self._answer(message, _BLOCK, _FAILED | _ABSENT, error=_MUTE)
        else:
            self.air.enter_layer4()
            self._answer(message, _BLOCK, _OK, _ATR_START + b"\x81", self.field.card_time.activation_ms())

    def _card_says(self, message: AcsMessage, answer: bytes | None, took_ms: float) -> None:
        if answer is None:
            self._answer(message, _BLOCK, _FAILED | self._card_state(), b"", took_ms, _MUTE)
        else:
            self._answer(message, _BLOCK, _OK, answer, took_ms)

    def _card_state(self) -> int:
        if self.air.active is None:
            return _PRESENT if self.air.awake() else _ABSENT
        return _OK if self.air.alive() else _ABSENT

    def _sam(self, message: AcsMessage, slot: SamSlot) -> None:
        match message.kind:
            case 0x62:
                self._sam_says(message, slot, slot.power_on())
            case 0x6F:
                self._sam_says(message, slot, slot.exchange(message.content))
            case 0x63:
                slot.power_off()
                self._answer(message, _STATUS, _sam_state(slot))
            case _:
                self._answer(message, _STATUS, _sam_state(slot))

    def _sam_says(self, message: AcsMessage, slot: SamSlot, said: tuple[bytes, float] | None) -> None:
        if said is None:
            self._answer(message, _BLOCK, _FAILED | _sam_state(slot), error=_MUTE)
        else:
            self._answer(message, _BLOCK, _OK, said[0], said[1])


def _sam_state(slot: SamSlot) -> int:
    if slot.sam is None:
        return _ABSENT
    return _OK if slot.powered else _PRESENT
