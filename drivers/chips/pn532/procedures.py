"""What the terminal does with a PN532, as generators of reader commands (NXP UM0701-02 chapter 7).

PowerDown is never sent: some chips do not wake from it again. On opening the chip is always woken and configured.
"""

from __future__ import annotations

from typing import Final

from drivers.chips.pn532.settings import Pn532Settings
from drivers.chips.pn532.status import COLLISION, ERROR_BITS, MORE, fault_of
from drivers.contactless import FieldCrowded, FieldEmpty, FieldView, Target
from drivers.framing import Procedure, ReaderCommand, Settle
from edge.domain.errors import CardError, ReaderError

DIAGNOSE_PRESENCE: Final = b"\x00\x06"
GET_FIRMWARE_VERSION: Final = b"\x02"
WRITE_GPIO: Final = 0x0E
SET_PARAMETERS: Final = b"\x12\x14"
"""Automatic ATR_RES (04) and automatic RATS (10)."""
SAM_CONFIGURATION: Final = b"\x14\x01\x00\x01"
"""Normal mode, no timeout, with IRQ."""
RF_FIELD_OFF: Final = b"\x32\x01\x00"
RF_FIELD_ON: Final = b"\x32\x01\x01"
RF_MAX_RETRIES: Final = b"\x32\x05\x00\x01"
"""ATR_REQ never, PSL_REQ once; the byte that follows bounds the activation of cards."""
IN_DATA_EXCHANGE: Final = 0x40
LIST_TWO_TYPE_A: Final = b"\x4a\x02\x00"
"""Two targets at most at 106 kbit/s type A: the cheap way to notice a second card."""
RELEASE_ALL: Final = b"\x52\x00"

ANSWER_BYTES_MAX: Final = 65_538
"""The largest answer of ISO/IEC 7816-4 with its status word."""


class Pn532Chip:
    """The procedures of one PN532. A command's body is its code and parameters, an answer's its parameters."""

    def __init__(self, settings: Pn532Settings | None = None) -> None:
        self.settings = settings or Pn532Settings()

    def wake(self) -> Procedure[None]:
        """Wake the chip, check that it is one, switch automatic RATS on, bound its polling."""
        settings = self.settings
        yield self._command(SAM_CONFIGURATION, "sam_configuration", lead_in=settings.wake_up)
        yield Settle(settings.wake_settle_ms, drain=True)
        yield from self.probe()
        yield from self.configure()

    def configure(self) -> Procedure[None]:
        """Switch automatic RATS on and bound the polling of a chip that is awake."""
        yield self._command(SET_PARAMETERS, "set_parameters")
        yield self._command(RF_MAX_RETRIES + bytes((self.settings.passive_retries,)), "bound_retries")

    def probe(self) -> Procedure[None]:
        """Ask for the firmware version; raises ``READER_IDENTITY`` for another chip."""
        version = yield self._command(GET_FIRMWARE_VERSION, "firmware_version")
        if version[:1] != bytes((self.settings.ic,)):
            raise ReaderError("READER_IDENTITY", f"the chip calls itself {version.hex()}, not {self.settings.ic:02x}")

    def identify(self) -> Procedure[str]:
        """Return chip, version and revision, as ``PN532 1.6``; a chip that sleeps is woken."""
        version = yield self._command(GET_FIRMWARE_VERSION, "firmware_version", lead_in=self.settings.wake_up)
        if len(version) < 3:  # noqa: PLR2004 - IC, version, revision
            raise ReaderError("READER_FRAME", f"a firmware version of {len(version)} bytes")
        return f"PN5{version[0]:02X} {version[1]}.{version[2]}"

    def poll(self) -> Procedure[FieldView]:
        """Look once for type A cards; a single one is activated, RATS included."""
        answer = yield self._command(LIST_TWO_TYPE_A, "list_targets", self.settings.poll_timeout_ms)
        return parse_list(answer)

    def transmit(self, target: Target, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        """Exchange an APDU, in parts where it or its answer is longer than one frame holds."""
        size = self.settings.part_bytes_max
        parts = [apdu[at : at + size] for at in range(0, len(apdu), size)]
        once = len(parts) > 1 or not repeatable
        for part in parts[:-1]:
            yield from self._exchange(target.number | MORE, part, repeatable=False)
        more, whole = yield from self._exchange(target.number, parts[-1], repeatable=not once)
        while more:
            more, part = yield from self._exchange(target.number, b"", repeatable=False)
            whole += part
            if len(whole) > ANSWER_BYTES_MAX:
                raise CardError("CARD_MALFORMED", "the card's chained answer does not end")
        return whole

    def present(self, target: Target) -> Procedure[bool]:
        """Ask the chip for the activated card (Diagnose 06); without ISO/IEC 14443-4 look for any card anew."""
        if not target.takes_apdus:
            yield from self.release()
            return not isinstance((yield from self.poll()), FieldEmpty)
        answer = yield self._command(DIAGNOSE_PRESENCE, "presence", self.settings.exchange_timeout_ms)
        return answer[:1] == b"\x00"

    def release(self) -> Procedure[None]:
        """Let go of all targets."""
        yield self._command(RELEASE_ALL, "release")

    def reset_field(self) -> Procedure[None]:
        """Switch the field off for ``field_off_ms`` and on again."""
        yield self._command(RF_FIELD_OFF, "field_off")
        yield Settle(self.settings.field_off_ms)
        yield self._command(RF_FIELD_ON, "field_on")

    def write_outputs(self, bits: int) -> Procedure[None]:
        """Set port P3 (bits 0 to 5; 7 says that it is meant); P7 stays as it is."""
        yield self._command(bytes((WRITE_GPIO, 0x80 | bits & 0x3F, 0x00)), "write_outputs")

    def _exchange(self, target: int, part: bytes, *, repeatable: bool) -> Procedure[tuple[bool, bytes]]:
        body = bytes((IN_DATA_EXCHANGE, target)) + part
        answer = yield ReaderCommand(body, self.settings.exchange_timeout_ms, repeatable, "exchange")
        if not answer:
            raise ReaderError("READER_FRAME", "an exchange was answered without a status")
        if answer[0] & ERROR_BITS:
            raise fault_of(answer[0], "exchange")
        return bool(answer[0] & MORE), answer[1:]

    def _command(self, body: bytes, step: str, timeout_ms: float = 0.0, lead_in: bytes = b"") -> ReaderCommand:
        timeout_ms = timeout_ms or self.settings.command_timeout_ms
        return ReaderCommand(body, timeout_ms, repeatable=True, step=step, lead_in=lead_in)


def parse_list(answer: bytes) -> FieldView:
    """Read InListPassiveTarget's answer for type A: NbTg, Tg, SENS_RES, SEL_RES, UID with length, ATS.

    A single byte that is no count is a status (collision, heat). Raises ``READER_FRAME`` for a cut answer.
    """
    count = answer[0] if answer else -1
    if count == 0:
        return FieldEmpty()
    if len(answer) == 1:
        if count & ERROR_BITS == COLLISION:
            return FieldCrowded()
        raise fault_of(count, "list_targets")
    if count > 1:
        return FieldCrowded()
    uid_end = 6 + answer[5] if len(answer) > 5 else 0  # noqa: PLR2004 - NbTg, Tg, SENS_RES 2, SEL_RES before it
    if not uid_end or len(answer) < uid_end:
        raise ReaderError("READER_FRAME", f"a list of targets ends too early after {len(answer)} bytes")
    return Target(number=answer[1], sel_res=answer[4], uid=answer[6:uid_end], ats=answer[uid_end:])
