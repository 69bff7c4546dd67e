"""A bus that is told where it is: every move an entry, every tap where it was made, and no tap that waits for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from edge.domain.duty import duty_of
from edge.domain.entry import Remark
from edge.domain.stops import Stop, StopTable
from edge.domain.tariff.flat import flat_tree
from sync.tariff_wire import encode_tariff
from sync.value_forms import encode_value
from tests.scenarios.bus_bench import Bus, on_board, on_bus
from tests.scenarios.tap_bench import Bench, play
from tests.store.editions import artifact, deny, write_edition


def test_taps_are_where_the_announcer_says(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears("PBUSN", "1042", "B17", "K5", "up")
        await bus.hears("PBUSS", "03")
        assert await bus.ride() == ("K5", "up", "03", "B17")
        await bus.hears("PBUSF")
        assert await bus.ride() == ("", "", "", "")
        subjects = [entry.body.subject for entry in await bus.shifts() if isinstance(entry.body, Remark)]
        assert subjects == ["duty.signed_on", "duty.stop", "duty.signed_off"]

    on_bus(tmp_path, scene)


def test_an_unknown_line_rides_at_the_default_and_is_flagged(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears("PBUSN", "1042", "B17", "99", "up")
        assert await bus.ride() == ("", "", "", "B17")
        (intent,) = await bus.intents()
        assert intent.place.unknown_line == "99"
        assert (intent.explanation[0].rule, intent.explanation[0].reason) == ("place.line_served", "99")
        (entry,) = await bus.shifts()
        assert isinstance(entry.body, Remark)
        assert ("line", "99") in entry.body.pairs
        assert ("line_unknown", "default_fare") in entry.body.pairs

    on_bus(tmp_path, scene)


def test_the_same_stop_again_is_not_written_again(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears("PBUSS", "03")
        bus.device.say("PBUSS", "03")
        await bus.hears("PBUSS", "04")
        assert len(await bus.shifts()) == 2

    on_bus(tmp_path, scene)


def test_a_receiver_of_positions_tells_the_stop_of_the_line(tmp_path: Path) -> None:
    up, down = Stop("市政府", 36_066_000, 120_382_000, "K5", "up"), Stop("对面", 36_066_200, 120_382_000, "K5", "down")
    stops = artifact("stops", 1, encode_value(StopTable((up, down))))
    tariff = artifact("tariff", 1, encode_tariff([flat_tree("flat", 200)]))
    write_edition(tmp_path, 1, [("tariff", 1, tariff), ("deny_list", 1, deny(1)), ("stops", 1, stops)])

    async def played() -> None:
        async with Bench(tmp_path) as bench, on_board(bench) as bus:
            await bus.hears("PBUSN", "1042", "B17", "K5", "up")
            bus.device.locate(36.07, 120.382)
            assert await bus.ride() == ("K5", "up", "", "B17")
            for latitude in (36.0661, 36.0661, 36.07):
                bus.device.locate(latitude, 120.382)
                await asyncio.sleep(1)
            assert await bus.ride() == ("K5", "up", "市政府", "B17")
            assert await bus.remarks() == ["duty.signed_on", "duty.stop"]

    play(played())


def test_taps_go_on_while_the_announcer_is_gone(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears("PBUSN", "1042", "B17", "K5", "up")
        bus.wire.unplug()
        assert await bus.ride() == ("K5", "up", "", "B17")
        assert bus.bench.service.faults["LINK_LOST"] == 1
        bus.wire.plug()
        await asyncio.sleep(10)
        await bus.hears("PBUSS", "05")

    on_bus(tmp_path, scene)


def test_a_restart_signs_nobody_off(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears("PBUSN", "1042", "B17", "K5", "up")
        await bus.ride()
        await bus.bench.restart()
        async with on_board(bus.bench) as again:
            again.card = bus.card
            assert again.vehicle.book.duty == duty_of((await bus.shifts())[0])
            assert await again.ride() == ("K5", "up", "", "B17")

    on_bus(tmp_path, scene)
