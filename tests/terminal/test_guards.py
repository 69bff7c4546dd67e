"""Guards at a till: what is odd is told to staff, counted and written down, also after a restart; refused by policy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from drivers.virtual.field import Moment, Tear
from drivers.virtual.purse import PurseCard
from edge.control.messages import Message
from edge.domain.card_number import CardNumber
from edge.domain.decision import Approved, Declined, Reason
from edge.domain.entry import NO_TAP, DeclinedTap, Draft, Intent, Kind, Remark
from edge.domain.holder import HolderRecord
from edge.domain.replay import differences, replay
from edge.domain.shown import PURSE_SCHEME
from edge.terminal.till.lately import PAGE
from sync.row_form import Row
from sync.tariff_wire import encode_tariff
from tests.domain.canteen import RESIDENT, canteen
from tests.scenarios.tap_bench import IDENTITY, play
from tests.store.editions import artifact, deny
from tests.store.row_lists import with_rows
from tests.terminal.till_bench import ELDER, LOADED_FEN, TillBench

SERIALS: Final = [f"31049304999000001{number:02d}" for number in range(4)]
BURST: Final[dict[str, Any]] = {"burst": {"meals_max": 2, "window_s": 600}}
REPEAT: Final[dict[str, Any]] = {"repeat": {"gap_s": 600}}
AMOUNTS: Final[dict[str, Any]] = {"amounts": {"amounts_max": 2, "window_s": 3_600}}
AT_CAP: Final[dict[str, Any]] = {"at_cap": {"prices": [1_500], "share_percent_max": 50, "meals_min": 3}}
OFF_SESSION: Final[dict[str, Any]] = {"off_session": {"slack_s": 60}}
OPEN_HANDED: Final = {"mode": "grant_and_flag", "max_open_per_person": 9}
LUNCH_END_S: Final = 90 * 60
"""From noon to the end of lunch."""


class Canteen(TillBench):
    """A till with a deck of the elders' cards."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.cards = [
            PurseCard(
                LOADED_FEN, personalisation=replace(ELDER, serial=serial), uid=bytes.fromhex("08D4E5") + bytes([at])
            )
            for at, serial in enumerate(SERIALS)
        ]


Step = Callable[[Canteen], Awaitable[None]]


def guarded(folder: Path, guards: dict[str, Any], scene: Step) -> None:
    """Play a scene at a till with an open shift, whose tariff has guards and relieves three meals a day at any time."""
    tariff = canteen()
    lunch = next(row for row in tariff["x_meals"] if row.get("service", "meal") == "meal")
    when = {name: value for name, value in lunch["when"].items() if name != "timeframe"}
    counters = [{**row, "limit": 3, "offline": OPEN_HANDED} for row in tariff["x_counters"]]
    tree = {**tariff, "x_meals": [{**lunch, "when": when}], "x_counters": counters, "x_meal_guards": guards}
    tokens = [IDENTITY.token(PURSE_SCHEME, CardNumber(serial)) for serial in SERIALS]
    people: list[Row] = [((token,), HolderRecord(token, RESIDENT)) for token in tokens]
    files = [("tariff", 1, artifact("tariff", 1, encode_tariff([tree]))), ("deny_list", 1, deny(1))]
    with_rows(folder, 1, files, {"entitlements": people})

    async def whole() -> None:
        async with Canteen(folder) as bench:
            await bench.ask("shift.open")
            await scene(bench)
            assert await bench.journal.verify() == []

    play(whole())


async def flags_told(bench: Canteen) -> list[str]:
    """Return what staff are told of the last tap."""
    outcome: Message = (await bench.ask("state"))["outcome"]
    return list(outcome["flags"])


async def flagged(bench: Canteen) -> dict[str, str]:
    """Return what the report counts."""
    report = (await bench.ask("report"))["report"]
    return {name: count for name, count in report.items() if name.startswith("flagged")}


def wait(seconds: float) -> Step:
    async def step(bench: Canteen) -> None:
        bench.clock.jump(round(seconds * 1_000))

    return step


def sell(number: int, fen: int = 1_500) -> Step:
    async def step(bench: Canteen) -> None:
        outcome = await bench.sell(bench.cards[number], unit_fen=fen)
        assert outcome.accepted, outcome.signal.prompt

    return step


async def restart(bench: Canteen) -> None:
    await bench.restart()


async def much_is_written(bench: Canteen) -> None:
    """Write more entries than are read in two goes."""
    for _ in range(2 * PAGE + 1):
        note = Draft(Kind.NOTE, bench.clock.wall_ms(), bench.clock.quality(), 1, NO_TAP, 0, Remark("test"))
        await bench.journal.append(note, durable=False)


async def take_back(bench: Canteen) -> None:
    """Take back the newest sale."""
    sold = (await bench.ask("sales"))["sales"][0]
    await bench.ask("void", tap=sold["tap"], way="cash")


async def shift_ends(bench: Canteen) -> None:
    await bench.ask("shift.close", cash_fen=0, explanation="test")
    await bench.ask("shift.open")


CASES: Final[dict[str, tuple[dict[str, Any], list[Step], list[str]]]] = {
    "a third meal in ten minutes is a burst": (BURST, [sell(0), sell(1), sell(2)], ["burst"]),
    "two meals are none": (BURST, [sell(0), sell(1)], []),
    "a third meal after the window is none": (BURST, [sell(0), sell(1), wait(600), sell(2)], []),
    "a burst is seen over a restart": (BURST, [sell(0), sell(1), restart, sell(2)], ["burst"]),
    "a burst is seen behind many entries": (
        BURST,
        [sell(0), sell(1), much_is_written, restart, sell(2)],
        ["burst"],
    ),
    "a burst is seen over the end of a shift": (BURST, [sell(0), sell(1), shift_ends, sell(2)], ["burst"]),
    "a meal taken back is no part of a burst": (BURST, [sell(0), sell(1), take_back, sell(2)], []),
    "a person comes again too soon": (REPEAT, [sell(0), sell(0)], ["repeat"]),
    "another person does not": (REPEAT, [sell(0), sell(1)], []),
    "a person comes again late enough": (REPEAT, [sell(0), wait(600), sell(0)], []),
    "a person comes again too soon over a restart": (REPEAT, [sell(0), restart, sell(0)], ["repeat"]),
    "a card pays a third amount": (AMOUNTS, [sell(0, 900), sell(0, 1_000), sell(0, 1_100)], ["amounts"]),
    "a card pays the same amounts again": (AMOUNTS, [sell(0, 900), sell(0, 1_000), sell(0, 900)], []),
    "a third amount over a restart": (AMOUNTS, [sell(0, 900), sell(0, 1_000), restart, sell(0, 1_100)], ["amounts"]),
    "two of three meals at the cap's price": (AT_CAP, [sell(0), sell(1, 900), sell(2)], ["at_cap"]),
    "one of three": (AT_CAP, [sell(0, 800), sell(1, 900), sell(2)], []),
    "two of three over a restart": (AT_CAP, [sell(0), sell(1, 900), restart, sell(2)], ["at_cap"]),
    "a day later the share begins anew": (AT_CAP, [sell(0), sell(1), wait(86_400), sell(2)], []),
    "a meal past the slack is off session": (OFF_SESSION, [wait(LUNCH_END_S + 61), sell(0)], ["off_session"]),
    "a meal inside lunch is not": (OFF_SESSION, [sell(0)], []),
    "a meal inside the slack is not": (OFF_SESSION, [wait(LUNCH_END_S + 30), sell(0)], []),
    "no guard is on": ({}, [sell(0), sell(0), sell(0)], []),
}


@pytest.mark.parametrize(("guards", "steps", "flags"), CASES.values(), ids=CASES)
def test_staff_are_told(
    tmp_path: Path,
    guards: dict[str, Any],
    steps: list[Step],
    flags: list[str],
) -> None:
    async def scene(bench: Canteen) -> None:
        for step in steps:
            await step(bench)
        assert await flags_told(bench) == flags
        assert (await bench.ask("sales"))["sales"][0]["flags"] == flags
        counted = {f"flagged.{name}": "1" for name in flags}
        assert await flagged(bench) == {"flagged": str(len(flags)), **counted}

    guarded(tmp_path, guards, scene)


def test_what_is_flagged_is_in_the_entry_and_decided_again_from_it(tmp_path: Path) -> None:
    async def scene(bench: Canteen) -> None:
        for number in range(3):
            await sell(number)(bench)
        entries = [entry for entry in await bench.entries() if isinstance(entry.body, Intent)]
        assert [entry.body.flags for entry in entries if isinstance(entry.body, Intent)] == [(), (), ("burst",)]
        for entry in entries:
            decision = replay(entry, bench.reference.policy())
            assert isinstance(decision, Approved)
            assert differences(entry, decision) == []

    guarded(tmp_path, BURST, scene)


def test_a_refusal_says_which_guard_and_the_meal_can_be_sold_at_list_price(tmp_path: Path) -> None:
    async def scene(bench: Canteen) -> None:
        await sell(0)(bench)
        refused = await bench.sell(bench.cards[0])
        assert (refused.accepted, refused.signal.prompt, refused.flags) == (False, Reason.MEAL_GUARD.value, ("repeat",))
        assert await flags_told(bench) == ["repeat"]
        (entry,) = [entry for entry in await bench.entries() if isinstance(entry.body, DeclinedTap)]
        assert isinstance(entry.body, DeclinedTap)
        assert (entry.body.reason, entry.body.flags) == ("meal_guard", ("repeat",))
        decision = replay(entry, bench.reference.policy())
        assert isinstance(decision, Declined)
        assert differences(entry, decision) == []
        assert await flagged(bench) == {"flagged": "1", "flagged.repeat": "1"}
        assert (await bench.sell(bench.cards[0], party="guest")).signal.fen == 1_500

    guarded(tmp_path, {"repeat": {"gap_s": 600, "answer": "refuse"}}, scene)


def test_a_torn_debit_counts_and_one_that_never_was_does_not(tmp_path: Path) -> None:
    async def scene(bench: Canteen) -> None:
        bench.field.plan_tear(Tear(Moment(step="DEBIT"), executed=False))
        assert (await bench.sell(bench.cards[0])).signal.prompt == "present_same_card"
        assert (await bench.ride(bench.cards[0])).accepted
        assert await flags_told(bench) == []
        assert await flagged(bench) == {"flagged": "0"}
        bench.field.plan_tear(Tear(Moment(step="DEBIT"), executed=True))
        assert (await bench.sell(bench.cards[0])).signal.prompt == "present_same_card"
        assert await flagged(bench) == {"flagged": "1", "flagged.repeat": "1"}

    guarded(tmp_path, REPEAT, scene)
