"""The driver's keys on the tap line: pay for several, companion, and a driver's card."""

from __future__ import annotations

import asyncio
from pathlib import Path

from drivers.virtual.field import Moment, Tear
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_files import Personalisation
from edge.domain.drivers import Driver, DriverRoster
from edge.domain.medium import CardNumber
from edge.domain.shown import PURSE_SCHEME
from edge.terminal.driver_cards import DriverCards
from sync.tariff_wire import encode_tariff
from sync.value_forms import encode_value
from tests.scenarios.bus_bench import Bus, on_board, on_bus
from tests.scenarios.line_tariffs import Tree, flat, relief
from tests.scenarios.tap_bench import FARE, IDENTITY, Bench, another_card, play
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
