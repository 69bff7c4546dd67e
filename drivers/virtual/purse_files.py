"""The files of a T-Union purse as bytes: layouts as public readers decode them (JT/T 978 purse)."""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen

PURSE_AID: Final = bytes.fromhex("A000000632010105")
PPSE_NAME: Final = b"2PAY.SYS.DDF01"
LOG_RECORDS: Final = 10
TRIP_RECORDS: Final = 30
LOG_LENGTH: Final = 23
TRIP_LENGTH: Final = 48
SERIAL_DIGITS: Final = 20


def tlv(tag: str, value: bytes) -> bytes:
    """Return one BER-TLV object below 128 bytes; ``tag`` is hexadecimal."""
    return bytes.fromhex(tag) + bytes([len(value)]) + value


@frozen
class Personalisation:
    """What the issuer wrote once. Dates are eight digits, ``serial`` up to twenty digits; all of it synthetic."""

    city: str = "4520"
    serial: str = "3104930499900000017"
    interop: bool = True
    start: str = "20240101"
    end: str = "20441231"
    application_type: int = 0x02
    enabled: int = 0x01
    issuer: bytes | None = None
    own: bytes = b"\x00\x00"

    @property
    def issuer8(self) -> bytes:
        """Return the issuer field: as given, or made from the city."""
        return self.issuer or bytes.fromhex(f"0299{self.city}FFFFFFFF")

    @property
    def serial10(self) -> bytes:
        """Return the serial field: twenty digits, filled with zeros on the left."""
        return bytes.fromhex(self.serial.zfill(SERIAL_DIGITS))

    @property
    def serial8(self) -> bytes:
        """Return the diversification factor: the last eight bytes of the serial field."""
        return self.serial10[-8:]

    def public_file(self) -> bytes:
        """Return file 0x15, 30 bytes."""
        flags = bytes([self.application_type, self.enabled])
        return self.issuer8 + flags + self.serial10 + bytes.fromhex(self.start + self.end) + self.own

    def holder_file(self) -> bytes:
        """Return file 0x16, 55 bytes: no name, no number."""
        return bytes(55)

    def admin_file(self) -> bytes:
        """Return file 0x17, 60 bytes: country, province, city, interoperability flag, card type."""
        head = bytes.fromhex("00000156") + bytes.fromhex(self.city[:2] + "00") + bytes.fromhex(self.city)
        return (head + (b"\x00\x01" if self.interop else b"\x00\x00")).ljust(60, b"\x00")


def purse_fci(public_file: bytes) -> bytes:
    """Return the answer to SELECT of the purse, with the copy of file 0x15 in 9F0C."""
    proprietary = tlv("9F08", b"\x02") + tlv("9F0C", public_file)
    return tlv("6F", tlv("84", PURSE_AID) + tlv("A5", proprietary))


def ppse_fci() -> bytes:
    """Return the answer to SELECT of the proximity directory, naming the purse."""
    entry = tlv("61", tlv("4F", PURSE_AID) + tlv("50", b"MOT_T_EP") + tlv("87", b"\x01"))
    return tlv("6F", tlv("84", PPSE_NAME) + tlv("A5", tlv("BF0C", entry)))


@frozen
class LogLine:
    """One record of file 0x18. ``time`` is fourteen digits; ``kind`` 02 load, 06 purchase, 09 compound purchase."""

    sequence: int
    overdraft_fen: int
    amount_fen: int
    kind: int
    terminal: bytes
    time: str

    def to_bytes(self) -> bytes:
        """Return the 23 bytes of the record."""
        numbers = self.sequence.to_bytes(2, "big") + self.overdraft_fen.to_bytes(3, "big")
        amount = self.amount_fen.to_bytes(4, "big") + bytes([self.kind])
        return numbers + amount + self.terminal + bytes.fromhex(self.time)


@frozen
class CommittedDebit:
    """One debit as the card's own memory holds it: a truth for reconciliation that no terminal wrote."""

    line: LogLine
    balance_after_fen: int
    psam_sequence: int
    tac: bytes
    mac2: bytes


def empty_capp_records() -> dict[int, bytes]:
    """Return file 0x1A before its first use: metro record 2701 and bus record 2702, 128 bytes each."""
    metro = bytes.fromhex("27010080").ljust(128, b"\x00")
    bus = bytes.fromhex("270280").ljust(128, b"\x00")
    return {1: metro, 2: bus}
