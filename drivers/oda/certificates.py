"""What certificates say, whichever algorithm they are made by, and the chain of either algorithm as one interface."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Generic, Protocol, TypeVar

from drivers.oda.refusal import Fault, OdaRefused, Part
from edge.domain.frozen import frozen

TAG_ISSUER_CERTIFICATE: Final = 0x90
TAG_ISSUER_REMAINDER: Final = 0x92
TAG_ISSUER_EXPONENT: Final = 0x9F32
TAG_CARD_CERTIFICATE: Final = 0x9F46
TAG_CARD_EXPONENT: Final = 0x9F47
TAG_CARD_REMAINDER: Final = 0x9F48

Objects = Mapping[int, bytes]
"""A card's primitive objects by tag."""

K = TypeVar("K")


@frozen
class Certified(Generic[K]):
    """A public key with what its certificate says: whose (``digits``: IIN or PAN), until when, its serial number."""

    key: K
    digits: str
    last_day: date
    serial: bytes

    def __repr__(self) -> str:
        return f"Certified(last_day={self.last_day}, serial={self.serial.hex()})"


class Chain(Protocol[K]):
    """The chain of one algorithm; every method returns what was verified or raises ``OdaRefused``."""

    def issuer(self, authority: K, card: Objects) -> Certified[K]:
        """Verify the issuer's certificate, tag 90."""
        ...

    def card(self, issuer: K, card: Objects, static: bytes) -> Certified[K]:
        """Verify the card's certificate, tag 9F46, over the static data."""
        ...

    def static(self, issuer: K, signed: bytes, static: bytes) -> bytes:
        """Verify signed static data, tag 93; returns the data authentication code."""
        ...

    def dynamic(self, card: K, signed: bytes, format_byte: int, covered: bytes) -> bytes:
        """Verify signed dynamic data, tag 9F4B, over ``covered`` as well; returns the card's dynamic data."""
        ...

    def digest(self, covered: bytes) -> bytes:
        """Return the hash that CDA takes of a transaction."""
        ...

    def dynamic_format(self, rsa_format: int) -> int:
        """Return the format byte of a dynamic signature that RSA marks with ``rsa_format``."""
        ...


def needed(part: Part, card: Objects, tag: int) -> bytes:
    """Return an object that must be there and not be empty."""
    if not (value := card.get(tag, b"")):
        raise OdaRefused(part, Fault.MISSING, f"the card has no {tag:X}")
    return value


def digits_of(part: Part, raw: bytes) -> str:
    """Return the digits of a compressed number without its F padding."""
    digits = raw.hex().rstrip("f")
    if not digits.isdecimal():
        raise OdaRefused(part, Fault.IDENTIFIER, "the certified number is not decimal")
    return digits
