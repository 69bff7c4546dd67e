"""Scenes of meals by hand: one that is taken, one above the day's count, one that the tariff pays otherwise."""

from __future__ import annotations

from dataclasses import replace

from edge.domain.holder import Claim, HolderRecord
from edge.domain.meals.sale import Sale
from edge.domain.media_manual import CODE_PIN, ManualFacts, ManualSnapshot
from edge.domain.tap import Place, Token
from edge.terminal.till.offers import Offers
from tests.domain.canteen import RESIDENT, canteen
from tests.tariff.paper_line import PaperLine

CANTEEN = Place("till", "4520", "shibei-canteen")
ELDER = Token(b"an elder by code")
CLAIMS = (*RESIDENT, Claim("bed_contract", "20200101"))
TARIFF = {**canteen(), "x_by_hand": {"pays": "account"}}


async def meals_by_hand(line: PaperLine) -> None:
    """Let a relative collect an elder's meal."""
    own = line.line
    offers = Offers(line.clock, line.reference, 120_000)
    line.line = replace(own, rules=replace(own.rules, place=CANTEEN), offers=offers)
    line.install(110, [TARIFF], lists={"entitlements": [((ELDER,), HolderRecord(ELDER, CLAIMS))]})
    for pays, person_today in (("account", 0), ("account", 2), ("cash", 0)):
        offers.hold(Sale(1, line.clock.now_ms, "s1", menu="set_b", shift=1))
        await line.tap(by_hand(pays, person_today), after_s=1)
    offers.hold(Sale(1, line.clock.now_ms, "s1", menu="set_b", proxy=b"one who collects", diner=b"somebody else's."))
    await line.tap(by_hand("account", 1), after_s=1)
    line.line = own


def by_hand(pays: str, person_today: int) -> ManualSnapshot:
    """Return a registered code whose PIN was right, typed by a relative."""
    known = ManualFacts(pays, CODE_PIN, ELDER, b"one who collects", person_today, 3)
    return ManualSnapshot(b"code of an elder", known)
