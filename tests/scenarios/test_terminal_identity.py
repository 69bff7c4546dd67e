"""Copied disks, restored images, new enrolments: the terminal knows whose journal it holds, and loses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from drivers.virtual.psam import Psam
from drivers.virtual.psam_memory import PsamMemory
from edge.clock import SystemIds
from edge.control.client import connect
from edge.demo.processes import Child, command
from edge.demo.script import LOCAL, OTHER, VISITOR, rows
from edge.demo.stage import Stage
from edge.domain.errors import RemoteProtocolError
from tests.scenarios.running_line import onecard, running_line

pytestmark = pytest.mark.line

ANOTHER_PSAM = bytes.fromhex("452001210002")
SAM_SLOT = 1


def copied(stage: Stage, folder: Path) -> Path:
    """Copy the terminal's folder as a disk is copied; returns its configuration."""
    shutil.copytree(stage.config.parent, folder, symlinks=True, ignore=shutil.ignore_patterns("sockets"))
    return folder / "terminal.toml"


async def continuity_after_a_tap(stage: Stage, config: Path, name: str) -> str:
    """Run the terminal of a configuration for one tap on the stage's devices."""
    child = Child("copy", command("run", "--config", str(config)), stage.folder / "copy.log")
    socket = config.parent / "sockets" / "read.sock"
    await child.start()
    try:
        await stage.until("the copy serves", lambda: serves(socket))
        assert (await stage.present(name, socket))["accepted"]
        async with connect(socket) as client:
            return str((await client.call("status"))["continuity"])
    finally:
        await child.stop()


async def serves(socket: Path) -> bool:
    try:
        async with connect(socket) as client:
            return not (await client.call("status"))["stop"]
    except RemoteProtocolError:
        return False


async def test_continuity_is_proven_by_the_psam_alone(tmp_path: Path) -> None:
    async with running_line(tmp_path / "line") as stage:
        await stage.present(LOCAL)
        await stage.terminal.stop()
        image = copied(stage, tmp_path / "image")
        disk = copied(stage, tmp_path / "disk")
        await stage.restart_terminal()
        for name in (OTHER, VISITOR, LOCAL):
            assert (await stage.present(name))["accepted"]
        assert (await stage.status())["continuity"] == "proven"
        await stage.terminal.stop()
        assert await continuity_after_a_tap(stage, stage.config, OTHER) == "proven"
        assert await continuity_after_a_tap(stage, image, VISITOR) == "lost"
        stage.sam.device.insert(SAM_SLOT, psam(ANOTHER_PSAM))
        assert await continuity_after_a_tap(stage, disk, OTHER) == "lost"
        listed = await onecard("journal", "list", "--kind", "intent", "--json", "--config", str(disk))
        assert [entry["body"]["state"]["cautious"] for entry in listed.facts["entries"]] == [False, True]


def psam(number: bytes) -> Psam:
    return Psam(number, memory=PsamMemory(None), random_bytes=SystemIds().random_bytes)


async def test_a_new_enrolment_keeps_what_is_unsent_and_settles_what_is_torn(tmp_path: Path) -> None:
    async with running_line(tmp_path / "line") as stage:
        await stage.drained()
        stage.network.cut()
        assert (await stage.present(LOCAL))["accepted"]
        await stage.kill_inside_debit(OTHER)
        stage.network.mend()
        await stage.enrol()
        await stage.restart_terminal()
        assert (await stage.status())["epoch"] > 1
        assert (await stage.present(VISITOR))["accepted"]
        assert (await stage.present(OTHER))["prompt"] == "accepted_before"
        await stage.until("the centre knows all of it", lambda: centre_agrees(stage))
        books = await stage.reconcile()
        assert len(books["streams"]) >= 2
        assert books["balanced"]
        assert books["quarantined"] == []


async def centre_agrees(stage: Stage) -> bool:
    """Say whether the centre has booked exactly what the cards and the holders of other media remember."""
    found, strangers, _ = await rows(stage, [])
    return strangers == 0 and all(row.centre == row.card for row in found)
