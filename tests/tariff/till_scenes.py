"""Scenes of a till: meals by one medium and another, with everything that can stand beside them, and one taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from edge.domain.entry import Draft, Entry, Intent, Kind
from edge.domain.holder import Claim, HolderRecord
from edge.domain.meals.sale import Sale
from edge.domain.medium import Snapshot
from edge.domain.reversal import Reversed, Way
from edge.domain.shown import PURSE_SCHEME
from edge.domain.tap import Place, TimeQuality
from edge.terminal.till.offers import Offers
from tests.domain.canteen import RESIDENT, canteen
from tests.domain.media_samples import bank_card
from tests.tariff.paper_line import LOST, PaperLine, purse

CANTEEN: Final = Place("till", "4520", "shibei-canteen")
WINDOW_MS: Final = 120_000
LUNCH_S: Final = 11 * 3_600
DAY_MS: Final = 86_400_000
OFFSET_MS: Final = 8 * 3_600_000


async def meals(line: PaperLine) -> None:
    """Serve an elder, others with them, deliveries and guests; refuse one; take one back."""
    own = line.line
    offers = Offers(line.clock, line.reference, WINDOW_MS)
    line.line = replace(own, rules=replace(own.rules, place=CANTEEN), offers=offers)
    line.line.service.stop, line.clock.off_s = "", 0
    line.clock.now_ms = next_lunch_ms(line.clock.now_ms)
    elder = own.identity.token(PURSE_SCHEME, purse(31).number)
    claims = (*RESIDENT, Claim("bed_contract", "20200101"), Claim("dementia", "20200101"))
    line.install(80, [canteen()], lists={"entitlements": [((elder,), HolderRecord(elder, claims))]})
    first = await sell(line, purse(31), unit_fen=1500, delivery_m=1000, delivery_fen=300)
    await _take_back(line, first)
    await sell(line, purse(31), menu="set_a", quantity=2)
    await sell(line, purse(31), menu="set_a")
    await sell(line, purse(32), menu="set_b", party="guest")
    await sell(line, bank_card(31), unit_fen=900, party="staff")
    await sell(line, purse(33, balance_fen=100), unit_fen=900)
    offers.hold(Sale(7, line.clock.now_ms, "s1", unit_fen=1500))
    await line.tap(purse(34), LOST, after_s=1)
    line.line = own


def next_lunch_ms(now_ms: int) -> int:
    """Return eleven o'clock of the next civil day."""
    return ((now_ms + OFFSET_MS) // DAY_MS + 1) * DAY_MS - OFFSET_MS + LUNCH_S * 1000


async def sell(line: PaperLine, medium: Snapshot, **wish: Any) -> Entry:  # noqa: ANN401 - any field of a sale
    """Offer a meal and let a medium pay it."""
    assert line.line.offers is not None
    line.line.offers.hold(Sale(1, line.clock.now_ms, "s1", shift=1, **wish))
    return await line.tap(medium, after_s=1)


async def _take_back(line: PaperLine, sold: Entry) -> None:
    body = sold.body
    assert isinstance(body, Intent)
    back = Reversed(
        Way.CASH.value, "test", "s1", 1, body.family, "", body.token, body.place.operator, body.charge, body.pricing
    )
    draft = Draft(Kind.REVERSED, line.clock.now_ms, TimeQuality.TRUSTED, 80, sold.tap_id, sold.seq, back)
    await line.journal.append(draft)
