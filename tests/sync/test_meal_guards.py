"""Guards at the centre: what tills flagged is kept, counted and listed, and between tills the centre looks itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from edge.domain.entry import DeclinedTap
from sync.central.admin import plain_books
from sync.central.cli import flags_lines
from sync.central.guards import plain_day_flags
from tests.domain.canteen import LUNCH_MS
from tests.sync.town_tills import PLACE, TODAY, opened_till, parts
from tests.sync.two_sites import PERSON, Town, opened_town
from tests.tariff.paper_line import purse

EAST, WEST = replace(PLACE, station="east"), replace(PLACE, station="west")
AT_CAP: Final = {"prices": [1_500], "share_percent_max": 0, "meals_min": 1}
METRES: Final = {"by": "od_matrix", "places": ["east", "west"], "pairs": [["east", "west", 4_000]]}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        yield await opened_town(tmp_path, stack)


async def test_what_a_till_flagged_is_listed_by_its_day_and_counted(town: Town) -> None:
    await town.centre.publish(parts(x_meal_guards={"at_cap": AT_CAP}))
    till = await opened_till(town, "till-1", EAST)
    sold = await till.sell(purse(1))
    await town.carry_up("till-1")
    found = plain_day_flags(await town.centre.flagged(TODAY))
    entry = f"till-1/{sold.epoch}/{sold.seq}"
    said = "1 of the day's 1 subsidised meals cost what a subsidy is capped at"
    assert flags_lines(found) == [
        f"at_cap: {entry} at east, sold for 15.00 with 4.00 subsidy: {said}",
        f"flagged on {TODAY}: 1 by tills, 0 between tills",
    ]
    assert (await town.centre.flagged(TODAY + 1)).flagged == ()
    books = await town.centre.books()
    assert (books.problems, books.flagged) == ((), (("till-1", "at_cap", 1),))
    assert plain_books(books)["flagged"] == [{"terminal": "till-1", "guard": "at_cap", "entries": 1}]


async def test_what_a_guard_refused_is_listed_as_refused(town: Town) -> None:
    await town.centre.publish(parts(x_meal_guards={"at_cap": {**AT_CAP, "answer": "refuse"}}))
    till = await opened_till(town, "till-1", EAST)
    refused = await till.sell(purse(1))
    assert isinstance(refused.body, DeclinedTap)
    await town.carry_up("till-1")
    (one,) = (await town.centre.flagged(TODAY)).flagged
    assert (one.guard, one.entry.seq, one.sold) == ("at_cap", refused.seq, False)


WAYS: Final[dict[str, tuple[dict[str, Any], int, bool]]] = {
    "a second before one can be there": ({"gap_s": 0, "metres_per_min_max": 1_000}, 239, True),
    "as soon as one can be there": ({"gap_s": 0, "metres_per_min_max": 1_000}, 240, False),
}


@pytest.mark.parametrize(("travel", "after_s", "is_found"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("order", [("till-1", "till-2"), ("till-2", "till-1")], ids=["in order", "late first"])
async def test_the_centre_sees_one_person_at_two_sites(
    town: Town,
    travel: dict[str, Any],
    after_s: int,
    is_found: bool,  # noqa: FBT001 - a column
    order: tuple[str, str],
) -> None:
    await town.centre.publish(parts(x_meal_guards={"travel": travel}, x_distances=[METRES]))
    first, second = await opened_till(town, "till-1", EAST), await opened_till(town, "till-2", WEST)
    one = await first.sell(purse(1))
    second.site.line.clock.now_ms = one.time_ms + (after_s - 1) * 1_000
    other = await second.sell(purse(2))
    assert other.time_ms - one.time_ms == after_s * 1_000
    for name in order:
        await town.carry_up(name)
    found = await town.centre.flagged(TODAY)
    assert [(apart.holder, apart.one.seq, apart.other.seq) for apart in found.apart] == [
        (PERSON, one.seq, other.seq)
    ] * is_found
    assert len(flags_lines(plain_day_flags(found))) == 1 + is_found


async def test_a_meal_taken_back_was_eaten_nowhere(town: Town) -> None:
    await town.centre.publish(parts(x_meal_guards={"travel": {"gap_s": 3_600}}))
    first, second = await opened_till(town, "till-1", EAST), await opened_till(town, "till-2", WEST)
    sold = await first.sell(purse(1))
    await second.sell(purse(2))
    for name in ("till-1", "till-2"):
        await town.carry_up(name)
    assert len((await town.centre.flagged(TODAY)).apart) == 1
    await first.take_back(sold)
    await town.carry_up("till-1")
    assert (await town.centre.flagged(TODAY)).apart == ()


async def test_two_tills_of_one_site_are_one_place(town: Town) -> None:
    await town.centre.publish(parts(x_meal_guards={"travel": {"gap_s": 3_600}}))
    for number in (1, 2):
        till = await opened_till(town, f"till-{number}", EAST)
        assert (await till.sell(purse(number))).time_ms < LUNCH_MS + 60_000
        await town.carry_up(f"till-{number}")
    assert (await town.centre.flagged(TODAY)).apart == ()
