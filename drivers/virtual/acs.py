"""Virtual ACS readers: ACR122S and ACR122L with a PN532 inside and SAMs beside it, ACR1281S with a card slot.

The box speaks to its chip in the chip's own frames, as the real one does. Each frame is answered by four bytes at once
and by its answer later; until that has gone out, nothing new is taken. Source: ACR122S communication protocol 2.01.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from drivers.virtual.acs_frames import TAKEN, AcsHunter, AcsMessage, Refused, Repeat, status, wrap
from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.field import Field, Report
from drivers.virtual.gemcore import SamCard
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.pn532_frames import ERROR, FrameHunter
from drivers.virtual.pn532_frames import wrap as chip_frame
from drivers.virtual.sam_slot import SamSlot

FIRMWARES: Final = {"acr122s": b"ACR122S101", "acr122l": b"ACR122L103"}
BAUDS: Final = (9600,)
_BLOCK, _STATUS, _PARAMETERS, _ESCAPE = 0x80, 0x81, 0x82, 0x83
_OK, _PRESENT, _ABSENT, _FAILED, _MUTE = 0, 1, 2, 0x40, 0xFE
_PSEUDO: Final = 0xFF
_DONE: Final = b"\x90\x00"
_WRONG: Final = b"\x63\x00"
_CHIP_WRONG: Final = b"\x63\x7f"
_LAMP_APDU_BYTES: Final = 9

Answered = Callable[[bytes, float], None]


class VirtualAcr122:
    """An ACR122S, or an ACR122L with its three envelopes. ``lamps`` is what was set last: bit 0 red, bit 1 green."""

    def __init__(
        self, field: Field, sams: Mapping[int, SamCard], *, model: str = "acr122s", report: Report | None = None
    ) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self.field = field
        self.chip = VirtualPn532(field)
        self.chip.on_unsolicited = self._from_chip
        self.lamps = 0
        self.firmware = FIRMWARES[model]
        envelopes = 3 if model == "acr122l" else 1
        tell: Report = report or (lambda _event: None)
        self.slots = [SamSlot(number, sams.get(number), field.card_time, tell) for number in range(envelopes)]
        self._envelopes = envelopes
        self._hunter = AcsHunter(envelopes)
        self._last_answer = status(0, TAKEN)
        self._waits: Answered | None = None
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
                case AcsMessage() if self._waits is None:
                    self._say(0.0, status(heard.envelope, TAKEN))
                    self._run(heard)
                case AcsMessage():
                    pass  # busy with a held command: it takes nothing new
        self._replies = None
        return replies

    def power_cycle(self) -> None:
        """Lose power: chip, SAMs and lamps are as after the plug."""
        self.chip.power_cycle()
        for slot in self.slots:
            slot.power_off()
        self.lamps, self._waits = 0, None
        self._hunter = AcsHunter(self._envelopes)

    def _say(self, delay_ms: float, outgoing: bytes) -> None:
        if self._replies is None:
            self.on_unsolicited(Reply(delay_ms, outgoing))
        else:
            self._replies.append(Reply(delay_ms, outgoing))

    def _run(self, message: AcsMessage) -> None:
        slot = self.slots[message.envelope]
        match message.kind:
            case 0x62:
                self._give(message, _BLOCK, slot, slot.power_on())
            case 0x63:
                slot.power_off()
                self._answer(message, _STATUS, _state(slot))
            case 0x65:
                self._answer(message, _STATUS, _state(slot))
            case 0x6F if message.content[:1] == bytes([_PSEUDO]):
                self._pseudo(message)
            case 0x6F:
                self._give(message, _BLOCK, slot, slot.exchange(message.content))
            case _:
                self._answer(message, _STATUS, _FAILED | _state(slot))

    def _give(self, message: AcsMessage, kind: int, slot: SamSlot, came: tuple[bytes, float] | None) -> None:
        if came is None:
            self._answer(message, kind, _FAILED | _state(slot), error=_MUTE)
        else:
            self._answer(message, kind, _OK, came[0], came[1])

    def _answer(
        self, message: AcsMessage, kind: int, state: int, content: bytes = b"", delay_ms: float = 0.0, error: int = 0
    ) -> None:
        self._last_answer = wrap(message, kind, bytes([state, error, 0]), content)
        self._say(delay_ms, self._last_answer)

    def _pseudo(self, message: AcsMessage) -> None:
        apdu = message.content

        def answered(content: bytes, delay_ms: float) -> None:
            self._answer(message, _BLOCK, _OK, content, delay_ms)

        if apdu == bytes.fromhex("FF00480000"):
            answered(self.firmware, 0.0)
        elif apdu[:3] == bytes.fromhex("FF0040") and len(apdu) == _LAMP_APDU_BYTES:
            self._light(apdu, answered)
        elif apdu[:4] == bytes.fromhex("FF000000") and len(apdu) == 5 + apdu[4]:
            self._waits = answered
            for reply in self.chip.receive(chip_frame(apdu[5:])):
                self._from_chip(reply)
        else:
            answered(_WRONG, 0.0)

    def _light(self, apdu: bytes, answered: Answered) -> None:
        """Set the lamps whose masks are given; a signal that blinks or beeps holds the answer for its whole length."""
        wanted, masks = apdu[3] & 0b11, apdu[3] >> 2 & 0b11
        self.lamps = self.lamps & ~masks | wanted & masks
        answered(bytes([0x90, self.lamps]), 100.0 * (apdu[5] + apdu[6]) * apdu[7])

    def _from_chip(self, reply: Reply) -> None:
        """Take what the chip says: its ACK is for the box alone, its answer goes on to the host."""
        for frame in FrameHunter().feed(reply.outgoing):
            answered = self._waits
            if frame.payload and answered is not None:
                self._waits = None
                whole = _CHIP_WRONG if reply.outgoing == ERROR else frame.payload + _DONE
                answered(whole, reply.delay_ms)


def _state(slot: SamSlot) -> int:
    if slot.sam is None:
        return _ABSENT
    return _OK if slot.powered else _PRESENT
