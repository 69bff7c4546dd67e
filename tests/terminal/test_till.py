"""The till at its socket's verbs: what is offered, who pays what, what is taken back, and the report of the shift."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from drivers.virtual.field import Moment, Tear
from edge.domain.entry import Intent, Kind, Remark
from edge.domain.errors import RemoteProtocolError
from edge.domain.meals.shift import CLOSED
from edge.terminal.till.offers import BOUND_MARGIN_MS, OFFER_MS
from tests.terminal.till_bench import MEAL, TORN_WINDOW_MS, TillBench, anybody, at_till, elder

RELIEVED_FEN: Final = 1100
"""What the elder pays of a meal of fifteen yuan; the district carries four."""


def test_a_card_without_an_offer_is_sent_to_the_staff_and_charged_nothing(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        before = await bench.written()
        shown = await bench.ride(elder())
        assert (shown.accepted, shown.signal.prompt) == (False, "ask_staff")
        assert await bench.written() == before

    at_till(tmp_path, scene)


def test_the_next_card_pays_the_offer_and_the_entry_holds_the_whole_sale(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        card = elder()
        shown = await bench.sell(card)
        assert (shown.accepted, shown.signal.fen) == (True, RELIEVED_FEN)
        assert [debit.line.amount_fen for debit in card.debits] == [RELIEVED_FEN]
        sale = next(entry.body.sale for entry in await bench.entries() if isinstance(entry.body, Intent))
        assert sale is not None
        assert (sale.staff, sale.session, sale.unit_fen, sale.shift) == ("s1", "lunch", 1500, 1)
        assert (await bench.ask("state"))["offer"] is None
        assert (await bench.ride(anybody())).signal.prompt == "ask_staff"

    at_till(tmp_path, scene)


def test_the_pages_are_told_who_pays_what_and_what_is_left(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await bench.sell(elder(), menu="set_b", unit_fen=0, quantity=2)
        told = (await bench.ask("state"))["outcome"]
        assert told["parts"] == [
            {"name": "meal", "list_fen": 1800, "payer_fen": 1400, "funders": {"district": 400}},
            {"name": "further_meals", "list_fen": 1800, "payer_fen": 1800, "funders": {}},
        ]
        assert (told["accepted"], told["payer_fen"], told["left"]) == (True, 3200, [0, 0])

    at_till(tmp_path, scene)


def test_a_second_lunch_of_the_day_has_its_list_price(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        card = elder()
        assert [(await bench.sell(card)).signal.fen for _ in range(2)] == [RELIEVED_FEN, 1500]

    at_till(tmp_path, scene)


def test_an_offer_ends_when_nobody_pays_it(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await bench.ask("offer", **MEAL)
        await bench.pass_time(0)
        assert (await bench.ask("state"))["offer"]["left_ms"] < OFFER_MS
        await asyncio.sleep(OFFER_MS / 1000)
        assert (await bench.ask("state"))["offer"] is None
        assert (await bench.ride(elder())).signal.prompt == "ask_staff"
        await bench.ask("state")
        notes = [entry.body for entry in await bench.entries() if entry.kind is Kind.STAFF]
        assert notes == [Remark("offer.lapsed", (("staff", "s1"), ("number", "1")))], "once"

    at_till(tmp_path, scene)


def test_a_cancelled_or_replaced_offer_charges_nobody_and_is_written_down(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await bench.ask("offer", **MEAL)
        await bench.ask("offer", **MEAL)
        await bench.ask("cancel")
        assert (await bench.ride(elder())).signal.prompt == "ask_staff"
        notes = [entry.body for entry in await bench.entries() if entry.kind is Kind.STAFF]
        assert notes == [Remark("offer.cancelled", (("staff", "s1"), ("number", str(number)))) for number in (1, 2)]

    at_till(tmp_path, scene)


@pytest.mark.parametrize("executed", [True, False], ids=["the card was debited", "the card was not debited"])
def test_a_torn_card_alone_may_finish_its_meal(tmp_path: Path, *, executed: bool) -> None:
    async def scene(bench: TillBench) -> None:
        card = elder()
        await bench.ask("offer", **MEAL)
        bench.field.plan_tear(Tear(Moment(step="DEBIT"), executed=executed))
        assert (await bench.ride(card)).signal.prompt == "present_same_card"
        assert (await bench.ask("state"))["offer"]["bound"]
        other = await bench.ride(anybody())
        assert (other.accepted, other.signal.prompt) == (False, "present_same_card")
        assert (await bench.ride(card)).accepted
        assert [debit.line.amount_fen for debit in card.debits] == [RELIEVED_FEN]
        assert (await bench.ask("state"))["offer"] is None
        assert (await bench.ask("report"))["report"]["sales"] == "1"

    at_till(tmp_path, scene)


def test_a_torn_meal_that_comes_back_late_is_not_charged_twice(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        card = elder()
        await bench.ask("offer", **MEAL)
        bench.field.plan_tear(Tear(Moment(step="DEBIT"), executed=True))
        await bench.ride(card)
        await asyncio.sleep((TORN_WINDOW_MS - BOUND_MARGIN_MS) / 1000)
        await bench.pass_time(TORN_WINDOW_MS / 1000)
        assert (await bench.ride(card)).signal.prompt == "ask_staff"
        assert len(card.debits) == 1
        figures = (await bench.ask("report"))["report"]
        assert (figures["sales"], figures["payer_fen"], figures["torn"]) == ("1", str(RELIEVED_FEN), "0")

    at_till(tmp_path, scene)


def test_a_sale_taken_back_returns_the_quota_and_writes_no_card(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        card = elder()
        await bench.sell(card)
        await bench.ask("void", tap=await newest_tap(bench), way="cash", reason="wrong set")
        assert len(card.debits) == 1
        assert await bench.balances() == {
            "payer:purse": -RELIEVED_FEN,
            "returned:cash": RELIEVED_FEN,
        }
        assert (await bench.sell(card)).signal.fen == RELIEVED_FEN

    at_till(tmp_path, scene)


async def newest_tap(bench: TillBench) -> str:
    return str((await bench.ask("sales"))["sales"][0]["tap"])


async def refused(bench: TillBench, verb: str, **members: object) -> str:
    """Return the code of a request that is refused."""
    with pytest.raises(RemoteProtocolError) as found:
        await bench.ask(verb, **members)
    return found.value.code


def test_a_sale_is_taken_back_once_and_only_in_its_own_shift(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await bench.sell(elder())
        await bench.sell(anybody())
        late, tap = [str(sold["tap"]) for sold in (await bench.ask("sales"))["sales"]]
        await bench.ask("void", tap=tap)
        assert await refused(bench, "void", tap=tap) == "CONTROL_REFUSED"
        await bench.ask("shift.close", cash_fen=0, explanation="nothing in the drawer")
        assert await refused(bench, "void", tap=late) == "CONTROL_REFUSED"
        await bench.ask("shift.open")
        assert await refused(bench, "void", tap=late) == "CONTROL_REFUSED"

    at_till(tmp_path, scene)


def test_the_report_is_numbered_immutable_and_explains_a_difference(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await bench.sell(elder())
        await bench.sell(anybody(), party="guest", quantity=2)
        await bench.ask("void", tap=await newest_tap(bench), way="cash")
        assert not (await bench.sell(anybody(balance_fen=100))).accepted
        await bench.ask("cancel")
        assert await refused(bench, "shift.close", cash_fen=2_100) == "CONTROL_REFUSED"
        told = (await bench.ask("shift.close", cash_fen=2_100, explanation="one yuan found"))["report"]
        assert {name: told[name] for name in EXPECTED} == EXPECTED
        kept = [entry.body for entry in await bench.entries() if entry.kind is Kind.SHIFT]
        assert [body.subject for body in kept if isinstance(body, Remark)][-1] == CLOSED
        assert dict(kept[-1].pairs) == told  # type: ignore[union-attr]  # a remark, as the line above says
        assert (await bench.ask("report", number=1))["report"] == told
        assert await refused(bench, "report", number=2) == "CONTROL_REFUSED"

    at_till(tmp_path, scene, float_fen=5_000)


EXPECTED: Final = {
    "number": "1",
    "sales": "1",
    "meals": "1",
    "total_fen": "1500",
    "payer_fen": "1100",
    "medium.purse": "1",
    "medium.purse_fen": "1100",
    "funder.district_fen": "400",
    "reversed": "1",
    "reversed.cash_fen": "3000",
    "declined": "1",
    "declined.balance_too_low": "1",
    "torn": "0",
    "flagged": "0",
    "cash_due_fen": "2000",
    "cash_counted_fen": "2100",
    "cash_difference_fen": "100",
    "explanation": "one yuan found",
    "closed_by": "s1",
}


def test_a_restart_keeps_the_shift_and_what_it_has_sold(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await bench.sell(elder())
        before = (await bench.ask("report"))["report"]
        await bench.restart()
        assert (await bench.ask("report"))["report"] == {**before, "unsent": before["unsent"]}
        await bench.ask("shift.close", cash_fen=0)
        await bench.restart()
        assert (await bench.ask("state"))["shift"] is None
        assert (await bench.ask("shift.open"))["shift"]["number"] == 2

    at_till(tmp_path, scene)


REFUSED: Final[dict[str, tuple[str, dict[str, Any], str]]] = {
    "a sale without a price": ("offer", {}, "CONTROL_MALFORMED"),
    "a set meal that the tariff does not know": ("offer", {"menu": "feast"}, "CONTROL_REFUSED"),
    "a quantity of none": ("offer", {**MEAL, "quantity": 0}, "CONTROL_MALFORMED"),
    "a party of strangers": ("offer", {**MEAL, "party": "strangers"}, "CONTROL_MALFORMED"),
    "an offer by nobody": ("offer", {**MEAL, "staff": ""}, "CONTROL_MALFORMED"),
    "an offer by a name": ("offer", {**MEAL, "staff": "Wang Li"}, "CONTROL_MALFORMED"),
    "a price in words": ("offer", {**MEAL, "unit_fen": "1500"}, "CONTROL_MALFORMED"),
    "a second shift": ("shift.open", {}, "CONTROL_REFUSED"),
    "a void of nothing": ("void", {"tap": "00"}, "CONTROL_REFUSED"),
    "a void of no tap": ("void", {"tap": "what"}, "CONTROL_MALFORMED"),
    "a void onto the card": ("void", {"tap": "00", "way": "card"}, "CONTROL_MALFORMED"),
    "a note that staff do not write": ("note", {"subject": "torn.mac2"}, "CONTROL_MALFORMED"),
}


@pytest.mark.parametrize(("verb", "members", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused(tmp_path: Path, verb: str, members: dict[str, Any], code: str) -> None:
    async def scene(bench: TillBench) -> None:
        assert await refused(bench, verb, **members) == code

    at_till(tmp_path, scene)


def test_nothing_is_offered_outside_a_shift(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await bench.ask("shift.close", cash_fen=0)
        assert await refused(bench, "offer", **MEAL) == "CONTROL_REFUSED"
        health = (await bench.ask("state"))["health"]
        assert (health["blocked"], health["next"]) == ("no_shift", "open_shift")

    at_till(tmp_path, scene)
