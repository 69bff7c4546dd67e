"""What the terminal does with a ZLG module: classes 01 device, 05 PSAM, 06 ISO/IEC 14443.

The module has no question for presence and names one card: presence is asked by putting the card to sleep and waking
it again, a second card by looking whether anybody else is awake while the first one sleeps. Parameters follow public
drivers; a status other than 0 is a card that did not answer, whatever its number.
"""

from __future__ import annotations

from typing import Final

from drivers.contactless import ISO_DEP, FieldCrowded, FieldEmpty, FieldView, Target
from drivers.conversation import CardLeft
from drivers.framing import Procedure, ReaderCommand, Settle
from drivers.readers.zlg.codec import ZlgCodec
from edge.domain.errors import ReaderError, SamError
from edge.domain.frozen import frozen

LAMP_PIN: Final = 0b1
_DEVICE, _PSAM, _CARDS = 0x01, 0x05, 0x06
_DESCRIPTION, _LAMP = 0x41, 0x4D
_HALT, _RATS, _DESELECT, _EXCHANGE, _FIELD_RESET, _ACTIVATE = 0x44, 0x45, 0x47, 0x48, 0x4C, 0x4D
_SAM_EXCHANGE, _SAM_RESET, _SAM_OFF = 0x42, 0x43, 0x45
_REQA: Final = b"\x00\x26"
_WUPA: Final = b"\x00\x52"
_NO_CID: Final = b"\x00"


@frozen
class ZlgSettings:
    """Times in milliseconds; ``sam_slots`` is how many PSAMs the board has, counted from 0."""

    command_timeout_ms: float = 500.0
    exchange_timeout_ms: float = 1000.0
    power_timeout_ms: float = 1500.0
    field_off_ms: int = 6
    sam_slots: int = 1


@frozen
class _Answer:
    """Status and payload of one answer."""

    status: int
    payload: bytes

    @property
    def fine(self) -> bool:
        return self.status == 0


class Zlg:
    """The contactless side; ``sams`` are the slots of the same module, on the same codec."""

    def __init__(self, codec: ZlgCodec, settings: ZlgSettings | None = None) -> None:
        self.codec = codec
        self.settings = settings or ZlgSettings()
        self.sams = ZlgSams(self)

    def wake(self) -> Procedure[None]:
        """Ask who is there: the module is ready when it has power."""
        yield from self.identify()

    def probe(self) -> Procedure[None]:
        """Ask for the description: no other command of ours is of its class, but the lamp."""
        yield from self.identify()

    def identify(self) -> Procedure[str]:
        """Return the description of the device."""
        answer = yield from self.ask(_DEVICE, _DESCRIPTION, b"", "description")
        if not answer.fine or not answer.payload:
            raise ReaderError("READER_FRAME", f"the description was answered with status {answer.status:04X}")
        return answer.payload.decode("ascii", "replace").rstrip("\0 ")

    def poll(self) -> Procedure[FieldView]:
        """Activate a card, look for another one while it sleeps, and take the first into ISO/IEC 14443-4."""
        first = yield from self._activate(_REQA)
        if first is None:
            return FieldEmpty()
        yield from self.ask(_CARDS, _HALT, b"", "halt")
        if (yield from self._activate(_REQA)) is not None:
            return FieldCrowded()
        return (yield from self._entered()) or FieldEmpty()

    def transmit(self, target: Target, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        """Exchange an APDU with the card that was activated last."""
        del target
        self.check_length(apdu)
        answer = yield from self.ask(
            _CARDS, _EXCHANGE, apdu, "exchange", self.settings.exchange_timeout_ms, repeatable=repeatable
        )
        if not answer.fine:
            raise CardLeft(f"exchange: the card did not answer ({answer.status:04X})")
        return answer.payload

    def present(self, target: Target) -> Procedure[bool]:
        """Put the card to sleep and wake it; its applications have to be selected again."""
        yield from self.ask(_CARDS, _DESELECT if target.takes_apdus else _HALT, b"", "sleep")
        return (yield from self._entered()) is not None

    def release(self) -> Procedure[None]:
        """Put the card to sleep."""
        yield from self.ask(_CARDS, _DESELECT, b"", "deselect")

    def reset_field(self) -> Procedure[None]:
        """Switch the field off for ``field_off_ms`` and on again."""
        off_ms = self.settings.field_off_ms
        yield from self.ask(_CARDS, _FIELD_RESET, bytes((off_ms,)), "field_reset")
        yield Settle(off_ms)

    def write_outputs(self, bits: int) -> Procedure[None]:
        """Switch the module's lamp: bit 0."""
        answer = yield from self.ask(_DEVICE, _LAMP, bytes((bits & LAMP_PIN,)), "lamp")
        if not answer.fine:
            raise ReaderError("READER_REFUSED", f"the lamp was answered with status {answer.status:04X}")

    def check_length(self, apdu: bytes) -> None:
        """Raise ``READER_REFUSED`` for an APDU that no frame of this reader holds."""
        most = self.codec.payload_bytes_max
        if len(apdu) > most:
            raise ReaderError("READER_REFUSED", f"this reader carries {most} bytes, not {len(apdu)}")

    def ask(
        self,
        group: int,
        command: int,
        payload: bytes,
        step: str,
        timeout_ms: float = 0.0,
        *,
        slot: int = 0,
        repeatable: bool = True,
    ) -> Procedure[_Answer]:
        """Send one command and take its answer apart."""
        body = bytes((slot, group, command)) + payload
        timeout_ms = timeout_ms or self.settings.command_timeout_ms
        answer = yield ReaderCommand(body, timeout_ms, repeatable, step)
        return _Answer(int.from_bytes(answer[:2], "little"), answer[2:])

    def _activate(self, request: bytes) -> Procedure[Target | None]:
        """Activate a card; ``None`` where nobody answers. The answer is ATQA (2), SAK, length, UID."""
        answer = yield from self.ask(_CARDS, _ACTIVATE, request, "activate")
        if not answer.fine:
            return None
        head, uid = answer.payload[:4], answer.payload[4:]
        if len(head) < 4 or head[3] != len(uid):  # noqa: PLR2004 - ATQA, SAK and length
            raise ReaderError("READER_FRAME", "an activation contradicts its own length")
        return Target(number=1, sel_res=head[2], uid=uid, ats=b"")

    def _entered(self) -> Procedure[Target | None]:
        """Wake the sleeping card and enter ISO/IEC 14443-4 where it speaks it."""
        card = yield from self._activate(_WUPA)
        if card is None or not card.sel_res & ISO_DEP:
            return card
        answer = yield from self.ask(_CARDS, _RATS, _NO_CID, "rats")
        if not answer.fine:
            return None
        return Target(card.number, card.sel_res, card.uid, answer.payload)


class ZlgSams:
    """The PSAM slots of a module: T=0 and T=1 are its own work, whole APDUs go in."""

    def __init__(self, module: Zlg) -> None:
        self.codec = module.codec
        self.wake = module.wake
        self.probe = module.probe
        self.identify = module.identify
        self._module = module

    def power_on(self, slot: int) -> Procedure[bytes]:
        """Reset a PSAM from cold; returns the ATR. Raises ``SAM_ABSENT``: an empty slot and a mute SAM look alike."""
        settings = self._module.settings
        if slot >= settings.sam_slots:
            raise SamError("SAM_ABSENT", f"this reader has {settings.sam_slots} SAM slots from 0, not {slot}")
        answer = yield from self._module.ask(_PSAM, _SAM_RESET, b"", "sam_reset", settings.power_timeout_ms, slot=slot)
        if not answer.fine:
            raise SamError("SAM_ABSENT", f"power on, slot {slot}: nobody answers ({answer.status:04X})")
        return answer.payload

    def power_off(self, slot: int) -> Procedure[None]:
        """Take the power away; an empty slot is as good."""
        yield from self._module.ask(_PSAM, _SAM_OFF, b"", "sam_off", slot=slot)

    def transmit(self, slot: int, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        """Exchange an APDU; the answer comes with its status word."""
        module = self._module
        module.check_length(apdu)
        answer = yield from module.ask(
            _PSAM,
            _SAM_EXCHANGE,
            apdu,
            "sam_exchange",
            module.settings.exchange_timeout_ms,
            slot=slot,
            repeatable=repeatable,
        )
        if not answer.fine or len(answer.payload) < 2:  # noqa: PLR2004 - SW1 SW2
            raise SamError("SAM_MUTE", f"exchange, slot {slot}: the SAM does not answer ({answer.status:04X})")
        return answer.payload
