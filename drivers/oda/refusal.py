"""Why offline data authentication refuses a card: where, and what. Both sets are closed and their names stable."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """Where the fault lies."""

    EXCHANGE = "exchange"
    RECORDS = "records"
    CA_KEY = "ca_key"
    ISSUER = "issuer_certificate"
    CARD = "card_certificate"
    STATIC = "static_signature"
    DYNAMIC = "dynamic_signature"


class Fault(StrEnum):
    """What is wrong there."""

    MISSING = "missing"
    MALFORMED = "malformed"
    STATUS = "status"
    METHOD = "method"
    TEST_KEY = "test_key"
    UNKNOWN = "unknown"
    LENGTH = "length"
    HEADER = "header"
    FORMAT = "format"
    ALGORITHM = "algorithm"
    TRAILER = "trailer"
    HASH = "hash"
    SIGNATURE = "signature"
    IDENTIFIER = "identifier"
    DATE = "date"
    EXPIRED = "expired"
    REVOKED = "revoked"
    EXPONENT = "exponent"
    WEAK = "weak_modulus"
    AFL = "afl"
    TEMPLATE = "template"
    DUPLICATE = "duplicate"
    TOO_LONG = "too_long"
    TAG_LIST = "tag_list"
    VERSION = "version"
    CHALLENGE = "challenge"
    DYNAMIC_NUMBER = "dynamic_number"
    CRYPTOGRAM = "cryptogram"


class OdaRefused(Exception):  # noqa: N818 - a refusal on its way to a verdict; it never leaves this package
    """A check failed; :func:`drivers.oda.verify.verify` turns it into a verdict."""

    def __init__(self, part: Part, fault: Fault, why: str) -> None:
        super().__init__(f"{part}.{fault}: {why}")
        self.part = part
        self.fault = fault
        self.why = why

    @property
    def reason(self) -> str:
        """Return the stable name, ``issuer_certificate.expired``."""
        return f"{self.part}.{self.fault}"
