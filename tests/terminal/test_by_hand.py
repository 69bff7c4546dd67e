"""A meal by registered code and PIN: priced and counted like a card of the same person, and never open to guessing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.field import Moment, Tear
from edge.domain.entry import DeclinedTap, Kind, Remark
from edge.domain.errors import PolicyError
from edge.domain.media_manual import CODE_PIN
from edge.terminal.till.hand_trail import REFUSED
from edge.terminal.till.pin_tries import LOCK_MS, TRIES
from tests.scenarios.tap_bench import NOON_MS
from tests.terminal.hand_bench import (
    CASH,
    CODE,
    DAUGHTER,
    DINER,
    HER_PIN,
    PIN,
    UNKNOWN,
    WRONG_PIN,
    at_home,
    by_hand,
    by_hand_at_till,
    paid,
    refusal,
)
from tests.terminal.till_bench import MEAL, TillBench, elder

RELIEVED_FEN: Final = 1100
LIST_FEN: Final = 1500
LONG_S: Final = 40
"""Longer than any wait before the lock."""


def test_a_code_and_its_pin_pay_like_a_card_and_the_entry_names_who_and_how(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        assert await by_hand(bench) == {"accepted": True, "prompt": "accepted"}
        body = await paid(bench)
        assert (body.family, body.scheme, body.token, body.box) == ("manual", "cash", DINER.code, b"")
        assert (body.charge.payer_fen, body.charge.total_fen) == (RELIEVED_FEN, LIST_FEN)
        known = body.medium.manual
        assert known is not None
        assert (known.authentication, known.holder, known.proxy) == (CODE_PIN, DINER.holder, b"")
        assert body.sale is not None
        assert body.sale.staff == "s1"
        told = await bench.ask("state")
        assert (told["offer"], told["outcome"]["payer_fen"], told["by_hand"]) == (None, RELIEVED_FEN, "cash")

    by_hand_at_till(tmp_path, scene)


@pytest.mark.parametrize("code", [CODE, DAUGHTER], ids=["with the diner's code", "with the own code"])
def test_a_relative_collects_with_the_own_pin_and_is_named_by_a_token(tmp_path: Path, code: str) -> None:
    async def scene(bench: TillBench) -> None:
        assert (await by_hand(bench, code, HER_PIN))["accepted"]
        body = await paid(bench)
        assert body.medium.manual is not None
        assert (body.token, body.medium.manual.proxy) == (DINER.code, DINER.proxies[0].token)
        assert body.charge.payer_fen == RELIEVED_FEN

    by_hand_at_till(tmp_path, scene)


def test_a_relative_of_two_diners_types_the_code_of_the_one_who_eats(tmp_path: Path) -> None:
    other = replace(DINER, code=b"\x55" * 16, holder=b"\x66" * 16)

    async def scene(bench: TillBench) -> None:
        assert (await refusal(bench, DAUGHTER, HER_PIN))[0] == "CODE_REFUSED"
        assert (await by_hand(bench, CODE, HER_PIN))["accepted"]

    by_hand_at_till(tmp_path, scene, diners=(DINER, other))


@pytest.mark.parametrize("first", ["card", "hand"])
def test_one_lunch_a_day_whichever_medium_pays_it(tmp_path: Path, first: str) -> None:
    async def scene(bench: TillBench) -> None:
        card = elder()
        shown: list[int] = []
        for means in (first, "hand" if first == "card" else "card"):
            if means == "card":
                shown.append((await bench.sell(card)).signal.fen)
            else:
                await by_hand(bench)
                shown.append((await paid(bench)).charge.payer_fen)
        assert shown == [RELIEVED_FEN, LIST_FEN]

    by_hand_at_till(tmp_path, scene)


REFUSED_ALIKE: Final = {
    "a wrong PIN": (CODE, WRONG_PIN, DINER),
    "a code that nobody has": (UNKNOWN, PIN, DINER),
    "the diner's PIN with the relative's code": (DAUGHTER, PIN, DINER),
    "a registration that has ended": (CODE, PIN, at_home(NOON_MS)),
    "a registration that has not begun": (CODE, PIN, replace(DINER, from_ms=NOON_MS + 3_600_000)),
    "a relative whose time is over": (
        CODE,
        HER_PIN,
        replace(DINER, proxies=(replace(DINER.proxies[0], until_ms=NOON_MS),)),
    ),
}


@pytest.mark.parametrize("case", REFUSED_ALIKE.values(), ids=REFUSED_ALIKE.keys())
def test_every_refusal_has_the_same_words_and_charges_nothing(tmp_path: Path, case: tuple[str, str, object]) -> None:
    code, pin, diner = case

    async def scene(bench: TillBench) -> None:
        assert await refusal(bench, code, pin) == ("CODE_REFUSED", "code or PIN is wrong")
        assert "tap" not in await bench.written()
        assert (await bench.ask("state"))["offer"] is not None

    by_hand_at_till(tmp_path, scene, diners=(diner,))  # type: ignore[arg-type]  # the table's third


@pytest.mark.parametrize("code", [CODE, UNKNOWN], ids=["a code that somebody has", "a code that nobody has"])
def test_each_wrong_pin_makes_the_next_wait_longer_until_the_code_is_shut_out(tmp_path: Path, code: str) -> None:
    async def scene(bench: TillBench) -> None:
        assert (await refusal(bench, code))[0] == "CODE_REFUSED"
        assert (await refusal(bench, code))[0] == "CODE_REFUSED"
        assert await refusal(bench, code) == ("CODE_LOCKED", "wait 1 s")
        for _ in range(TRIES - 2):
            await asyncio.sleep(LONG_S)
            assert (await refusal(bench, code))[0] == "CODE_REFUSED"
        assert await refusal(bench, code, PIN) == ("CODE_LOCKED", f"wait {LOCK_MS // 1000} s")
        await asyncio.sleep(LOCK_MS / 1000)
        assert (await refusal(bench, code))[0] == "CODE_REFUSED"

    by_hand_at_till(tmp_path, scene)


def test_a_right_pin_forgets_the_wrong_ones(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        for _ in range(TRIES - 1):
            await refusal(bench)
            await asyncio.sleep(LONG_S)
        assert (await by_hand(bench))["accepted"]
        assert (await refusal(bench))[0] == "CODE_REFUSED"
        assert (await refusal(bench))[0] == "CODE_REFUSED"

    by_hand_at_till(tmp_path, scene)


def test_a_restart_neither_ends_a_lock_nor_shortens_it(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        for _ in range(TRIES):
            await refusal(bench)
            await asyncio.sleep(LONG_S)
        await bench.restart()
        code, told = await refusal(bench, CODE, PIN)
        assert code == "CODE_LOCKED"
        assert LOCK_MS // 1000 - 2 * LONG_S < int(told.split()[1]) <= LOCK_MS // 1000
        bench.clock.jump(-7 * 86_400_000)
        await bench.restart()
        assert (await refusal(bench, CODE, PIN))[0] == "CODE_LOCKED"

    by_hand_at_till(tmp_path, scene)


def test_wrong_pins_are_entries_that_name_staff_and_a_keyed_token_alone(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await refusal(bench, UNKNOWN)
        await refusal(bench)
        notes = [entry.body for entry in await bench.entries() if entry.kind is Kind.STAFF]
        told = [dict(note.pairs) for note in notes if isinstance(note, Remark) and note.subject == REFUSED]
        assert [note["staff"] for note in told] == ["s1", "s1"]
        assert told[1]["code"] == DINER.code.hex()
        assert len(told[0]["code"]) == len(told[1]["code"])

    by_hand_at_till(tmp_path, scene)


LIMITS: Final = {"a person's": {"person_day_max": 1}, "the till's": {"till_day_max": 1}}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS.keys())
def test_the_day_has_a_cap_that_a_restart_keeps_and_a_void_gives_back(tmp_path: Path, limit: dict[str, int]) -> None:
    async def scene(bench: TillBench) -> None:
        await by_hand(bench)
        assert await by_hand(bench) == {"accepted": False, "prompt": "by_hand_limit"}
        await bench.restart()
        assert (await by_hand(bench))["prompt"] == "by_hand_limit"
        refused = [entry.body for entry in await bench.entries() if isinstance(entry.body, DeclinedTap)][-1]
        assert refused.explanation[-1].reason == "1 of 1 today"
        tap = str((await bench.ask("sales"))["sales"][0]["tap"])
        await bench.ask("void", tap=tap)
        assert (await by_hand(bench))["accepted"]
        assert (await paid(bench)).charge.payer_fen == RELIEVED_FEN
        await bench.pass_time(86_400)
        assert (await by_hand(bench))["accepted"]

    by_hand_at_till(tmp_path, scene, {**CASH, **limit})


def test_a_tariff_that_says_nothing_of_it_takes_no_meal_by_hand(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        assert (await bench.ask("state"))["by_hand"] == ""
        assert await by_hand(bench) == {"accepted": False, "prompt": "by_hand_off"}
        refused = [entry.body for entry in await bench.entries() if isinstance(entry.body, DeclinedTap)][-1]
        assert "x_by_hand" in refused.explanation[-1].reason

    by_hand_at_till(tmp_path, scene, None)


def test_nothing_is_taken_without_an_offer_or_while_a_card_is_in_doubt(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        assert await bench.ask("by_hand", code=CODE, pin=PIN) == {"accepted": False, "prompt": "ask_staff"}
        await bench.answer()
        card = elder()
        await bench.ask("offer", **MEAL)
        bench.field.plan_tear(Tear(Moment(step="DEBIT"), executed=True))
        await bench.ride(card)
        assert await bench.ask("by_hand", code=CODE, pin=PIN) == {"accepted": False, "prompt": "present_same_card"}
        await bench.answer()
        assert (await bench.ride(card)).accepted
        assert "tap" not in await bench.written()

    by_hand_at_till(tmp_path, scene)


def test_without_an_edition_no_pin_is_wrong(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        bench.reference.close()
        with pytest.raises(PolicyError, match="POLICY_MISSING"):
            await bench.ask("by_hand", code=CODE, pin=WRONG_PIN)
        assert REFUSED not in [entry.body.subject for entry in await bench.entries() if isinstance(entry.body, Remark)]

    by_hand_at_till(tmp_path, scene)
