"""Every published meal case, sold at a till: offered at its desk, paid by a card at its reader.

``python -m tests.till.sold_cases`` sells all of them and prints how many came out as published.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from drivers.virtual.purse import PurseCard
from edge.domain.card_number import CardNumber
from edge.domain.charge import ChargePart
from edge.domain.entitlement import HOLDER_FACTS
from edge.domain.exchange import Ack, BatchSpan
from edge.domain.holder import Claim, HolderRecord
from edge.domain.meals.selling import DELIVERY, MEAL
from edge.domain.shown import PURSE_SCHEME
from edge.domain.tap import Place
from edge.tariff_authoring.shelf import Shelf
from sync.batch import batch_hash
from sync.row_form import Row
from sync.tariff_wire import encode_tariff
from tests.domain.canteen import PERSON
from tests.scenarios.line_tariffs import shipped
from tests.scenarios.tap_bench import DEBOUNCED_S, IDENTITY, TERMINAL, play
from tests.store.editions import artifact, deny
from tests.store.row_lists import with_rows
from tests.terminal.till_bench import ELDER, LOADED_FEN, PLACE, TillBench

VECTORS: Final = Path(__file__).parents[1] / "vectors" / "fares"
SHELF: Final = Shelf()
CASES: Final[list[dict[str, Any]]] = [
    case
    for name in ("priced.json", "edges.json")
    for case in json.loads((VECTORS / name).read_text("utf-8"))["cases"]
    if any(authored.plain.get("x_meals") for authored in SHELF.authored(case["tariff"]))
]
CHINA: Final = timedelta(hours=8)
SESSION_HOURS: Final = {"lunch": 11.5, "dinner": 17.5}
MONDAY, SATURDAY = "2026-06-01", "2026-06-06"
STATUSES: Final = {"deceased_flag": "deceased", "in_institution": "institution"}
SITE: Final = replace(PLACE, district="zengcheng", town="licheng")
"""Where the till stands, as its configuration says."""
HOMES: Final[Mapping[str, tuple[str, str]]] = {
    "home": (SITE.district, SITE.town),
    "other_town": (SITE.district, "xintang"),
    "other_district": ("conghua", "jiekou"),
}
"""District and town that the list states of a holder, by where the till lies seen from there."""


class CaseBench(TillBench):
    """A till that was told where it stands."""

    place: Place = SITE


def sold_as(case: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Sell a case at a till in an empty folder; returns what the part of the sale that it speaks of came to."""
    given = case["given"]
    _write(folder, case["tariff"], given)
    sold: list[ChargePart] = []
    card = PurseCard(LOADED_FEN, personalisation=replace(ELDER, start="20200101"))

    async def scene() -> None:
        async with CaseBench(folder) as bench:
            for moment_ms in (*_earlier(given), _moment_ms(_day(given), given.get("session", "lunch"))):
                bench.clock.jump(moment_ms - bench.clock.wall_ms())
                if (await bench.ask("state"))["shift"] is None:
                    await bench.ask("shift.open")
                outcome = await bench.sell(card, **offer_of(case["tariff"], given))
                assert outcome.accepted, outcome.signal.prompt
                sold[:] = outcome.pricing.parts
                await asyncio.sleep(DEBOUNCED_S)
                await _acked(bench)
            assert await bench.journal.verify() == []

    play(scene())
    charge = {part.name: part.charge for part in sold}[_part(case["tariff"], given)]
    funders: dict[str, int] = {}
    for share in charge.shares:
        funders[share.funder] = funders.get(share.funder, 0) + share.fen
    return {"payer_fen": charge.payer_fen, "subsidy_fen": sum(funders.values()), "funders": funders}


def published(case: Mapping[str, Any], seen: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what was seen of a case's figures, and what was published; a funder that carries nothing is none."""
    expect = dict(case["expect"])
    if "funders" in expect:
        expect["funders"] = {name: fen for name, fen in expect["funders"].items() if fen}
    return {name: seen[name] for name in expect}, expect


async def _acked(bench: TillBench) -> None:
    """Let the centre have everything: a meal that it knows of bounds the next one no more than the rule says."""
    journal = bench.journal
    part = await journal.slice(1, 1_000, 1 << 20)
    assert part is not None
    last = part.head.last_seq
    span = BatchSpan(TERMINAL, journal.epoch, 1, last, part.previous_hash, part.head.head_hash)
    now_ms = bench.clock.wall_ms()
    await journal.apply_ack(Ack(TERMINAL, journal.epoch, 1, last, batch_hash(span), 1, last, last + 1, (), now_ms, ()))


def _write(state: Path, tariff: str, given: Mapping[str, Any]) -> None:
    """Write an edition with the case's tariff, and with what the case says of the holder."""
    tree = shipped(tariff)
    params = {name: given[name] for name in tree.get("x_params", {}) if name in given}
    if params:
        tree["x_params"] = {**tree["x_params"], **params}
    token = IDENTITY.token(PURSE_SCHEME, CardNumber(ELDER.serial))
    status = next((word for key, word in STATUSES.items() if given.get(key)), "")
    record = HolderRecord(PERSON, tuple(claims_of(given)), status)
    people: list[Row] = [((PERSON, token), record)]
    files = [("tariff", 1, artifact("tariff", 1, encode_tariff([tree]))), ("deny_list", 1, deny(1))]
    with_rows(state, 1, files, {"entitlements": people})


def claims_of(given: Mapping[str, Any]) -> list[Claim]:
    """Return what the entitlement list claims for the diner of a case."""
    stated = {name: value for name, value in given.items() if name in HOLDER_FACTS and value is not False}
    if (home := _home(given)) is not None:
        stated["resident_of"], stated["resident_town"] = home
    return [Claim(name if value is True else f"{name}={value}", "20200101") for name, value in stated.items()]


def _home(given: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return where a holder lives of whom a case says how the site lies, seen from there."""
    if "site" in given:
        return HOMES[given["site"]]
    if "home_district" in given:
        return HOMES["home" if given["home_district"] else "other_district"]
    return None


def offer_of(tariff: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what staff would type in."""
    fee_fen = given.get("delivery_fee_fen", given.get("price_fen", 0) if "delivery" in tariff else 0)
    delivery = (
        {"delivery_m": round(given.get("km", 0) * 1000), "delivery_fen": fee_fen} if _delivers(tariff, given) else {}
    )
    if "menu" in given:
        return {"unit_fen": 0, "menu": given["menu"], **delivery}
    return {"unit_fen": given["price_fen"] if _part(tariff, given) == MEAL else 1_000, **delivery}


def _delivers(tariff: str, given: Mapping[str, Any]) -> bool:
    return "delivery" in tariff or "delivery_fee_fen" in given


def _part(tariff: str, given: Mapping[str, Any]) -> str:
    """Return which part of the sale a case speaks of."""
    return DELIVERY if "delivery" in tariff or given.get("event") == "delivery" else MEAL


def _day(given: Mapping[str, Any]) -> str:
    late = given.get("day") == "saturday" or given.get("used_week", 0) > given.get("used_today", 0)
    return str(given.get("date", SATURDAY if late else MONDAY))


def _moment_ms(day: str, session: str, days_before: int = 0) -> int:
    midnight = datetime.fromisoformat(day).replace(tzinfo=UTC) - CHINA - timedelta(days=days_before)
    return int((midnight + timedelta(hours=SESSION_HOURS[session])).timestamp() * 1000)


def _earlier(given: Mapping[str, Any]) -> list[int]:
    """Return when the holder had the meals that a case says were had before."""
    day, today = _day(given), given.get("used_today", 0)
    week = [_moment_ms(day, "lunch", before) for before in range(given.get("used_week", 0) - today, 0, -1)]
    last_week = [_moment_ms(day, "lunch", 7 + before) for before in range(given.get("used_prev_week", 0), 0, -1)]
    this_day = [_moment_ms(day, "lunch") - 1_200_000 * count for count in range(today, 0, -1)]
    this_session = [
        _moment_ms(day, given["session"]) - 1_200_000 * count
        for count in range(given.get("used_this_session", 0), 0, -1)
    ]
    return [*last_week, *week, *this_day, *this_session]


def main() -> int:
    """Sell every case and print how many came out as published; returns 1 where one did not."""
    passed = 0
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            seen, wanted = published(case, sold_as(case, Path(folder)))
        passed += seen == wanted
        if seen != wanted:
            sys.stdout.write(f"{case['id']}: {seen}, published {wanted}\n")
    sys.stdout.write(f"{passed} of {len(CASES)} published meal cases pass through the till\n")
    return int(passed < len(CASES))


if __name__ == "__main__":
    sys.exit(main())
