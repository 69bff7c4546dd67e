"""A bus that is told where it is: every move an entry, every tap where it was made, and no tap that waits for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from edge.domain.duty import duty_of
from edge.domain.entry import Remark
from tests.scenarios.bus_bench import Bus, on_board, on_bus


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
