"""What the terminal does with a TWN4: search, exchange, look again (APIs 00, 04, 05 and 12 of the simple protocol)."""

from __future__ import annotations

from typing import Final

from drivers.contactless import ISO_DEP, FieldCrowded, FieldEmpty, FieldView, Target
from drivers.conversation import CardLeft
from drivers.framing import Procedure, ReaderCommand, Settle
from drivers.readers.twn4.codec import Twn4Codec
from drivers.readers.twn4.sams import Twn4Sams
from edge.domain.errors import CardError, ReaderError
from edge.domain.frozen import frozen

PINS: Final = 0b111
GET_VERSION: Final = b"\x00\x04\xff"
SEARCH_TAG: Final = b"\x05\x00\x28"
FIELD_OFF: Final = b"\x05\x01"
ONLY_ISO14443A: Final = b"\x05\x02" + (0).to_bytes(4, "little") + (1).to_bytes(4, "little")
"""SetTagTypes: no low frequency, of the high ones the first bit alone."""
GET_ATS: Final = b"\x12\x00\xff"
CHECK_PRESENCE: Final = b"\x12\x02"
EXCHANGE: Final = b"\x12\x03"
SEARCH_ALL: Final = b"\x12\x08\xff"
PINS_ARE_OUTPUTS: Final = bytes((0x04, 0x00, PINS, 0x00, 0x00))
SET_PINS: Final = b"\x04\x02"
CLEAR_PINS: Final = b"\x04\x03"
BYTES_MAX: Final = 255
"""What one exchange carries each way: lengths are single bytes."""
MAKER: Final = "TWN4"


@frozen
class Twn4Settings:
    """Times in milliseconds. ``field_off_ms`` resets a card: 5.1 ms or more (ISO/IEC 14443-3)."""

    command_timeout_ms: float = 500.0
    exchange_timeout_ms: float = 1000.0
    search_timeout_ms: float = 2000.0
    field_off_ms: float = 6.0


class Twn4:
    """The contactless side; ``sams`` are the slots of the same reader, on the same codec."""

    def __init__(self, codec: Twn4Codec, settings: Twn4Settings | None = None) -> None:
        self.codec = codec
        self.settings = settings or Twn4Settings()
        self.sams = Twn4Sams(codec, self, self.settings.exchange_timeout_ms)

    def wake(self) -> Procedure[None]:
        """Check that it is a TWN4, limit its search to ISO/IEC 14443 type A, make its pins outputs."""
        yield from self.probe()
        yield self._command(ONLY_ISO14443A, "tag_types")
        yield self._command(PINS_ARE_OUTPUTS, "pins_are_outputs")

    def probe(self) -> Procedure[None]:
        """Ask for the version: no other answer begins with its maker's text. Raises ``READER_IDENTITY``."""
        version = yield from self.identify()
        if not version.startswith(MAKER):
            raise ReaderError("READER_IDENTITY", f"the reader calls itself {version!r}, not {MAKER}")

    def identify(self) -> Procedure[str]:
        """Return the version text; raises ``READER_FRAME`` where the answer is none."""
        answer = yield self._command(GET_VERSION, "version")
        if answer[:1] != bytes((len(answer) - 1 & 0xFF,)):
            raise ReaderError("READER_FRAME", "a version text contradicts its own length")
        return answer[1:].decode("ascii", "replace")

    def poll(self) -> Procedure[FieldView]:
        """Look for all cards; a single one is activated and asked for its ATS."""
        found = yield self._command(SEARCH_ALL, "search_all", self.settings.search_timeout_ms)
        if not _true(found):
            return FieldEmpty()
        if len(found) > 1 and found[1] > 1:
            return FieldCrowded()
        tag = yield self._command(SEARCH_TAG, "search_tag", self.settings.search_timeout_ms)
        if not _true(tag):
            return FieldEmpty()
        uid = tag[4:]
        if len(tag) < 5 or tag[3] != len(uid):  # noqa: PLR2004 - found, type, bits, length before the number
            raise ReaderError("READER_FRAME", "a tag's number contradicts its own length")
        answer = yield self._command(GET_ATS, "ats")
        ats = answer[2:] if _true(answer) else b""
        return Target(number=1, sel_res=ISO_DEP if ats else 0, uid=uid, ats=ats)

    def transmit(self, target: Target, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        """Exchange an APDU of at most 255 bytes; the card that was found last is meant."""
        del target
        if len(apdu) > BYTES_MAX:
            raise ReaderError("READER_REFUSED", f"this reader carries {BYTES_MAX} bytes, not {len(apdu)}")
        body = EXCHANGE + bytes((len(apdu),)) + apdu + bytes((BYTES_MAX,))
        answer = yield ReaderCommand(body, self.settings.exchange_timeout_ms, repeatable, "exchange")
        if not _true(answer):
            raise CardLeft("exchange: the card did not answer")
        if answer[1:2] != bytes((len(answer) - 2 & 0xFF,)):
            raise CardError("CARD_MALFORMED", "the card's answer contradicts its own length")
        return answer[2:]

    def present(self, target: Target) -> Procedure[bool]:
        """Ask for the activated card; one without ISO/IEC 14443-4 is searched anew."""
        command = CHECK_PRESENCE if target.takes_apdus else SEARCH_TAG
        return _true((yield self._command(command, "presence", self.settings.search_timeout_ms)))

    def release(self) -> Procedure[None]:
        """Switch the field off: the next search switches it on."""
        yield self._command(FIELD_OFF, "field_off")

    def reset_field(self) -> Procedure[None]:
        """Keep the field off for ``field_off_ms``."""
        yield from self.release()
        yield Settle(self.settings.field_off_ms)

    def write_outputs(self, bits: int) -> Procedure[None]:
        """Set the pins GPIO0 to GPIO2."""
        yield self._command(SET_PINS + bytes((bits & PINS,)), "set_pins")
        yield self._command(CLEAR_PINS + bytes((~bits & PINS,)), "clear_pins")

    def _command(self, body: bytes, step: str, timeout_ms: float = 0.0) -> ReaderCommand:
        return ReaderCommand(body, timeout_ms or self.settings.command_timeout_ms, step=step)


def _true(answer: bytes) -> bool:
    return answer[:1] == b"\x01"
