"""What an acquirer needs of a tap besides the number: field 55 of ISO 8583, as UnionPay lists its objects.

The number itself (5A, 57 and what else repeats it) is left out: it travels in the sealed box alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers.oda.cryptogram import CryptogramType
from edge.domain.card_number import CardNumber
from edge.domain.errors import CardError

TAG_CID: Final = 0x9F27
CLEARED: Final = (
    0x9F26,  # cryptogram
    TAG_CID,
    0x9F10,  # issuer application facts
    0x9F37,  # unpredictable number
    0x9F36,  # counter
    0x95,  # terminal verification results
    0x9A,  # date
    0x9C,  # type
    0x9F02,  # amount
    0x5F2A,  # currency
    0x82,  # application interchange profile
    0x9F1A,  # country
    0x9F03,  # other amount
    0x9F33,  # terminal capabilities
    0x9F34,  # holder verification
    0x9F35,  # terminal type
    0x84,  # application
    0x5F34,  # sequence number of the card
    0x9F6C,  # card qualifiers
    0x9B,  # transaction status
)
CIDS: Final = {CryptogramType.AAC: b"\x00", CryptogramType.TC: b"\x40", CryptogramType.ARQC: b"\x80"}
"""The information byte of a cryptogram whose type stands in the issuer application facts alone."""

VALUE_BYTES_MAX: Final = 64


def field_55(objects: Mapping[int, bytes], number: CardNumber) -> bytes:
    """Return the objects that are there, in order, as BER-TLV.

    Raises ``CARD_MALFORMED`` for an object above 64 bytes, or one in which the card repeats its number.
    """
    encoded = b""
    for tag in CLEARED:
        value = objects.get(tag)
        if value is None:
            continue
        if len(value) > VALUE_BYTES_MAX:
            raise CardError("CARD_MALFORMED", f"object {tag:X} has {len(value)} bytes")
        encoded += bytes.fromhex(f"{tag:X}") + bytes([len(value)]) + value
    check_hides(encoded, number)
    return encoded


def check_hides(shown: bytes, number: CardNumber) -> None:
    """Refuse bytes that hold the number as binary coded digits, at any half byte, or as text."""
    digits = number.reveal()
    if digits and (digits in shown.hex() or digits.encode() in shown):
        raise CardError("CARD_MALFORMED", "the card repeats its number where none belongs")
