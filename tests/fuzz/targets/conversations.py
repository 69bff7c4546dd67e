"""Whole conversations with a card: every application reads whatever is answered, in a bounded number of steps."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Final

from drivers.apdu import Response
from drivers.card_application import CardApplication
from drivers.cards.bankcard import BankCardSettings
from drivers.cards.epurse import PurseSettings
from drivers.cards.identity import IdentitySettings
from drivers.oda.ca_keys import load_ca_keys
from drivers.oda.scheme import SCHEMES
from drivers.oda.verify import Trust
from drivers.registry import card_applications
from edge.crypto.sm import sm2_verify, sm3
from tests.drivers.cards.purse_script import ADMIN, FCI, LOG, PUBLIC, TRIP
from tests.drivers.oda.cards import CARDS, KEY_LIST, METHODS
from tests.fuzz.target import Cutter, Target, fields

STEPS_MAX: Final = 300
NOT_FOUND: Final = Response(b"", 0x6A82)
TRUST: Final = Trust(SCHEMES["unionpay-test"], load_ca_keys(KEY_LIST), sm2_verify, sm3)
FINE: Final = b"\x90\x00"
BANK: Final = [
    fields(*(answer.body + FINE for command, answer in method(card) if command))
    for card in CARDS.values()
    for method in METHODS.values()
]
PURSE: Final = [fields(*(bytes.fromhex(body) + FINE for body in (FCI, PUBLIC, ADMIN, LOG, TRIP, "000011F8")))]
SEEDS: Final = {
    "bankcard": BANK,
    "epurse": PURSE,
    "identity": [fields(FINE, bytes.fromhex("011000112233445566778899AABBCCDDEEFF") + FINE)],
}


def noon() -> datetime:
    return datetime(2026, 3, 1, 12, tzinfo=UTC)


def applications() -> tuple[CardApplication, ...]:
    """Return every application that a terminal may list."""
    bank = BankCardSettings(trust=lambda: TRUST, now=noon, random_bytes=bytes)
    return card_applications(("epurse", "bankcard", "identity"), [PurseSettings(), bank, IdentitySettings()])


def feed(application: CardApplication, taken: bytes) -> None:
    """Answer with one field after the other, then with "not found" for ever."""
    cut, conversation = Cutter(taken), application.snapshot()
    try:
        next(conversation)
        for _ in range(STEPS_MAX):
            answer = cut.field() if cut.rest else b""
            conversation.send(Response.parse(answer) if len(answer) > 1 else NOT_FOUND)
    except StopIteration:
        return
    raise AssertionError(f"not at its end after {STEPS_MAX} steps")


TARGETS: Final = tuple(
    Target(f"reading_{each.name}", partial(feed, each), SEEDS[each.name], bytes_max=4000) for each in applications()
)
