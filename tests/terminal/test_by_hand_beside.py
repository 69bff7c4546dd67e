"""What stands beside a meal by hand: its receipt, a care bed's share, an answer that a cut swallowed, another epoch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from edge.domain.errors import RemoteProtocolError
from edge.domain.holder import Claim
from edge.terminal.unheard import unheard_answer
from tests.domain.canteen import RESIDENT
from tests.terminal.hand_bench import (
    CASH,
    CODE,
    DINER,
    HER_PIN,
    PIN,
    by_hand,
    by_hand_at_till,
    paid,
    write_hand_canteen,
)
from tests.terminal.receipt_bench import PrintedTill
from tests.terminal.till_bench import MEAL, TillBench, elder

WRITTEN: Final = {
    "cash": "实付 (登记码，现金)      ￥11.00",
    "account": "实付 (登记码，账户)      ￥11.00",
}


@pytest.mark.parametrize(("pays", "line"), WRITTEN.items(), ids=WRITTEN.keys())
def test_the_receipt_says_what_paid_and_names_neither_code_nor_relative(tmp_path: Path, pays: str, line: str) -> None:
    async def scene(bench: TillBench) -> None:
        till = PrintedTill(bench)
        await till.begin()
        assert (await by_hand(bench, CODE, HER_PIN))["accepted"]
        await till.idle()
        await till.end()
        (slip,) = till.slips
        assert line in slip
        text = "\n".join(slip).lower()
        tokens = (DINER.code, DINER.holder, DINER.proxies[0].token)
        assert not [secret for secret in (CODE, HER_PIN, *(token.hex() for token in tokens)) if secret in text]

    by_hand_at_till(tmp_path, scene, {"pays": pays})


def test_a_care_bed_pays_its_half_first_also_by_hand(tmp_path: Path) -> None:
    claims = (*RESIDENT, Claim("bed_contract", "20200101"))

    async def scene(bench: TillBench) -> None:
        await by_hand(bench)
        charge = (await paid(bench)).charge
        assert {share.funder for share in charge.shares} == {"bed"}
        assert charge.payer_fen == 750

    by_hand_at_till(tmp_path, scene, claims=claims)


def test_who_types_again_after_a_cut_has_paid_already(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await by_hand(bench)
        await bench.restart()
        bench.supervisor.unheard = await unheard_answer(bench.supervisor.line, bench.journal)
        assert await by_hand(bench) == {"accepted": True, "prompt": "accepted_before"}
        assert (await bench.written()).count("tap") == 1
        assert (await bench.ask("state"))["offer"] is not None

    by_hand_at_till(tmp_path, scene)


def test_the_next_epoch_goes_on_counting_the_day(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await by_hand(bench)
        async with bench.new_epoch() as older:
            bench.desk.shifts.journals = lambda: (older, bench.journal)
            bench.desk.by_hand.trail.journals = bench.desk.shifts.journals
            await bench.desk.shifts.start()
            assert (await by_hand(bench))["prompt"] == "by_hand_limit"

    by_hand_at_till(tmp_path, scene, {**CASH, "person_day_max": 1})


def test_a_person_whom_no_list_relieves_pays_the_list_price_by_hand(tmp_path: Path) -> None:
    stranger = replace(DINER, holder=b"\x99" * 16)

    async def scene(bench: TillBench) -> None:
        assert (await by_hand(bench))["accepted"]
        assert (await paid(bench)).charge.payer_fen == 1500

    by_hand_at_till(tmp_path, scene, diners=(stranger,))


def test_a_list_that_leaves_a_diner_out_ends_the_code_at_once(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await by_hand(bench)
        write_hand_canteen(tmp_path, CASH, (), number=2)
        bench.reference.install(tmp_path / "editions" / "2")
        await bench.ask("offer", **MEAL)
        with pytest.raises(RemoteProtocolError, match="code or PIN is wrong"):
            await bench.ask("by_hand", code=CODE, pin=PIN)
        assert (await bench.ride(elder())).accepted

    by_hand_at_till(tmp_path, scene)


def test_a_meal_by_hand_needs_no_reader(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        bench.unplug_reader()
        await bench.until(lambda: not bench.supervisor.reader_open)
        assert (await bench.ask("state"))["health"]["blocked"] == "reader_absent"
        assert (await by_hand(bench))["accepted"]
        await bench.plug_reader()
        assert (await bench.ride(elder())).signal.prompt == "ask_staff"

    by_hand_at_till(tmp_path, scene)
