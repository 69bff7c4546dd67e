"""Riders: people with cards and habits. Cards are synthetic and say who they are to nobody but the auditor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from enum import StrEnum
from random import Random
from typing import Final

from drivers.virtual.entropy import seeded
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_files import CommittedDebit, Personalisation
from edge.domain.frozen import mutable

NUMBER_PREFIX: Final = "31049304999"
NUMBER_DIGITS: Final = 19
DEBIT: Final = b"\x80\x54"


class Sort(StrEnum):
    """The sorts of cards."""

    HOME = "home purse"
    FOREIGN = "foreign purse"
    FOREIGN_ONLY = "foreign, no interop"
    DENIED = "deny-listed"
    EXPIRED = "expired"
    EARLY = "not yet valid"
    POOR = "poor"


SHARES: Final = (
    (Sort.HOME, 0.72),
    (Sort.FOREIGN, 0.10),
    (Sort.FOREIGN_ONLY, 0.02),
    (Sort.DENIED, 0.03),
    (Sort.EXPIRED, 0.03),
    (Sort.EARLY, 0.01),
    (Sort.POOR, 0.09),
)
LATER_DATES: Final = {Sort.EXPIRED: ("20200101", "20260930"), Sort.EARLY: ("20270101", "20441231")}
FOREIGN_CITY: Final = "3301"


class RiderCard(PurseCard):
    """A purse that tells the world of every debit order that reaches it, and of what it did with it.

    ``at`` is the label of the machine it is held before; empty: somewhere else. ``debited_here`` counts its debits by
    the city's terminals; a card that no longer ``returns`` is never held before a reader again; one is ``held`` once.
    """

    def __init__(self, number: int, sort: Sort, balance_fen: int) -> None:
        start, end = LATER_DATES.get(sort, ("20240101", "20441231"))
        foreign = sort in (Sort.FOREIGN, Sort.FOREIGN_ONLY)
        own = Personalisation(
            city=FOREIGN_CITY if foreign else "4520",
            serial=f"{NUMBER_PREFIX}{number:0{NUMBER_DIGITS - len(NUMBER_PREFIX)}d}",
            interop=sort is not Sort.FOREIGN_ONLY,
            start=start,
            end=end,
        )
        uid = b"\x08" + (number % 0xFFFFFF).to_bytes(3, "big")
        super().__init__(balance_fen, personalisation=own, uid=uid, seq=number % 97, random_bytes=seeded(own.serial10))
        self.label = f"card {number}"
        self.sort = sort
        self.start_fen = balance_fen
        self.at = ""
        self.debited_here = 0
        self.returns = True
        self.held = False
        self.before_debit: Callable[[RiderCard], None] = lambda _card: None
        self.after_debit: Callable[[RiderCard, CommittedDebit], None] = lambda _card, _debit: None

    def process(self, apdu: bytes) -> bytes:
        """Execute one command and return body and status word."""
        if apdu[:2] != DEBIT:
            return super().process(apdu)
        self.before_debit(self)
        committed = len(self.memory.debits)
        answer = super().process(apdu)
        if len(self.memory.debits) > committed:
            self.after_debit(self, self.memory.debits[-1])
        return answer


@mutable
class Rider:
    """Somebody with cards who takes the same lines most days."""

    name: str
    cards: list[RiderCard]
    lines: list[int]
    trips: int
    rides_elsewhere: int = 0
    boardings: int = field(default=0)


def draw_sort(draw: Random) -> Sort:
    """Draw a sort of card by its share."""
    point = draw.random()
    for sort, share in SHARES:
        if point < share:
            return sort
        point -= share
    return Sort.HOME


def draw_balance(sort: Sort, draw: Random) -> int:
    """Draw a balance in fen."""
    return draw.randrange(0, 900) if sort is Sort.POOR else draw.randrange(3_000, 30_000)
