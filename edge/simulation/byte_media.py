"""Bank cards and codes as bytes: a virtual card for the reader's line, signed codes for the engine on the scanner's.

Keys and numbers are synthetic. Nothing here draws randomness: the same seed holds the same bytes to a terminal.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_plan import BankPlan
from drivers.virtual.transit_codes import TransitIssuer
from edge.code_key_file import FOREVER_MS
from edge.crypto.sm import PlainSm2
from edge.domain.code_keys import CodeAlgorithm, CodeKey

ISSUER_ID: Final = "45200001"
VALID_FROM: Final = "20240101"
VALID_UNTIL: Final = "20441231"
"""Of every bank card, YYYYMMDD."""


@cache
def issuer() -> TransitIssuer:
    """Return the platform that all codes are of; signatures follow from what they cover (RFC 6979)."""
    return TransitIssuer(issuer_id=bytes.fromhex(ISSUER_ID), sign=PlainSm2().sign)


def root_key() -> CodeKey:
    """Return the root that terminals trust."""
    root = issuer()
    return CodeKey("jtt1179", root.root_key_id, CodeAlgorithm.SM2, root.root_public, "synthetic root", 0, FOREVER_MS)


def bank_card(number: str, counter: int) -> BankCard:
    """Return the card of this number, which signs the next tap with this counter (ATC)."""
    return BankCard(BankPlan(number=number, effective=VALID_FROM[2:], expires=VALID_UNTIL[2:], counter=counter - 1))


def transit_code(account: str, made_ms: int) -> bytes:
    """Return the code that a phone shows for an account of 19 digits."""
    return issuer().code(made_ms // 1000, user_account=bytes.fromhex(account + "f"))
