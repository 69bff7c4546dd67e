"""A device's life with its package: installed, upgraded with a queue, cut in the migration, downgraded, removed.

Every tap is at the centre, once.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing
from dataclasses import astuple
from pathlib import Path
from typing import Final

import pytest

from edge.demo.processes import Child
from edge.demo.script import LOCAL, OTHER
from edge.demo.totals import card_total, centre_totals
from edge.store.migrations import JOURNAL
from tests.package.debs import Deb
from tests.package.device_root import DeviceRoot, Said, new_device
from tests.package.packaged_stage import PackagedStage

pytestmark = pytest.mark.package

CUT: Final = """
import os, signal, sys
from edge.store import migrations
class Cut(tuple):
    def __iter__(self):
        yield self[0]
        os.kill(os.getpid(), signal.SIGKILL)
migrations.JOURNAL = (*migrations.JOURNAL[:-1], Cut(migrations.JOURNAL[-1]))
from edge.cli.main import main
main(sys.argv[1:])
"""
"""Runs a command and is killed after the first statement of the schema's newest step."""


async def in_thread(device: DeviceRoot, deb: Deb) -> Said:
    """Let dpkg work while the devices of the stage go on living in this loop."""
    said = await asyncio.to_thread(device.install, deb)
    assert said.code == 0, said.text
    return said


def schema(device: DeviceRoot) -> int:
    with closing(sqlite3.connect(f"file:{device.state}/journal.db?mode=ro", uri=True)) as journal:
        return int(journal.execute("PRAGMA user_version").fetchone()[0])


async def cut_in_migration(stage: PackagedStage, deb: Deb) -> None:
    """Start the new version's terminal, and kill it inside of its migration."""
    python = stage.device.opt / "versions" / deb.version / "bin" / "python3"
    line = [str(python), "-I", "-c", CUT, "run", "--config", str(stage.config)]
    dying = Child("cut", line, stage.folder / "cut.log")
    await dying.start()
    assert dying.process is not None
    async with asyncio.timeout(20):
        assert await dying.process.wait() == -signal.SIGKILL


async def ride(stage: PackagedStage, *names: str) -> None:
    for name in names:
        answer = await stage.present(name)
        assert answer["accepted"], answer


async def version_at_work(stage: PackagedStage) -> str:
    """Return the version that the running terminal says it has."""
    status = await asyncio.to_thread(stage.device.onecard, "status", "--config", str(stage.config), "--json")
    assert status.code == 0, status.text
    return (await asyncio.to_thread(stage.device.onecard, "--version")).text.split()[-1]


async def test_a_device_through_upgrade_cut_and_downgrade_brings_every_tap_to_the_centre_once(
    tmp_path: Path, this_deb: Deb, next_deb: Deb
) -> None:
    device = new_device(tmp_path / "d")
    await in_thread(device, this_deb)
    async with PackagedStage(tmp_path, device) as stage:
        await ride(stage, LOCAL)
        await stage.sync.stop()
        await ride(stage, OTHER, LOCAL)
        await stage.terminal.stop()

        await in_thread(device, next_deb)
        assert device.in_force == next_deb.version
        before = schema(device)
        await cut_in_migration(stage, next_deb)
        assert schema(device) == before == len(JOURNAL)
        await stage.restart_terminal()
        assert await version_at_work(stage) == next_deb.version
        await ride(stage, OTHER)
        await stage.terminal.stop()
        assert schema(device) == len(JOURNAL) + 1

        await in_thread(device, this_deb)
        assert device.in_force == this_deb.version
        await stage.restart_terminal()
        await ride(stage, LOCAL)
        unsent = (await stage.status())["journal"]["unsent_entries"]
        assert unsent > 0
        await stage.sync.start()
        await stage.drained()
        await every_tap_is_at_the_centre(stage, {LOCAL: 3, OTHER: 2})

    gone = await asyncio.to_thread(device.dpkg, "--purge", "onecard")
    assert gone.code == 0, gone.text
    assert not device.state.exists()
    assert not device.opt.exists()


async def every_tap_is_at_the_centre(stage: PackagedStage, rides: dict[str, int]) -> None:
    """Hold what the cards themselves remember against the centre's books."""
    books = await stage.reconcile()
    assert books["balanced"], books["problems"]
    assert books["quarantined"] == books["alarms"] == []
    held = {name: card_total(stage.cards[name].card) for name in rides}
    assert {name: total.taps for name, total in held.items()} == rides
    assert sorted(map(astuple, centre_totals(books).values())) == sorted(map(astuple, held.values()))
