"""What staff may do by role, how fast, and a shift that a lead opens again."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from typing import Final

import pytest

from edge.domain.entry import Kind, Remark
from edge.domain.meals.refusal import StaffRefused, Why
from edge.domain.meals.shift import CLOSED, REOPENED
from edge.domain.staff import SIGN_IN_LOCK_MS, SIGN_IN_TRIES
from edge.terminal.till.rules import TillRules
from edge.terminal.till.sign_ins import SignIns
from edge.wiring_till import PAGES
from tests.terminal.test_till import newest_tap
from tests.terminal.till_bench import MEAL, TillBench, anybody, at_till, elder

VOID_MIN: Final = 10


async def why_not(bench: TillBench, verb: str, **members: object) -> Why:
    """Return why a request is refused."""
    with pytest.raises(StaffRefused) as found:
        await bench.ask(verb, **members)
    assert found.value.code == "CONTROL_REFUSED"
    return found.value.why


@pytest.mark.parametrize(("minutes", "role", "may"), [(9, "cashier", True), (11, "cashier", False), (11, "lead", True)])
def test_a_cashier_takes_back_what_is_fresh_and_a_lead_whatever_is_of_the_shift(
    tmp_path: Path, minutes: int, role: str, *, may: bool
) -> None:
    async def scene(bench: TillBench) -> None:
        bench.desk.limits.rules = lambda: TillRules(void_min=VOID_MIN)
        await bench.sell(elder())
        await bench.pass_time(minutes * 60)
        tap = await newest_tap(bench)
        if may:
            assert (await bench.ask("void", tap=tap, role=role))["sold"]["standing"] == "reversed"
        else:
            assert await why_not(bench, "void", tap=tap, role=role) is Why.VOID_LATE
            assert (await bench.ask("sales"))["sales"][0]["standing"] == "paid", "nothing was written"

    at_till(tmp_path, scene)


def test_a_clock_that_falls_back_makes_no_old_sale_fresh(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await bench.sell(elder())
        await bench.pass_time(-3_600)
        assert await why_not(bench, "void", tap=await newest_tap(bench), role="cashier") is Why.VOID_LATE

    at_till(tmp_path, scene)


def test_whoever_asks_for_more_than_a_hand_can_waits_and_nobody_else_does(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        bench.desk.limits.rules = lambda: TillRules(acts_per_min=3)
        for _ in range(2):  # the shift was opened by the same person
            await bench.ask("offer", **MEAL)
        before = len(await bench.entries())
        assert await why_not(bench, "offer", **MEAL) is Why.TOO_FAST
        assert len(await bench.entries()) == before, "a flood fills no journal"
        await bench.ask("sales")
        await bench.ask("offer", **{**MEAL, "staff": "s2"})
        await asyncio.sleep(60)
        await bench.ask("offer", **MEAL)

    at_till(tmp_path, scene)


def test_a_shift_that_is_opened_again_gets_a_report_of_its_own_that_names_the_first(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await bench.sell(elder())
        await bench.sell(anybody())
        wrong = await newest_tap(bench)
        first = (await bench.ask("shift.close", cash_fen=5_000))["report"]
        assert await why_not(bench, "void", tap=wrong) is Why.NO_SHIFT
        reopened = (await bench.ask("shift.reopen"))["shift"]
        assert (reopened["number"], reopened["float_fen"]) == (2, 5_000)
        assert await why_not(bench, "shift.reopen") is Why.SHIFT_OPEN
        await bench.ask("void", tap=wrong, role="lead", reason="wrong set")
        await bench.restart()
        assert (await bench.ask("state"))["shift"]["number"] == 2
        second = (await bench.ask("shift.close", cash_fen=3_500))["report"]
        assert (first["sales"], second["sales"]) == ("2", "1")
        assert (second["number"], second["reopens"], second["reversed.cash_fen"]) == ("2", "1", "1500")
        assert (await bench.ask("report", number=1))["report"] == first, "the first report stays as it was"
        kept = [entry.body for entry in await bench.entries() if entry.kind is Kind.SHIFT]
        subjects = [body.subject for body in kept if isinstance(body, Remark)]
        assert subjects == ["shift.opened", CLOSED, REOPENED, CLOSED]
        assert (await bench.ask("shift.open"))["shift"]["number"] == 3

    at_till(tmp_path, scene, float_fen=5_000)


def test_where_no_shift_was_closed_none_is_opened_again(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        bench.desk.shifts.open = bench.desk.shifts.last = None
        assert await why_not(bench, "shift.reopen") is Why.NOTHING_TO_REOPEN

    at_till(tmp_path, scene)


def test_wrong_pins_lock_an_id_across_restarts_and_a_right_one_or_a_pause_forgives_them(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        async def wait_ms(staff: str = "s1") -> int:
            return await SignIns(lambda: [bench.journal], bench.clock).wait_ms(staff)

        async def wrong(count: int) -> None:
            for _ in range(count):
                await bench.ask("note", subject="staff.refused")

        await wrong(SIGN_IN_TRIES - 1)
        assert await wait_ms() == 0
        await wrong(1)
        await bench.restart()
        assert 0 < await wait_ms() <= SIGN_IN_LOCK_MS
        assert await wait_ms("s2") == 0
        bench.clock.jump(-3_600_000)
        assert await wait_ms() == SIGN_IN_LOCK_MS, "a clock that falls back opens no door"
        bench.clock.jump(3_600_000 + SIGN_IN_LOCK_MS)
        assert await wait_ms() == 0
        await wrong(SIGN_IN_TRIES - 1)
        assert await wait_ms() == 0, "the pause was as long as the lock"
        await bench.ask("note", subject="staff.login")
        await wrong(1)
        assert await wait_ms() == 0

    at_till(tmp_path, scene)


@pytest.mark.parametrize("why", Why, ids=lambda why: why.value)
def test_every_refusal_says_what_to_do_next_in_both_languages(why: Why) -> None:
    words = tomllib.loads((PAGES / "texts.toml").read_text("utf-8"))["refusal"][why.value]
    assert all(words[language] for language in ("zh", "en"))
