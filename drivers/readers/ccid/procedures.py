"""What the terminal does with a serial CCID reader, as generators of reader commands (USB CCID 1.1 chapter 6)."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Final

from drivers.framing import FrameCounters, Procedure, ReaderCommand
from drivers.readers.ccid import message
from drivers.readers.ccid.codec import CcidCodec
from drivers.readers.ccid.envelope import Envelope
from drivers.readers.ccid.gemcore import GemCoreEnvelope
from drivers.readers.ccid.message import CcidAnswer
from drivers.readers.ccid.settings import CcidSettings
from drivers.readers.ccid.t0 import as_tpdu, follow_up
from edge.domain.errors import ReaderError, SamError

FIRMWARE: Final = b"\x02"
REPORT_MOVEMENT: Final = b"\x01\x01\x01"
"""Card movement is reported after the command and before its answer."""
FOLLOW_UPS_MAX: Final = 32
_T0: Final = b"\x00\x00\x00"


class SlotState(IntEnum):
    """What is in a slot."""

    ACTIVE = message.ACTIVE
    INACTIVE = message.INACTIVE
    ABSENT = message.ABSENT


class SerialCcid:
    """The procedures of one serial CCID reader and the codec of its line."""

    def __init__(
        self, settings: CcidSettings | None = None, envelope: Callable[[FrameCounters, int], Envelope] = GemCoreEnvelope
    ) -> None:
        self.settings = settings or CcidSettings()
        self.codec = CcidCodec(envelope, self.settings.message_bytes_max, echoes=self.settings.echoes)
        self.firmware = ""

    def wake(self) -> Procedure[None]:
        """Read the firmware's name and have card movement reported."""
        self.firmware = yield from self.identify()
        yield from self.escape(REPORT_MOVEMENT, self.settings.status_timeout_ms)

    def identify(self) -> Procedure[str]:
        """Return the firmware's name."""
        answer = yield from self.escape(FIRMWARE, self.settings.firmware_timeout_ms)
        return answer.content.decode("ascii", "replace")

    def probe(self) -> Procedure[None]:
        """Ask for the state of slot 0: its answer bears a number of its own."""
        yield from self.slot_state(0)

    def slot_state(self, slot: int) -> Procedure[SlotState]:
        """Say what is in a slot."""
        command = self.command(message.GET_SLOT_STATUS, slot, timeout_ms=self.settings.status_timeout_ms)
        answer = yield from ask(command)
        return SlotState.ABSENT if answer.state > SlotState.ABSENT else SlotState(answer.state)

    def power_on(self, slot: int) -> Procedure[bytes]:
        """Power a slot at the profile's voltage, set T=0 where that is left to the host; returns the ATR."""
        specific = bytes((self.settings.voltage, 0, 0))
        timeout_ms = self.settings.power_timeout_ms
        answer = yield from ask(self.command(message.ICC_POWER_ON, slot, b"", specific, timeout_ms))
        raise_fault(answer, "power on")
        atr = answer.content
        if self.settings.apdu_level:
            return atr
        if not speaks_t0(atr):
            raise SamError("SAM_WRONG", f"the SAM in slot {slot} does not offer T=0")
        parameters = self.settings.t0_parameters
        answer = yield from ask(self.command(message.SET_PARAMETERS, slot, parameters, _T0, timeout_ms))
        raise_fault(answer, "set parameters")
        return atr

    def power_off(self, slot: int) -> Procedure[None]:
        """Take the power away; an empty slot is as good."""
        yield from ask(self.command(message.ICC_POWER_OFF, slot, timeout_ms=self.settings.power_timeout_ms))

    def transmit(self, slot: int, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        """Exchange an APDU; over T=0 61xx and 6Cxx are followed here, unless the reader does it."""
        if self.settings.apdu_level:
            return (yield from self._block(slot, apdu, repeatable=repeatable))
        tpdu, body = as_tpdu(apdu), b""
        for _ in range(FOLLOW_UPS_MAX):
            answer = yield from self._block(slot, tpdu, repeatable=repeatable)
            following = follow_up(tpdu, answer)
            if not following:
                return body + answer
            body += answer[:-2]
            tpdu, repeatable = following, False
        raise SamError("SAM_MUTE", f"the SAM in slot {slot} does not come to the end of its answer")

    def _block(self, slot: int, tpdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        timeout_ms = self.settings.exchange_timeout_ms
        command = self.command(message.XFR_BLOCK, slot, tpdu, timeout_ms=timeout_ms, repeatable=repeatable)
        answer = yield from ask(command)
        raise_fault(answer, "exchange")
        if len(answer.content) < 2:  # noqa: PLR2004 - SW1 SW2
            raise SamError("SAM_MUTE", f"the SAM in slot {slot} answered without a status word")
        return answer.content

    def escape(self, content: bytes, timeout_ms: float, slot: int = 0) -> Procedure[CcidAnswer]:
        """Send a vendor's command."""
        return (yield from ask(self.command(message.ESCAPE, slot, content, timeout_ms=timeout_ms)))

    def command(
        self,
        kind: int,
        slot: int,
        content: bytes = b"",
        specific: bytes = b"\x00\x00\x00",
        timeout_ms: float = 0.0,
        *,
        repeatable: bool = True,
    ) -> ReaderCommand:
        """Return a message to a slot as a command to the reader."""
        body = message.request(kind, slot, content, specific)
        return ReaderCommand(body, timeout_ms, repeatable, f"ccid_{kind:02x}_slot{slot}")


def ask(command: ReaderCommand) -> Procedure[CcidAnswer]:
    """Send one message and take its answer apart."""
    return CcidAnswer.parse((yield command))


def raise_fault(answer: CcidAnswer, step: str) -> None:
    """Raise what a failed answer means: nobody in the slot, a mute SAM, or a command the reader refuses."""
    if not answer.failed:
        return
    where = f"{step}, slot {answer.slot}"
    if answer.state >= message.ABSENT or answer.error == message.SLOT_UNKNOWN:
        raise SamError("SAM_ABSENT", f"{where}: the slot is empty")
    if answer.error & 0x80:
        raise SamError("SAM_MUTE", f"{where}: the SAM fails with {answer.error:02X}")
    raise ReaderError("READER_REFUSED", f"{where}: the reader refuses byte {answer.error} of the message")


def speaks_t0(atr: bytes) -> bool:
    """Say whether an ATR offers T=0 (ISO/IEC 7816-3 8.2.3): the first TD byte names it, or there is none."""
    if len(atr) < 2:  # noqa: PLR2004 - TS and T0
        return False
    position, present = 2, atr[1] >> 4
    first_td = position + (present & 0b0111).bit_count()
    if not present & 0b1000 or first_td >= len(atr):
        return True
    return atr[first_td] & 0x0F == 0
