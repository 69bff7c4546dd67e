"""A spare terminal comes out of its drawer: it sells nothing, says what it lacks, and a courier's trip feeds it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from edge.cli.doctor_report import Level
from edge.cli.doctor_terminal import check_status
from edge.cli.status_command import screen
from edge.clock import SystemClock
from edge.config import ListsSection, load_config
from edge.domain.entry import Remark
from edge.domain.tap import TimeQuality
from edge.terminal.service import TerminalService
from edge.wiring_terminal import open_terminal, this_machine
from sync.enrolment_files import load_enrolment
from sync.wire import decode_entry
from tests.cli.terminal_folder import CONFIG
from tests.scenarios.network_rig import Device, until
from tests.store.drafts import intent, posted
from tests.sync.courier_rig import Trip, trip

pytestmark = pytest.mark.line

DAY_MS: Final = 86_400_000
DOCUMENTS: Final = ('kind = "flat_fare"\nid = "flat-2026"\nfare_fen = 200\n', 'kind = "deny_list"\nnumbers = []\n')


@asynccontextmanager
async def running(device: Device, *, days_ahead: int = 0) -> AsyncIterator[TerminalService]:
    """Run a terminal whose wall clock, which nobody has confirmed, shows a later day."""

    def later() -> int:
        return SystemClock().system_ms() + days_ahead * DAY_MS

    config = load_config(device.folder / "terminal.toml")
    enrolment = load_enrolment(config.paths.state, config.paths.credentials)
    machine = replace(this_machine(), idle_ms=5, clock=partial(SystemClock, system_ms=later))
    async with AsyncExitStack() as stack:
        service = await open_terminal(config, enrolment, machine, stack)
        serving = asyncio.create_task(service.run())
        try:
            yield service
        finally:
            serving.cancel()
            await asyncio.wait([serving])


@pytest_asyncio.fixture
async def drawer(tmp_path: Path) -> AsyncIterator[tuple[Trip, Device]]:
    """Enrol a terminal, feed it with the newest edition, and put it away unused."""
    async with trip(tmp_path) as going:
        await going.admin().publish({"documents": DOCUMENTS})
        await going.load()
        device = Device(tmp_path / "device")
        await device.enrol(going.host.centre, f"http://127.0.0.1:{going.host.port}", "BUS-1")
        (device.folder / "terminal.toml").write_text(CONFIG, "utf-8")
        async with running(device) as service:
            await until(lambda: stop_of(service) == "policy_missing")
            assert await going.bring_edition(device) == 1
            assert stop_of(service) == ""
            await going.there_and_back(device)
        yield going, device


async def used(device: Device) -> None:
    """Let a terminal that is down have served one tap, at a time that nobody had confirmed."""
    await device.start()
    (stream,) = device.journals
    now_ms = SystemClock().wall_ms()
    ordered = await stream.feed.append(replace(intent(1), time_ms=now_ms, quality=TimeQuality.HOLDOVER))
    await stream.feed.append(replace(posted(1, ordered.seq), time_ms=now_ms, quality=TimeQuality.HOLDOVER))
    await device.stop()


def stop_of(service: TerminalService) -> str:
    return service.supervisor.line.service.stop


async def test_it_says_what_it_lacks_and_serves_after_a_courier_s_trip(drawer: tuple[Trip, Device]) -> None:
    going, device = drawer
    async with running(device, days_ahead=90) as service:
        await until(lambda: stop_of(service) == "lists_stale")
        status = await service.status()
        assert (status["lacks"]["lack"], status["lacks"]["age_h_max"]) == ("unused", 720)
        told = dict(screen(status))["lacks"]
        assert "deny_list 1" in told
        assert "onecard courier" in told
        found = {finding.check: finding for finding in check_status(status, ListsSection())}
        assert found["list.young"].level is Level.FAULT
        assert await subjects(service) == ["edition.taken", "lists.stale"]
        await going.there_and_back(device)
        await until(lambda: stop_of(service) == "")
        assert (await service.status())["lacks"] is None


async def subjects(service: TerminalService) -> list[str]:
    """Return what the remarks in the journal are about, in order."""
    bodies = [decode_entry(packed).body for packed in await service.journal.page(1, 50)]
    return [body.subject for body in bodies if isinstance(body, Remark)]


async def test_a_power_cycle_after_feeding_on_the_same_day_does_not_starve_it(drawer: tuple[Trip, Device]) -> None:
    _, device = drawer
    async with running(device) as service:
        await service.refresh()
        assert (stop_of(service), (await service.status())["lacks"]) == ("", None)


async def test_row_25_a_terminal_that_has_served_is_not_stopped_by_its_wall_clock(
    drawer: tuple[Trip, Device],
) -> None:
    _, device = drawer
    await used(device)
    async with running(device, days_ahead=90) as service:
        await service.refresh()
        assert stop_of(service) == ""


async def test_a_carried_ack_teaches_the_clock_no_time(drawer: tuple[Trip, Device]) -> None:
    """Its time has passed, nobody knows when: a wall clock that is right would otherwise count as one that jumped."""
    going, device = drawer
    await used(device)
    async with running(device, days_ahead=5) as service:
        before = service.supervisor.line.clock.wall_ms()
        await going.export(device)
        await going.take_in()
        assert (await going.bring_in(device)).news  # one ack, or two: the terminal may have written meanwhile
        assert service.supervisor.line.clock.wall_ms() >= before
