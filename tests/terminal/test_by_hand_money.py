"""Money of meals by hand: cash in the drawer, claims on the account, what a void gives back, and who is named."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from edge.domain.entry import Intent, Kind, Remark
from edge.terminal.till.hand_trail import COLLECTED
from tests.terminal.hand_bench import CASH, CODE, DAUGHTER, DINER, HER_PIN, PIN, by_hand, by_hand_at_till, paid, refusal
from tests.terminal.test_till import newest_tap, refused
from tests.terminal.till_bench import MEAL, TillBench, anybody, elder

ACCOUNT: Final = {"pays": "account"}
RELIEVED_FEN: Final = 1100


def test_cash_by_hand_lies_in_the_drawer_and_the_report_counts_it_apart(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await by_hand(bench)
        await bench.sell(anybody())
        await by_hand(bench, CODE, HER_PIN, party="guest")
        told = (await bench.ask("report"))["report"]
        assert {name: told[name] for name in REPORTED} == REPORTED
        assert [sold["medium"] for sold in (await bench.ask("sales"))["sales"]] == [
            "manual_cash",
            "purse",
            "manual_cash",
        ]
        assert await refused(bench, "shift.close", cash_fen=5_000) == "CONTROL_REFUSED"
        await bench.ask("shift.close", cash_fen=5_000 + 2_600)

    by_hand_at_till(tmp_path, scene, float_fen=5_000)


REPORTED: Final = {
    "sales": "3",
    "medium.manual_cash": "2",
    "medium.manual_cash_fen": "2600",
    "medium.purse": "1",
    "cash_taken_fen": "2600",
    "cash_due_fen": "7600",
    "collected": "1",
}


def test_cash_that_was_taken_goes_back_as_cash_whatever_staff_say(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await by_hand(bench)
        told = await bench.ask("void", tap=await newest_tap(bench), way="credit")
        assert told["sold"]["way"] == "cash"
        assert (await bench.ask("report"))["report"]["cash_due_fen"] == "5000"
        assert await bench.balances() == {
            "payer:manual": -RELIEVED_FEN,
            "receivable:cash": RELIEVED_FEN,
            "returned:cash": RELIEVED_FEN,
            "uncollected:manual": -RELIEVED_FEN,
        }

    by_hand_at_till(tmp_path, scene, float_fen=5_000)


def test_a_claim_on_the_account_is_withdrawn_and_leaves_nothing(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await by_hand(bench)
        assert (await bench.balances())["receivable:account"] == RELIEVED_FEN
        told = await bench.ask("void", tap=await newest_tap(bench))
        assert told["sold"]["way"] == "withdrawn"
        assert await bench.balances() == {}
        assert (await bench.ask("report"))["report"]["cash_due_fen"] == "0"

    by_hand_at_till(tmp_path, scene, ACCOUNT)


@pytest.mark.parametrize("code", [CODE, DAUGHTER], ids=["by the diner's code", "by the own code"])
def test_a_relative_named_by_the_own_pin_collects_with_the_diners_card(tmp_path: Path, code: str) -> None:
    async def scene(bench: TillBench) -> None:
        await bench.ask("offer", **MEAL)
        assert await bench.ask("collect", code=code, pin=HER_PIN) == {}
        assert (await bench.ask("state"))["offer"]["collected"]
        other = await bench.ride(anybody())
        assert (other.accepted, other.signal.prompt) == (False, "not_the_diner")
        assert (await bench.ride(elder())).signal.fen == RELIEVED_FEN
        sold = [entry.body for entry in await bench.entries() if isinstance(entry.body, Intent)][-1].sale
        assert sold is not None
        assert (sold.proxy, sold.diner) == (DINER.proxies[0].token, DINER.holder)
        notes = [entry.body for entry in await bench.entries() if entry.kind is Kind.STAFF]
        assert [note.subject for note in notes if isinstance(note, Remark)][-1] == COLLECTED
        assert (await bench.ask("report"))["report"]["collected"] == "1"

    by_hand_at_till(tmp_path, scene, None)


def test_the_diners_own_pin_names_no_relative_and_a_wrong_one_nobody(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        assert await refused(bench, "collect", code=CODE, pin=PIN) == "CONTROL_REFUSED"
        await bench.ask("offer", **MEAL)
        assert await refused(bench, "collect", code=CODE, pin=PIN) == "CONTROL_REFUSED"
        assert await refused(bench, "collect", code=CODE, pin="000000") == "CODE_REFUSED"
        assert not (await bench.ask("state"))["offer"]["collected"]

    by_hand_at_till(tmp_path, scene)


NO_DIGITS: Final = {
    "no PIN": (CODE, ""),
    "a PIN of two digits": (CODE, "12"),
    "no code": ("", PIN),
    "letters": ("x" * 8, PIN),
    "digits of another script": (CODE, "\uff11\uff12\uff13\uff14"),
}


@pytest.mark.parametrize(("code", "pin"), NO_DIGITS.values(), ids=NO_DIGITS.keys())
def test_what_can_be_no_code_or_pin_is_refused_without_being_quoted(tmp_path: Path, code: str, pin: str) -> None:
    async def scene(bench: TillBench) -> None:
        found = await refusal(bench, code, pin)
        assert found[0] == "CONTROL_MALFORMED"
        assert not code or code not in found[1]

    by_hand_at_till(tmp_path, scene)


def test_a_delivery_by_hand_has_its_fee_and_its_relief_beside_the_meal(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        assert (await by_hand(bench, delivery_m=800, delivery_fen=300))["accepted"]
        body = await paid(bench)
        assert [part.name for part in body.pricing.parts] == ["meal", "delivery"]
        assert body.charge.total_fen == 1_800

    by_hand_at_till(tmp_path, scene, CASH)


def test_a_meal_that_is_relieved_whole_needs_no_cash_but_still_the_tariffs_word(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        assert (await by_hand(bench, unit_fen=400))["accepted"]
        body = await paid(bench)
        assert (body.charge.payer_fen, body.charge.total_fen) == (0, 400)
        assert (await bench.ask("report"))["report"]["cash_due_fen"] == "0"

    by_hand_at_till(tmp_path / "taken", scene)

    async def off(bench: TillBench) -> None:
        assert (await by_hand(bench, unit_fen=400))["prompt"] == "by_hand_off"

    by_hand_at_till(tmp_path / "off", off, None)
