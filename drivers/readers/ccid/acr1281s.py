"""ACR1281S: the contactless card is a slot that is powered on, beside a contact slot and a SAM slot.

Slot numbers and the meaning of the lamp bits are from memory of the manual: settings, until a device has confirmed
them. The reader resolves collisions itself and names one card, so that a second one is not noticed.
"""

from __future__ import annotations

from typing import Final

from drivers.contactless import ISO_DEP, FieldEmpty, FieldView, Target
from drivers.conversation import CardLeft
from drivers.framing import Procedure, ReaderCommand, Settle
from drivers.readers.ccid import message
from drivers.readers.ccid.acs_slots import ESCAPE_SLOT, Acr1281Slots
from drivers.readers.ccid.codec import CcidCodec
from drivers.readers.ccid.message import CcidAnswer
from drivers.readers.ccid.procedures import SlotState, ask, raise_fault
from edge.domain.errors import ReaderError
from edge.domain.frozen import frozen

GET_UID: Final = b"\xff\xca\x00\x00\x00"
"""PC/SC part 3, 3.2.2.1.3."""
_LAMPS: Final = b"\xe0\x00\x00\x29\x01"
_DONE: Final = b"\x90\x00"
_STORAGE_CARD: Final = b"\x80\x4f\x0c"
"""Historical bytes of the ATR that PC/SC part 3 gives to a card without APDUs."""


@frozen
class Acr1281Settings:
    """Times in milliseconds; ``card_slot`` is the contactless one."""

    timeout_ms: float = 200.0
    exchange_timeout_ms: float = 1000.0
    field_off_ms: float = 6.0
    card_slot: int = 0


class Acr1281s:
    """The contactless side; ``sams`` are the slots of the same box, on the same codec."""

    def __init__(self, settings: Acr1281Settings, sams: Acr1281Slots) -> None:
        self.settings = settings
        self.sams = sams

    @property
    def codec(self) -> CcidCodec:
        """Return the codec of the box."""
        return self.sams.codec

    def wake(self) -> Procedure[None]:
        """Ask who is there: the reader is ready when it has power."""
        yield from self.sams.wake()

    def probe(self) -> Procedure[None]:
        """Ask for the firmware."""
        yield from self.sams.probe()

    def identify(self) -> Procedure[str]:
        """Return the firmware's name."""
        return (yield from self.sams.identify())

    def poll(self) -> Procedure[FieldView]:
        """Power the card's slot where somebody is in it, and ask for the UID."""
        if (yield from self.sams.slot_state(self.settings.card_slot)) is SlotState.ABSENT:
            return FieldEmpty()
        powered = yield from ask(self._command(message.ICC_POWER_ON))
        if powered.failed:
            return FieldEmpty()
        answer = yield from self._exchange(GET_UID, repeatable=True)
        if not answer.endswith(_DONE):
            raise ReaderError("READER_FRAME", f"the card's UID was answered {answer[-2:].hex()}")
        sel_res = 0 if _STORAGE_CARD in powered.content else ISO_DEP
        return Target(number=self.settings.card_slot, sel_res=sel_res, uid=answer[:-2], ats=powered.content)

    def transmit(self, target: Target, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        """Exchange an APDU with the card; the target is the one in the slot."""
        del target
        return (yield from self._exchange(apdu, repeatable=repeatable))

    def present(self, target: Target) -> Procedure[bool]:
        """Ask for the state of the slot."""
        return (yield from self.sams.slot_state(target.number)) is not SlotState.ABSENT

    def release(self) -> Procedure[None]:
        """Take the card's power away."""
        yield from ask(self._command(message.ICC_POWER_OFF))

    def reset_field(self) -> Procedure[None]:
        """Take the card's power away and let it lose its state; the next poll powers it on."""
        yield from self.release()
        yield Settle(self.settings.field_off_ms)

    def write_outputs(self, bits: int) -> Procedure[None]:
        """Set the lamps: bit 0 red, bit 1 green."""
        body = message.request(message.ESCAPE, ESCAPE_SLOT, _LAMPS + bytes((bits & 0xFF,)))
        answer = yield from ask(ReaderCommand(body, self.settings.timeout_ms, step="write_outputs"))
        raise_fault(answer, "write_outputs")

    def _exchange(self, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        answer = yield from ask(self._command(message.XFR_BLOCK, apdu, repeatable=repeatable))
        _raise_card_fault(answer)
        return answer.content

    def _command(self, kind: int, content: bytes = b"", *, repeatable: bool = True) -> ReaderCommand:
        body = message.request(kind, self.settings.card_slot, content)
        return ReaderCommand(body, self.settings.exchange_timeout_ms, repeatable, f"card_{kind:02x}")


def _raise_card_fault(answer: CcidAnswer) -> None:
    """Raise what a failed exchange with the card means: gone, or a command that the reader refuses."""
    if not answer.failed:
        return
    if answer.state >= message.ABSENT or answer.error & 0x80:
        raise CardLeft(f"exchange: the card fails with {answer.error:02X}")
    raise ReaderError("READER_REFUSED", f"exchange: the reader refuses byte {answer.error} of the message")
