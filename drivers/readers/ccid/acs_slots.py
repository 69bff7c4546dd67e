"""SAM slots of ACS readers: at APDU level, for the reader runs the card's protocol and fetches answers itself."""

from __future__ import annotations

from functools import partial
from typing import Final

from drivers.framing import Procedure
from drivers.readers.ccid import message
from drivers.readers.ccid.acs import AcsEnvelope
from drivers.readers.ccid.procedures import SerialCcid, ask, raise_fault
from drivers.readers.ccid.settings import CcidSettings
from edge.domain.errors import SamError

PSEUDO: Final = 0xFF
"""The class byte by which the reader knows that an APDU is for itself."""
FIRMWARE_APDU: Final = b"\xff\x00\x48\x00\x00"
FIRMWARE_ESCAPE: Final = b"\xe0\x00\x00\x18\x00"
ESCAPE_ANSWER_HEADER: Final = 5
ESCAPE_SLOT: Final = 1
MESSAGE_BYTES_MAX: Final = 277
"""Header, ``D5`` and code, status and the 262 bytes that the contactless chip gives at once, ``90 00``."""


class AcsSlots(SerialCcid):
    """The SAM slots of an ACR122: named by a pseudo-APDU, nothing to switch on before."""

    def __init__(self, timeout_ms: float, slots: range, envelopes: int = 1) -> None:
        settings = CcidSettings(
            message_bytes_max=MESSAGE_BYTES_MAX, status_timeout_ms=timeout_ms, apdu_level=True, voltage=1
        )
        super().__init__(settings, partial(AcsEnvelope, envelopes=envelopes))
        self._slots = slots

    def wake(self) -> Procedure[None]:
        """Ask who is there: the reader is ready when it has power."""
        self.firmware = yield from self.identify()

    def probe(self) -> Procedure[None]:
        """Ask for the firmware: its answer bears a number of its own."""
        yield from self.identify()

    def identify(self) -> Procedure[str]:
        """Return the firmware's name."""
        answer = yield from ask(
            self.command(message.XFR_BLOCK, 0, FIRMWARE_APDU, timeout_ms=self.settings.firmware_timeout_ms)
        )
        raise_fault(answer, "firmware")
        return answer.content.removesuffix(b"\x90\x00").decode("ascii", "replace")

    def power_on(self, slot: int) -> Procedure[bytes]:
        """Power a slot; raises ``SAM_ABSENT`` for one that the model does not have."""
        if slot not in self._slots:
            raise SamError("SAM_ABSENT", f"this reader has the SAM slots {[*self._slots]}, not {slot}")
        return (yield from super().power_on(slot))

    def power_off(self, slot: int) -> Procedure[None]:
        """Take the power away; nothing for a slot that the model does not have."""
        if slot in self._slots:
            yield from super().power_off(slot)

    def transmit(self, slot: int, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        """Exchange an APDU; class FF would be the reader's own and is refused with ``SAM_STATUS``."""
        if apdu[:1] == bytes((PSEUDO,)):
            raise SamError("SAM_STATUS", "the class byte FF addresses the reader, not the SAM")
        return (yield from super().transmit(slot, apdu, repeatable=repeatable))


class Acr1281Slots(AcsSlots):
    """The SAM slots of an ACR1281S: named by an Escape of its contact slot."""

    def identify(self) -> Procedure[str]:
        """Return the firmware's name."""
        answer = yield from self.escape(FIRMWARE_ESCAPE, self.settings.firmware_timeout_ms, ESCAPE_SLOT)
        raise_fault(answer, "firmware")
        return answer.content[ESCAPE_ANSWER_HEADER:].decode("ascii", "replace")
