"""Scenes of a till whose tariff has guards: what they find is flagged, and refused where the tariff says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from edge.domain.holder import HolderRecord
from edge.domain.shown import PURSE_SCHEME
from edge.terminal.till.lately import Lately
from edge.terminal.till.offers import Offers
from sync.row_form import Row
from tests.domain.canteen import RESIDENT, canteen
from tests.domain.media_samples import bank_card
from tests.tariff.paper_line import PaperLine, purse
from tests.tariff.till_scenes import CANTEEN, WINDOW_MS, next_lunch_ms, sell

GUARDS: Final[dict[str, dict[str, Any]]] = {
    "burst": {"meals_max": 1, "window_s": 60},
    "amounts": {"amounts_max": 1, "window_s": 3_600},
    "at_cap": {"prices": [1_500], "share_percent_max": 50, "meals_min": 2},
}
REFUSING: Final = {**GUARDS, "burst": {**GUARDS["burst"], "answer": "refuse"}}


async def guarded_meals(line: PaperLine) -> None:
    """Sell two subsidised meals in a row and one card at two amounts; refuse a third where the tariff says so."""
    own = line.line
    offers = Offers(line.clock, line.reference, WINDOW_MS)
    rules = replace(own.rules, place=replace(CANTEEN, station="canteen one"))
    line.line = replace(own, rules=rules, offers=offers, meals=Lately(lambda: [line.journal]))
    line.line.service.stop, line.clock.off_s = "", 0
    line.clock.now_ms = next_lunch_ms(line.clock.now_ms)
    people = [own.identity.token(PURSE_SCHEME, purse(number).number) for number in (35, 36, 37)]
    rows: list[Row] = [((person,), HolderRecord(person, RESIDENT)) for person in people]
    line.install(81, [{**canteen(), "x_meal_guards": GUARDS}], lists={"entitlements": rows})
    await sell(line, purse(35), unit_fen=1_500)
    await sell(line, purse(36), unit_fen=1_500)
    await sell(line, bank_card(38), unit_fen=900)
    await sell(line, bank_card(38), unit_fen=1_000)
    line.install(82, [{**canteen(), "x_meal_guards": REFUSING}], lists={"entitlements": rows})
    await sell(line, purse(37), unit_fen=1_500)
    line.line = own
