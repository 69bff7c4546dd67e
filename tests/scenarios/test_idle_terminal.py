"""A terminal that has nothing to say hears of the time all the same: no ack would ever come to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.control.client import connect
from edge.demo.script import LOCAL
from edge.demo.stage import TERMINAL, Stage
from edge.store.journal import open_journal
from edge.store.settings import JournalSettings
from sync.enrolment_files import load_enrolment
from tests.scenarios.network_faults import answering, blackhole
from tests.scenarios.network_rig import network_rig, until
from tests.scenarios.running_line import running_line

NO_RETENTION = JournalSettings(retention_days=0, retention_entries=0, floor_bytes=0, reserve_bytes=0)
FAR_MS = 10_000_000_000_000


async def clock_of(stage: Stage) -> dict[str, Any]:
    async with connect(stage.socket) as client:
        return await client.call("clock")


async def everything_pruned(stage: Stage) -> int:
    """Remove every entry of a stopped terminal, as its age would; returns the number of the last one."""
    state = stage.config.parent / "state"
    enrolment = load_enrolment(state, stage.config.parent / "credentials")
    journal = await open_journal(
        state / "journal.db",
        terminal=TERMINAL,
        epoch=enrolment.epoch,
        grant_hash=enrolment.grant_hash,
        settings=NO_RETENTION,
    )
    try:
        while await journal.prune(FAR_MS):
            assert journal.pruned_through <= journal.position().acked
        assert journal.pruned_through == journal.last_seq > 0
        return journal.last_seq
    finally:
        await journal.close()


@pytest.mark.line
async def test_a_terminal_whose_last_entry_was_pruned_is_told_the_time_by_the_running_processes(tmp_path: Path) -> None:
    async with running_line(tmp_path) as stage:
        assert (await stage.present(LOCAL))["accepted"]
        await stage.drained()
        await stage.sync.stop()
        await stage.terminal.stop()
        last = await everything_pruned(stage)
        await stage.restart_terminal()
        assert (await clock_of(stage))["signed_ago_s"] == -1
        await stage.sync.start()

        async def told() -> bool:
            return bool((await clock_of(stage))["signed_ago_s"] >= 0)

        await stage.until("the terminal was told the time", told)
        assert (await clock_of(stage))["quality"] == "trusted"
        assert (await stage.status())["journal"]["last_seq"] == last, "no entry was written for it"


async def test_a_device_that_was_never_used_is_told_the_time_once_and_of_the_newest_edition(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig, rig.syncing():
        await until(lambda: bool(rig.device.told))
        await rig.device.ride()
        await rig.drained()
        assert [told.edition for told in rig.device.told] == [0]


async def test_a_device_that_starts_anew_is_told_at_once(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig, rig.syncing():
        await until(lambda: len(rig.device.told) == 1)
        await rig.device.stop()
        await rig.device.start()
        await until(lambda: len(rig.device.told) == 2)


async def test_a_device_is_told_by_the_centre_alone_and_asks_until_it_is(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        rig.proxy.plan.extend([answering(200), answering(200), blackhole, answering(500)])
        async with rig.syncing() as process:
            await until(lambda: process.progress.trouble != "")
            assert rig.device.told == []
            await until(lambda: bool(rig.device.told))
            await until(lambda: process.progress.trouble == "")
        assert rig.proxy.injected == 4


async def test_a_device_that_hears_acks_asks_for_no_time(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await rig.device.ride(2)
        async with rig.syncing():
            await rig.drained()
            await rig.device.ride()
            await rig.drained()
        assert rig.device.told == []
