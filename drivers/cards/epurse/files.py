"""The files of a T-Union purse, from bytes to facts and back. Layouts: JT/T 978 as public readers implement it.

A field outside its alphabet (a letter in a serial) is ``CARD_MALFORMED``; dates and times stay text as on the card,
for what an odd one means is decided elsewhere.
"""

from __future__ import annotations

from typing import Final

from drivers import tlv
from drivers.cards.epurse.rules import IssuerRules
from edge.domain.debit import TripFacts
from edge.domain.errors import CardError
from edge.domain.frozen import frozen
from edge.domain.medium import CardNumber, LogRecord, TripRecord

PUBLIC_FILE: Final = 0x15
ADMIN_FILE: Final = 0x17
LOG_FILE: Final = 0x18
TRIP_FILE: Final = 0x1E

PUBLIC_BYTES: Final = 30
ADMIN_BYTES: Final = 60
LOG_BYTES: Final = 23
TRIP_BYTES: Final = 48
BALANCE_BYTES: Final = 4

TAG_PUBLIC_COPY: Final = 0x9F0C
TAG_LABEL: Final = 0x50
TAG_PREFERRED_NAME: Final = 0x9F12

ENABLED: Final = 0x01
UNSET_DATES: Final = frozenset({"00000000", "FFFFFFFF"})

_SERIAL_DIGITS: Final = 20
_BUS: Final = 0x02


@frozen
class PublicFile:
    """File 0x15: who issued the purse, whose number it bears, and when it is valid (dates as on the card)."""

    issuer: bytes
    city: str
    application_type: int
    enabled: int
    number: CardNumber
    valid_from: str
    valid_until: str
    custom: bytes

    @property
    def inactive(self) -> bool:
        """Say whether the issuer never put the purse into service: not enabled, no date set."""
        return self.enabled != ENABLED and {self.valid_from, self.valid_until} <= UNSET_DATES


@frozen
class Fci:
    """What SELECT told: the copy of file 0x15 and the names, each where it is there."""

    public_copy: bytes | None
    label: str | None = None
    preferred_name: str | None = None


def decode_fci(raw: bytes) -> Fci:
    """Read the answer to SELECT; its objects may stand in any order and number."""
    objects = tlv.parse(raw)
    return Fci(
        public_copy=tlv.find(objects, TAG_PUBLIC_COPY),
        label=_text(tlv.find(objects, TAG_LABEL)),
        preferred_name=_text(tlv.find(objects, TAG_PREFERRED_NAME)),
    )


def decode_public(raw: bytes) -> PublicFile:
    """Read file 0x15; raises ``CARD_MALFORMED`` unless it is 30 bytes with a decimal serial."""
    _check_length("file 15", raw, PUBLIC_BYTES)
    digits = raw[10:20].hex()
    if not digits.isdecimal():
        raise CardError("CARD_MALFORMED", "file 15: the serial is not decimal")
    return PublicFile(
        issuer=raw[0:8],
        city=_hex(raw[2:4]),
        application_type=raw[8],
        enabled=raw[9],
        number=CardNumber(digits.removeprefix("0")),
        valid_from=_hex(raw[20:24]),
        valid_until=_hex(raw[24:28]),
        custom=raw[28:30],
    )


def serial_low8(number: CardNumber) -> bytes:
    """Return the last eight bytes of the serial: what the PSAM diversifies its key by."""
    return bytes.fromhex(number.reveal().zfill(_SERIAL_DIGITS))[-8:]


def decode_balance(raw: bytes, rules: IssuerRules) -> int:
    """Read one answer to GET BALANCE as fen, by the issuer's rule for bit 31."""
    _check_length("balance", raw, BALANCE_BYTES)
    return rules.fen(raw)


def decode_interop(raw: bytes) -> bool:
    """Read the flag of file 0x17 that lets a card be used outside its city."""
    if len(raw) < 10:  # noqa: PLR2004 - the flag is bytes 8 and 9
        raise CardError("CARD_MALFORMED", "file 17: too short for its interop flag")
    return raw[8:10] == b"\x00\x01"


def decode_log(raw: bytes) -> LogRecord | None:
    """Read one record of file 0x18; None for an empty slot (all zero)."""
    _check_at_least("log record", raw, LOG_BYTES)
    if not any(raw):
        return None
    return LogRecord(
        sequence=int.from_bytes(raw[0:2], "big"),
        overdraft_fen=int.from_bytes(raw[2:5], "big"),
        amount_fen=int.from_bytes(raw[5:9], "big"),
        kind=raw[9],
        terminal=raw[10:16],
        time=_hex(raw[16:23]),
    )


def decode_trip(raw: bytes) -> TripRecord | None:
    """Read one record of file 0x1E; None for an empty slot (all zero). City and acquirer may be zero in a real one."""
    _check_at_least("trip record", raw, TRIP_BYTES)
    if not any(raw):
        return None
    return TripRecord(
        kind=raw[0],
        terminal=raw[1:9],
        industry=raw[9],
        line_station=raw[10:17],
        amount_fen=int.from_bytes(raw[17:21], "big"),
        balance_after_fen=int.from_bytes(raw[21:25], "big"),
        time=_hex(raw[25:32]),
        city=_hex(raw[32:34]),
        acquirer=raw[34:42],
    )


def encode_trip(trip: TripFacts, psam_number: bytes, amount_fen: int, balance_after_fen: int, time: str) -> bytes:
    """Return the 48 bytes that a debit writes into file 0x1E."""
    return b"".join(
        (
            bytes([trip.kind]),
            psam_number.rjust(8, b"\0"),
            bytes([trip.industry]),
            trip.line_station,
            amount_fen.to_bytes(4, "big"),
            balance_after_fen.to_bytes(4, "big"),
            bytes.fromhex(time),
            bytes.fromhex(trip.city),
            trip.acquirer,
            bytes(6),
        )
    )


@frozen
class LineStation:
    """A trip's line, station and operator in hex, and the bus route as its city writes it (None: no bus)."""

    line: str
    station: str
    operator: str
    route: int | None


def decode_line_station(trip: TripRecord, rules: IssuerRules) -> LineStation:
    """Cut a trip's line and station by the row of the city that wrote it."""
    line, station, operator = (_cut(trip.line_station, part) for part in (rules.line, rules.station, rules.operator))
    return LineStation(line, station, operator, _route(line, rules) if trip.industry == _BUS else None)


def _cut(line_station: bytes, part: str) -> str:
    offset, _, length = part.partition("+")
    return _hex(line_station[int(offset) : int(offset) + int(length)])


def _route(line: str, rules: IssuerRules) -> int | None:
    if rules.bus_route == "binary":
        return int(line or "0", 16)
    return int(line) if line.isdecimal() else None


def _hex(raw: bytes) -> str:
    return raw.hex().upper()


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("ascii", "replace")


def _check_length(what: str, raw: bytes, length: int) -> None:
    if len(raw) != length:
        raise CardError("CARD_MALFORMED", f"{what}: {len(raw)} bytes instead of {length}")


def _check_at_least(what: str, raw: bytes, length: int) -> None:
    if len(raw) < length:
        raise CardError("CARD_MALFORMED", f"{what}: {len(raw)} bytes, fewer than {length}")
