"""The driver takes the last tap back: its money, what hangs on it, and who is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drivers.registry import card_applications
from drivers.virtual.bank_card import BankCard
from edge.domain.entry import Entry, Posted
from edge.domain.reversal import Reversed, Way
from edge.terminal.ride_verbs import STANDS_MS, RideVerbs
from edge.till.passenger import passenger_view
from tests.drivers.cards.bank_bench import bank_settings
from tests.scenarios.bus_bench import Bus, on_board, on_bus
from tests.scenarios.line_tariffs import Tree, flat
from tests.scenarios.tap_bench import FARE, NOON_MS, Bench, play, write_fare
from tests.scenarios.test_driver_keys import SIGN_ON, half


async def reversal(bus: Bus) -> Entry:
    """Take the last tap back, and return its entry."""
    await bus.hears("PBUSK", "waive")
    return (await bus.told())[-1]


def test_a_waived_purse_tap_becomes_a_credit_and_rides_as_if_it_had_not_been(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.ride()
        debited = len(bus.card.debits)
        entry = await reversal(bus)
        body = entry.body
        assert isinstance(body, Reversed)
        assert (body.way, body.staff, body.charge.payer_fen) == (Way.CREDIT, "1042", 100)
        assert len(bus.card.debits) == debited
        await bus.ride()
        assert [intent.debit.amount_fen for intent in await bus.intents()] == [100, 100]

    on_bus(tmp_path, scene, half())


TRANSFER: Tree = {
    "x_id": "again",
    "from_leg_group_id": "bus",
    "to_leg_group_id": "bus",
    "duration_limit": 3600,
    "duration_limit_type": 1,
    "x_window": {"end": "inclusive"},
    "x_relief": {"kind": "amount_off", "fen": 50},
}


def test_no_transfer_hangs_on_a_ride_that_was_taken_back(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.ride()
        await bus.ride()
        await reversal(bus)
        await bus.ride()
        await bus.ride()
        assert [intent.debit.amount_fen for intent in await bus.intents()] == [200, 150, 150, 150]
        chains = [intent.state.chain for intent in await bus.intents()]
        assert chains[2] == chains[1]

    on_bus(tmp_path, scene, flat(fare_transfer_rules=[TRANSFER]))


async def refused_to_waive(bus: Bus) -> None:
    """Press the key, and see that nothing is taken back."""
    before = await bus.told()
    bus.device.say("PBUSK", "waive")
    await asyncio.sleep(0.5)
    assert await bus.told() == before


def test_the_last_tap_is_taken_back_once(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.ride()
        await reversal(bus)
        await refused_to_waive(bus)

    on_bus(tmp_path, scene)


def test_whoever_stands_there_sees_that_the_tap_was_taken_back(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.ride()
        paid = {"accepted": True, "prompt": "accepted", "time_ms": bus.bench.clock.wall_ms()}
        page = RideVerbs(bus.bench.supervisor.line, bus.vehicle, bus.bench.service.whole_status, lambda: paid)
        assert (await page.state({}))["shown"] == paid
        await reversal(bus)
        shown = passenger_view(await page.state({}))
        assert (shown["screen"], shown["prompt"], shown["fen"]) == ("noted", "tap_waived", -1)
        await asyncio.sleep(STANDS_MS / 1000)
        assert (await page.state({}))["shown"] is None

    on_bus(tmp_path, scene)


def test_the_last_tap_is_not_taken_back_for_ever(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.ride()
        await asyncio.sleep(60)
        await refused_to_waive(bus)

    on_bus(tmp_path, scene)


def test_a_refused_tap_stands_before_the_paid_one(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.ride()
        assert not (await bus.bench.ride(bus.card)).accepted
        await refused_to_waive(bus)

    on_bus(tmp_path, scene, half())


def test_a_waived_tap_of_three_gives_all_of_it_back(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.hears("PBUSK", "pay_for", "3")
        await bus.ride()
        body = (await reversal(bus)).body
        assert isinstance(body, Reversed)
        assert body.charge.payer_fen == 500
        assert sum(isinstance(entry.body, Posted) for entry in await bus.bench.entries()) == 1

    on_bus(tmp_path, scene, half())


def test_a_waived_bank_tap_is_withdrawn_before_anybody_has_seen_it(tmp_path: Path) -> None:
    write_fare(tmp_path, also=["bank_card"])

    async def played() -> None:
        bench = Bench(tmp_path)
        today = datetime.fromtimestamp(NOON_MS / 1000, UTC) + timedelta(hours=8)
        bench.applications = card_applications(["bankcard"], [replace(bank_settings(), now=lambda: today)])
        async with bench, on_board(bench) as bus:
            await bus.hears(*SIGN_ON)
            assert (await bench.ride(BankCard())).accepted
            body = (await reversal(bus)).body
            assert isinstance(body, Reversed)
            assert (body.way, body.scheme, body.charge.payer_fen) == (Way.WITHDRAWN, "unionpay", FARE)

    play(played())
