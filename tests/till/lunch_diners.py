"""Who comes to lunch: thirteen diners of different programmes, what each is asked for, and what each must pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from edge.demo.canteen_documents import AT_HOME, BED, ELDER, ELDER_AT_BANK, FORGOT, HARDSHIP, PUBLIC
from edge.demo.media import PHONE, TICKET

FAMILY: Final = "Xu, local purse"


@dataclass(frozen=True, slots=True)
class Diner:
    """One sale: what is typed at the staff page, and who gives how many fen of it."""

    who: str
    list_fen: int
    amount: str = ""
    menu: int = -1
    party: int = 0
    quantity: int = 1
    delivery: Mapping[str, str] = field(default_factory=dict)
    funders: Mapping[str, int] = field(default_factory=dict)

    @property
    def payer_fen(self) -> int:
        """Return what the diner pays."""
        return self.list_fen - sum(self.funders.values())


ONLINE: Final = (
    Diner(ELDER, 1_500, "15", funders={"district": 400}),
    Diner(BED, 1_800, menu=1, funders={"bed": 900}),
    Diner(HARDSHIP, 1_200, menu=0, funders={"city": 1_000}),
    Diner(
        AT_HOME,
        1_800,
        "15",
        delivery={"band": "1000", "fee": "3"},
        funders={"district": 400, "city": 200},
    ),
)
OFFLINE: Final = (
    Diner(ELDER_AT_BANK, 1_200, menu=0, funders={"district": 400}),
    Diner(PHONE, 900, "9"),
    Diner(FORGOT, 1_200, menu=0, funders={"district": 400}),
)
WITHOUT_PAPER: Final = (
    Diner(TICKET, 800, "8"),
    Diner(AT_HOME, 1_200, menu=0, party=1),
)
AFTER_THE_PAGES: Final = (
    Diner(ELDER, 1_200, menu=0, party=1),
    Diner(FAMILY, 1_000, "10"),
)
TORN: Final = Diner(PUBLIC, 2_400, menu=0, quantity=2)
TAKEN_BACK: Final = Diner(BED, 1_100, "11", party=3)
BY_CODE: Final = OFFLINE[2]
"""Who left the card at home, and pays in cash."""
ALL: Final = (*ONLINE, *OFFLINE, *WITHOUT_PAPER, *AFTER_THE_PAGES, TORN, TAKEN_BACK)
KEPT: Final = ALL[:-1]
"""Those whose sale stands at the end."""


def funded() -> dict[str, int]:
    """Return what each funder owes for the lunch, in fen."""
    sums: dict[str, int] = {}
    for diner in KEPT:
        for funder, fen in diner.funders.items():
            sums[funder] = sums.get(funder, 0) + fen
    return sums
