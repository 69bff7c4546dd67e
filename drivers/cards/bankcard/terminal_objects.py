"""What the terminal says of itself and of one transaction, cut to what a card's list asks for (EMV book 3, 5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers import tlv
from drivers.cards.bankcard.settings import BankCardSettings
from edge.domain.errors import CardError, LocalProtocolError

TAG_QUALIFIERS: Final = 0x9F66
TAG_AMOUNT: Final = 0x9F02
TAG_OTHER_AMOUNT: Final = 0x9F03
TAG_COUNTRY: Final = 0x9F1A
TAG_TVR: Final = 0x95
TAG_CURRENCY: Final = 0x5F2A
TAG_DATE: Final = 0x9A
TAG_TIME: Final = 0x9F21
TAG_TRANSACTION_TYPE: Final = 0x9C
TAG_CHALLENGE: Final = 0x9F37
TAG_CAPABILITIES: Final = 0x9F33
TAG_TERMINAL_TYPE: Final = 0x9F35
TAG_CVM_RESULTS: Final = 0x9F34
TAG_SM_TERMINAL: Final = 0xDF69

CHALLENGE_BYTES: Final = 4
AMOUNT_FEN_MAX: Final = 10**12 - 1
NO_CVM: Final = bytes.fromhex("1F0302")
"""CVM results: none was asked for, always, successful (EMV book 4, 6.3.4.5)."""

_AMOUNT_BYTES: Final = 6
_NUMERIC: Final = frozenset({TAG_AMOUNT, TAG_OTHER_AMOUNT, TAG_COUNTRY, TAG_CURRENCY, TAG_DATE, TAG_TIME})
"""Their digits stand on the right: padded and cut on the left."""

Objects = dict[int, bytes]


def terminal_objects(settings: BankCardSettings, qualifiers: bytes, amount_fen: int) -> Objects:
    """Return every object that this terminal can give, for one transaction of now, with a fresh unpredictable number.

    Raises ``WIRE_MALFORMED`` for an amount that twelve digits do not hold: our own defect.
    """
    if not 0 <= amount_fen <= AMOUNT_FEN_MAX:
        raise LocalProtocolError("WIRE_MALFORMED", "an amount does not fit the field of the card")
    now, where, kind = settings.now(), settings.where, settings.kind
    return {
        TAG_QUALIFIERS: qualifiers,
        TAG_AMOUNT: bytes.fromhex(f"{amount_fen:012d}"),
        TAG_OTHER_AMOUNT: bytes(_AMOUNT_BYTES),
        TAG_COUNTRY: where.country,
        TAG_TVR: bytes(5),
        TAG_CURRENCY: where.currency,
        TAG_DATE: bytes.fromhex(f"{now:%y%m%d}"),
        TAG_TIME: bytes.fromhex(f"{now:%H%M%S}"),
        TAG_TRANSACTION_TYPE: kind.transaction_type,
        TAG_CHALLENGE: settings.random_bytes(CHALLENGE_BYTES),
        TAG_CAPABILITIES: kind.capabilities,
        TAG_TERMINAL_TYPE: kind.terminal_type,
        TAG_CVM_RESULTS: NO_CVM,
        TAG_SM_TERMINAL: b"\x01",
    }


def answer_list(dol: bytes, objects: Mapping[int, bytes]) -> bytes:
    """Return what a list asks for, in its order and lengths; what nobody here knows is zeros.

    Raises ``CARD_MALFORMED`` for a list whose answer no short command can carry.
    """
    asked = tlv.parse_dol(dol)
    if sum(length for _, length in asked) > tlv.DOL_BYTES_MAX:
        raise CardError("CARD_MALFORMED", "a data object list asks for more than a command can carry")
    return b"".join(_fitted(tag, objects.get(tag, b""), length) for tag, length in asked)


def _fitted(tag: int, value: bytes, length: int) -> bytes:
    if tag in _NUMERIC:
        padded = value.rjust(length, b"\0")
        return padded[len(padded) - length :]
    return value.ljust(length, b"\0")[:length]
