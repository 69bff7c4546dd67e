"""The driver's keys on the tap line: pay for several, companion, and the last tap taken back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drivers.registry import card_applications
from drivers.virtual.bank_card import BankCard
from drivers.virtual.field import Moment, Tear
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_files import Personalisation
from edge.domain.drivers import Driver, DriverRoster
from edge.domain.entry import Entry, Posted
from edge.domain.medium import CardNumber
from edge.domain.reversal import Reversed, Way
from edge.domain.shown import PURSE_SCHEME
from edge.terminal.driver_cards import DriverCards
from sync.tariff_wire import encode_tariff
from sync.value_forms import encode_value
from tests.drivers.cards.bank_bench import bank_settings
from tests.scenarios.bus_bench import Bus, on_board, on_bus
from tests.scenarios.line_tariffs import Tree, flat, relief
from tests.scenarios.tap_bench import FARE, IDENTITY, NOON_MS, Bench, another_card, play, write_fare
from tests.store.editions import artifact, deny, write_edition

SIGN_ON = ("PBUSN", "1042", "B17", "K5", "up")
PASSBACK = {"window_s": 60, "below_normal": "duplicate", "otherwise": "companion"}


def half() -> Tree:
    """Return two yuan, half of it the city's, where a repeated reduced tap is refused for a minute."""
    rows = [relief("half", "percent", op={"percent": 50, "round": {"mode": "down"}}, funder="city", stage="concession")]
    policy = {"bus": {"mode": "in", "passback": PASSBACK}}
    return flat("half", x_funders=["city", "operator"], x_adjustments=rows, x_tap_policy=policy)


def test_the_next_tap_pays_for_three_in_one_debit(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.hears("PBUSK", "pay_for", "3")
        armed = bus.armed()
        assert armed is not None
        assert (armed["riders"], armed["companion"]) == (3, False)
        await bus.ride()
        (intent,) = await bus.intents()
        assert intent.debit.amount_fen == intent.charge.payer_fen == 100 + 200 + 200
        assert intent.boarding is not None
        assert (intent.boarding.riders, intent.boarding.driver) == (3, "1042")
        assert [part.charge.payer_fen for part in intent.pricing.parts] == [100, 200, 200]
        assert bus.armed() is None
        bus.card = another_card()
        await bus.ride()
        assert (await bus.intents())[-1].boarding is None
        assert await bus.remarks() == ["duty.signed_on", "driver.armed"]

    on_bus(tmp_path, scene, half())


def test_a_companion_rides_where_a_second_tap_would_be_refused(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.ride()
        assert (await bus.bench.ride(bus.card)).signal.prompt == "passback"
        await bus.hears("PBUSK", "companion")
        await bus.ride()
        assert [intent.debit.amount_fen for intent in await bus.intents()] == [100, 200]

    on_bus(tmp_path, scene, half())


def test_a_key_counts_for_its_time_and_no_longer(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.hears("PBUSK", "pay_for", "2")
        await asyncio.sleep(10.1)
        assert bus.armed() is None
        await bus.ride()
        assert (await bus.intents())[0].boarding is None

    on_bus(tmp_path, scene)


def test_an_armed_key_stands_on_the_display_for_its_time_and_then_it_says_that_it_is_over(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        events = bus.bench.service.broadcast.listen()
        await bus.hears(*SIGN_ON)
        await bus.hears("PBUSK", "pay_for", "3")
        await asyncio.sleep(11)
        heard = [events.get_nowait() for _ in range(events.qsize())]
        signals = [(each["prompt"], each["riders"], each["stay_ms"]) for each in heard if each["event"] == "signal"]
        assert signals == [("pays_for_several", 3, 10_000), ("key_cancelled", 0, 0)]
        assert [each["event"] for each in heard].count("drive.changed") == 3

    on_bus(tmp_path, scene)


def test_the_same_key_again_is_off_and_another_takes_its_place(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.hears("PBUSK", "pay_for", "2")
        await bus.hears("PBUSK", "pay_for", "4")
        armed = bus.armed()
        assert armed is not None
        assert armed["riders"] == 4
        await bus.hears("PBUSK", "pay_for", "4")
        assert bus.armed() is None
        assert (await bus.remarks())[1:] == ["driver.armed", "driver.armed", "driver.disarmed"]

    on_bus(tmp_path, scene)


def test_a_restart_disarms(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.hears("PBUSK", "pay_for", "2")
        await bus.bench.restart()
        async with on_board(bus.bench) as again:
            again.card = bus.card
            assert again.armed() is None
            await again.ride()
            assert (await again.intents())[0].boarding is None

    on_bus(tmp_path, scene)


def test_a_torn_tap_stays_for_its_card_and_its_riders(tmp_path: Path) -> None:
    """The debit never reached the card: when it returns it pays for both, and nobody else does."""

    async def scene(bus: Bus) -> None:
        await bus.hears(*SIGN_ON)
        await bus.hears("PBUSK", "pay_for", "2")
        bus.bench.field.plan_tear(Tear(Moment(step="DEBIT")))
        torn = await bus.bench.tap(bus.card)
        assert torn.signal.prompt == "present_same_card"
        await bus.bench.take_away()
        bus.device.say("PBUSK", "companion")
        await bus.bench.ride(another_card())
        assert (await bus.intents())[-1].boarding is None
        await bus.ride()
        last = (await bus.intents())[-1]
        assert last.boarding is not None
        assert last.debit.amount_fen == 2 * FARE
        assert bus.armed() is None

    on_bus(tmp_path, scene)


def test_nobody_presses_keys_before_signing_on(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        bus.device.say("PBUSK", "pay_for", "2")
        await asyncio.sleep(0.5)
        assert bus.armed() is None
        assert await bus.told() == []

    on_bus(tmp_path, scene)


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


def test_a_driver_s_card_signs_on_and_off_and_is_charged_nothing(tmp_path: Path) -> None:
    card = PurseCard()
    token = IDENTITY.token(PURSE_SCHEME, CardNumber(Personalisation().serial))
    roster = artifact("drivers", 1, encode_value(DriverRoster((Driver("1042", token),))))
    tariff = artifact("tariff", 1, encode_tariff([flat()]))
    write_edition(tmp_path, 1, [("tariff", 1, tariff), ("deny_list", 1, deny(1, ())), ("drivers", 1, roster)])

    async def played() -> None:
        async with Bench(tmp_path) as bench, on_board(bench) as bus:
            bench.supervisor.driver_cards = DriverCards(bus.vehicle)
            await bus.hears("PBUSL", "K5", "up")
            shown = await bench.ride(card)
            assert (shown.accepted, shown.signal.prompt) == (False, "driver_signed_on")
            assert (bus.vehicle.book.duty.driver, bus.vehicle.book.duty.line) == ("1042", "K5")
            assert (await bench.ride(another_card())).accepted
            assert (await bench.ride(card)).signal.prompt == "driver_signed_off"
            assert bus.vehicle.book.duty.driver == ""
            assert await bus.remarks() == ["duty.line", "duty.signed_on", "duty.signed_off"]
            assert card.debits == ()

    play(played())
