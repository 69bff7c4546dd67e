"""The card that is left of two: a purse is served, for its holder took the other away; a bank card is asked again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.bank_card import BankCard
from drivers.virtual.purse import PurseCard
from tests.scenarios.tap_bench import Bench, another_card
from tests.scenarios.test_bank_cards import bank_line

pytestmark = pytest.mark.line

A_MOMENT_S: Final = 0.3
LONGER_S: Final = 2.0


def test_a_bank_card_that_is_left_of_two_is_not_charged(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        bank = BankCard()
        bench.field.present(PurseCard())
        assert (await bench.tap(bank)).signal.prompt == "one_card_only"
        bench.field.remove()
        await asyncio.sleep(A_MOMENT_S)
        assert (await bench.tap(bank)).signal.prompt == "one_card_only"
        await bench.take_away()
        assert await bench.written() == []

    bank_line(tmp_path, scene)


def test_the_same_bank_card_alone_and_later_was_chosen_and_pays(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        bank = BankCard()
        bench.field.present(PurseCard())
        await bench.tap(bank)
        await bench.take_away()
        await asyncio.sleep(LONGER_S)
        assert (await bench.tap(bank)).accepted
        assert await bench.written() == ["tap"]

    bank_line(tmp_path, scene)


def test_a_purse_that_is_left_of_two_is_served(tmp_path: Path) -> None:
    async def scene(bench: Bench) -> None:
        purse = another_card()
        bench.field.present(BankCard())
        await bench.tap(purse)
        bench.field.remove()
        await asyncio.sleep(A_MOMENT_S)
        assert (await bench.tap(purse)).accepted

    bank_line(tmp_path, scene)
