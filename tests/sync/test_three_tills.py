"""Two tills of one canteen and one of another serve the same person while none reaches the centre.

Then they are heard, in every order: what becomes of their claims is the merge rule's, the holder's price stands, and
what each staff page said at the time was true.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Final

import pytest

from edge.domain.entry import Intent
from edge.domain.tap import Place
from edge.domain.tariff.quotas import Merged
from edge.wiring_till import PAGES
from sync.central.centre import Centre
from sync.central.store.sqlite import open_sqlite
from tests.conformance.central_store import KEYS
from tests.domain.canteen import LUNCH_MS
from tests.sync.town_tills import MEAL_FEN, PLACE, RELIEVED_FEN, TODAY, Till, Told, opened_till, parts
from tests.sync.two_sites import Town, opened_town
from tests.tariff.paper_line import purse

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
DISTRICT: Final = "district"
PLACES: Final = {"till-1": PLACE, "till-2": PLACE, "till-3": Place("till", "4520", "laoshan-canteen")}
SURE: Final = frozenset({"leased", "certain"})
UNGRANTED: Final = frozenset({"withheld", "used"})


@dataclass(frozen=True)
class Scene:
    """Sales in the order of time: (till, card, minutes after noon), and what is right for each.

    ``told`` are the keys of the staff page, ``granted`` the tills whose claim stands, ``carried`` who carries the
    others. ``behind`` are tills that have not been reached for longer than a site's authority lasts.
    """

    sales: Sequence[tuple[str, int, int]]
    told: Sequence[str]
    granted: Sequence[str]
    carried: Mapping[str, str] = field(default_factory=dict)
    leased: str = ""
    behind: frozenset[str] = frozenset()


SCENES: Final[dict[str, Scene]] = {
    "nobody holds a lease: the first in time stands": Scene(
        [("till-3", 1, 0), ("till-1", 2, 1), ("till-2", 1, 2)],
        ["shared_funder"] * 3,
        ["till-3"],
        {"till-1": DISTRICT, "till-2": DISTRICT},
    ),
    "one of the two neighbours holds the lease: it stands, though it came last": Scene(
        [("till-1", 1, 0), ("till-3", 2, 1), ("till-2", 1, 2)],
        ["elsewhere_site", "elsewhere_site", "leased"],
        ["till-2"],
        {"till-1": "site:till-1", "till-3": "site:till-3"},
        leased="till-2",
    ),
    "one has old lists: it carries what was granted twice": Scene(
        [("till-1", 1, 0), ("till-3", 2, 1), ("till-2", 1, 2)],
        ["shared_funder", "shared_site", "shared_funder"],
        ["till-1"],
        {"till-3": "site:till-3", "till-2": DISTRICT},
        behind=frozenset({"till-3"}),
    ),
    "one has granted as much as may be open: it asks the list price": Scene(
        [("till-1", 1, -24 * 60), ("till-1", 1, 0), ("till-2", 2, 1), ("till-3", 1, 2)],
        ["shared_funder", "withheld", "shared_funder", "shared_funder"],
        ["till-2"],
        {"till-3": DISTRICT},
    ),
    "the person comes back to the same till": Scene(
        [("till-2", 1, 0), ("till-2", 2, 5), ("till-1", 1, 10)],
        ["shared_funder", "used", "shared_funder"],
        ["till-2"],
        {"till-1": DISTRICT},
    ),
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
async def test_each_page_told_the_truth_whatever_order_the_tills_are_heard_in(tmp_path: Path, scene: Scene) -> None:
    async with AsyncExitStack() as stack:
        town = await opened_town(tmp_path, stack)
        sold = await served(town, scene)
        assert [told.after["surety"] for told in sold] == scene.told
        batches = {name: await site.batch() for name, site in town.sites.items()}
        await town.store.close()
        for number, order in enumerate(permutations(batches)):
            centre = await another_centre(tmp_path / "central.db", tmp_path / f"central-{number}.db", stack)
            for name in order:
                assert (await centre.receive(name, batches[name])).ack.rejected == ()
                assert_sure_ones_stand(sold, (await centre.claims(TODAY)).merged)
            await assert_as_told(centre, scene, sold)


async def another_centre(first: Path, copy: Path, stack: AsyncExitStack) -> Centre:
    """Return a centre that knows what the first one knew when it was closed."""
    for suffix in ("", "-wal"):
        if (part := first.with_name(first.name + suffix)).exists():
            shutil.copy(part, copy.with_name(copy.name + suffix))
    store = await open_sqlite(copy)
    stack.push_async_callback(store.close)
    return Centre(store, KEYS, lambda: LUNCH_MS + DAY_MS, bytes)


async def assert_as_told(centre: Centre, scene: Scene, sold: Sequence[Told]) -> None:
    """Hold everything that was told against what the centre decided at the end."""
    merged, books = (await centre.claims(TODAY)).merged, await centre.books()
    assert [claim.terminal for claim in merged.granted] == scene.granted
    assert carriers(merged) == scene.carried
    for told in (told for told in sold if told.entry.time_ms >= LUNCH_MS):
        assert_true(told, merged, sold)
    paid_fen = sum(told.after["payer_fen"] for told in sold)
    assert (books.problems, dict(books.by("payer:"))) == ((), {"purse": paid_fen}), "no price rose afterwards"


async def served(town: Town, scene: Scene) -> list[Told]:
    """Let the person eat at the tills of a scene; returns what staff were told of each meal."""
    town.now_ms = LUNCH_MS - 9 * DAY_MS
    await town.centre.publish(parts())
    tills = {name: await opened_till(town, name, place) for name, place in PLACES.items()}
    for name in scene.behind:
        tills[name].site.line.line.service.confirmed_ms = town.now_ms
    town.now_ms += DAY_MS
    await town.centre.publish(parts())
    town.now_ms = LUNCH_MS - 6 * 60 * MINUTE_MS
    if scene.leased:
        assert await town.lease(scene.leased, LUNCH_MS + 6 * 60 * MINUTE_MS, "used_today") == "given"
    for name in tills.keys() - scene.behind:
        await town.carry_down(name)
        tills[name].site.line.line.service.confirmed_ms = LUNCH_MS - DAY_MS
    return [await tills[name].told(purse(card), LUNCH_MS + at * MINUTE_MS) for name, card, at in scene.sales]


def carriers(merged: Merged) -> dict[str, str]:
    """Return who carries each claim that does not stand, by its till."""
    return {lost.claim.terminal: share.funder for lost in merged.clawbacks for share in lost.shares}


def assert_sure_ones_stand(sold: Sequence[Told], merged: Merged) -> None:
    """Hold that what a page called certain is never taken back, however little the centre has heard so far."""
    sure = {told.identity for told in sold if told.after["surety"] in SURE}
    assert not [lost for lost in merged.clawbacks if lost.claim.identity in sure]


def assert_true(told: Told, merged: Merged, sold: Sequence[Told]) -> None:
    """Hold one page's words against what the centre decided."""
    key, identity = told.after["surety"], told.identity
    claimed = {one.identity for one in merged.granted} | {lost.claim.identity for lost in merged.clawbacks}
    carried = [share.funder for lost in merged.clawbacks if lost.claim.identity == identity for share in lost.shares]
    body = told.entry.body
    assert isinstance(body, Intent)
    assert told.after["payer_fen"] == body.charge.payer_fen == (MEAL_FEN if key in UNGRANTED else RELIEVED_FEN)
    assert (identity in claimed) == (key not in UNGRANTED)
    if key in SURE:
        assert identity in {one.identity for one in merged.granted}
    if key.endswith("_funder"):
        assert not [payer for payer in carried if payer.startswith("site:")]
    if key == "elsewhere_site":
        assert carried == [f"site:{told.till}"]
    least, most = told.after["left"]
    assert least <= truly_left(told, sold) <= most


def truly_left(told: Told, sold: Sequence[Told]) -> int:
    """Return what was left of the day's quota after a sale, as nobody at the tills could know."""
    today = [each for each in sold if LUNCH_MS <= each.entry.time_ms <= told.entry.time_ms]
    return max(1 - sum(each.after["surety"] not in UNGRANTED for each in today), 0)


async def test_before_a_card_is_there_staff_are_told_how_many_subsidies_are_open(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        town = await opened_town(tmp_path, stack)
        sold = await served(town, SCENES["one has old lists: it carries what was granted twice"])
        assert [told.before["key"] for told in sold] == ["grants", "site", "grants"]
        assert [told.before["open"] for told in sold] == [0, 0, 0]
        site = town.sites["till-1"]
        till = Till(town, site)
        later = await till.told(purse(2), LUNCH_MS + 60 * MINUTE_MS)
        assert later.before["open"] == 1
        receipt = await town.centre.receive("till-1", await site.batch())
        await site.line.journal.apply_ack(receipt.ack)
        heard = await till.told(purse(2), LUNCH_MS + 61 * MINUTE_MS)
        assert heard.before["open"] == 0, "the centre has heard of it"


WORDS: Final = tomllib.loads((PAGES / "texts.toml").read_text("utf-8"))


@pytest.mark.parametrize("key", sorted({key for scene in SCENES.values() for key in scene.told} | SURE))
def test_every_key_that_staff_are_told_has_plain_words_in_both_languages(key: str) -> None:
    words = WORDS["surety"][key]
    assert words["zh"]
    assert words["en"]
    if key.endswith("_site"):
        assert "本店" in words["zh"]
        assert "this site" in words["en"]
