"""Which application of a bank card is used: directory, candidate list, final selection (EMV book B, 3.3; book 1, 12).

The directory says what the card has, its priority indicator in which order the issuer wants it, the profile what is
served at all. A card without a directory is asked for the served names themselves.
"""

from __future__ import annotations

from typing import Final

from drivers import tlv
from drivers.apdu import CARD
from drivers.cards.bankcard.settings import AID_CREDIT, AID_QUASI_CREDIT, BankCardSettings
from drivers.conversation import Conversation
from drivers.iso7816 import exchange, select_name
from drivers.oda.session import PPSE

TAG_ENTRY: Final = 0x61
TAG_NAME: Final = 0x4F
TAG_PRIORITY: Final = 0x87
TAG_ANNOUNCES: Final = 0xDF61
ANNOUNCES_ONLINE_ODA: Final = 0x40
CANDIDATES_MAX: Final = 8
NAME_BYTES: Final = range(5, 17)

_LAST: Final = 16
"""Where an application without a priority stands: behind the fifteen that a priority can name."""


def candidates(settings: BankCardSettings) -> Conversation[tuple[bytes, ...]]:
    """Ask the directory; returns the names to select, best first. Raises ``CARD_MALFORMED``."""
    answer = yield from exchange(select_name(CARD, PPSE, "directory"))
    if not answer.fine:
        return settings.aids
    return served(answer.body, settings.aids)


def served(directory: bytes, aids: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return the served applications of a directory: by priority (1 first, none last), then as they stand."""
    found: dict[bytes, int] = {}
    for entry in _entries(tlv.parse(directory)):
        name = tlv.find(entry.children, TAG_NAME) or b""
        priority = (tlv.find(entry.children, TAG_PRIORITY) or b"\0")[:1]
        if len(name) in NAME_BYTES and name.startswith(aids):
            found.setdefault(name, int.from_bytes(priority, "big") & 0x0F or _LAST)
    return tuple(sorted(found, key=lambda name: found[name]))[:CANDIDATES_MAX]


def _entries(objects: tuple[tlv.Tlv, ...]) -> list[tlv.Tlv]:
    """Return the entry templates at any depth, in order."""
    return [entry for each in objects for entry in ([each] if each.tag == TAG_ENTRY else _entries(each.children))]


def qualifiers_for(settings: BankCardSettings, name: bytes, fci: bytes) -> bytes:
    """Return the 9F66 that a selected application is given: a card that can sign for an online tap is asked to."""
    announces = tlv.find(tlv.parse(fci), TAG_ANNOUNCES) or b"\0"
    if not announces[0] & ANNOUNCES_ONLINE_ODA:
        return settings.qualifiers.plain
    credit = name.startswith((AID_CREDIT, AID_QUASI_CREDIT))
    return settings.qualifiers.oda_credit if credit else settings.qualifiers.oda_debit
