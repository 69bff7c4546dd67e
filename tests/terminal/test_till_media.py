"""Meals paid without a write: the bank card signs what the diner owes, the code pays once, and both need an offer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from drivers.cards.bankcard import BankCardSettings
from drivers.cards.epurse import PurseSettings
from drivers.registry import card_applications
from drivers.virtual.bank_card import BankCard
from edge.domain.entry import PaidTap
from edge.terminal.tap_loop import take_paid_tap
from tests.domain.media_samples import code_made
from tests.drivers.cards.bank_bench import bank_settings
from tests.scenarios.tap_bench import play
from tests.terminal.till_bench import MEAL, TillBench, write_canteen

PRICE_FEN: Final = 1500


def exact(bench: TillBench) -> BankCardSettings:
    """Return settings of an acquirer that wants the exact amount, by the bench's clock."""

    def now() -> datetime:
        return datetime.fromtimestamp(bench.clock.wall_ms() / 1000, UTC) + timedelta(hours=8)

    return replace(bank_settings(exact=True), now=now)


def taking_bank_cards(folder: Path) -> TillBench:
    """Return a bench that also takes bank cards, for the exact amount."""
    bench = TillBench(folder)
    bench.applications = card_applications(("epurse", "bankcard"), [PurseSettings(home_city="4520"), exact(bench)])
    return bench


def test_a_bank_card_signs_the_price_of_the_offer_and_nothing_without_one(tmp_path: Path) -> None:
    write_canteen(tmp_path)

    async def scene() -> None:
        bench = taking_bank_cards(tmp_path)
        async with bench:
            await bench.ask("shift.open")
            assert (await bench.ride(BankCard())).signal.prompt == "ask_staff"
            await bench.ask("offer", **MEAL)
            shown = await bench.ride(BankCard())
            assert (shown.accepted, shown.signal.fen) == (True, PRICE_FEN)
            (paid,) = [entry.body for entry in await bench.entries() if isinstance(entry.body, PaidTap)]
            assert paid.medium.bank_card is not None
            assert [each.amount_fen for each in paid.medium.bank_card.rounds][-1] == PRICE_FEN
            assert paid.sale is not None
            sold = (await bench.ask("sales"))["sales"][0]
            assert (await bench.ask("void", tap=sold["tap"]))["sold"]["way"] == "withdrawn"
            assert await bench.balances() == {}

    play(scene())


def test_a_code_pays_the_offer_once_and_nothing_without_one(tmp_path: Path) -> None:
    write_canteen(tmp_path)

    async def scene() -> None:
        async with TillBench(tmp_path) as bench:
            await bench.ask("shift.open")
            code = code_made(bench.clock.wall_ms() - 5_000)

            async def scan() -> str:
                line = bench.supervisor.line
                outcome = await take_paid_tap(line, None, line.tap(code), lambda _token: None)
                bench.desk.hear(outcome)
                return outcome.signal.prompt

            assert await scan() == "ask_staff"
            await bench.ask("offer", **MEAL)
            assert [await scan(), await scan()] == ["accepted", "ask_staff"]
            await bench.ask("offer", **MEAL)
            assert await scan() == "code_used"
            assert (await bench.ask("state"))["offer"] is not None

    play(scene())
