"""What the sync process says of itself on disk: true after every start, and never in the way of a batch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.domain.errors import OneCardError, UplinkError
from sync.process import SyncProcess
from tests.scenarios.network_rig import network_rig, until

pytestmark = pytest.mark.line


def said_in(state: Path) -> dict[str, Any]:
    return dict(json.loads((state / "sync" / "status.json").read_text("utf-8")))


async def test_a_trouble_of_yesterday_is_not_told_today(tmp_path: Path) -> None:
    """Regression: without a new trouble the file kept the old one for ever."""
    async with network_rig(tmp_path) as rig:
        (rig.device.state / "sync").mkdir(exist_ok=True)
        (rig.device.state / "sync" / "status.json").write_text(
            '{"trouble": "CENTRE_BUSY", "stopped": {"1": "CHAIN_FORK"}}'
        )
        await rig.device.ride(1)
        async with rig.syncing():
            await rig.drained()
            await until(lambda: said_in(rig.device.state)["trouble"] == "")
        assert said_in(rig.device.state)["stopped"] == {}


async def test_a_second_refused_journal_is_told_though_its_code_is_the_same(tmp_path: Path) -> None:
    """Regression: the file was written anew for another code only, and named the first journal alone."""
    async with network_rig(tmp_path) as rig:
        (rig.device.state / "sync").mkdir(exist_ok=True)
        await rig.device.ride(1)
        async with rig.syncing() as process:
            await rig.drained()
            for epoch in (7, 9):
                process.progress.stopped[epoch] = "EPOCH_FENCED"
                tell(process, UplinkError("EPOCH_FENCED", f"epoch {epoch}"))
        assert said_in(rig.device.state)["stopped"] == {"7": "EPOCH_FENCED", "9": "EPOCH_FENCED"}


async def test_entries_flow_though_nothing_can_be_written(tmp_path: Path) -> None:
    """Regression: a disk without room ended the process that alone can make room on it."""
    async with network_rig(tmp_path) as rig:
        (rig.device.state / "sync" / "status.json.new").mkdir(parents=True)
        await rig.device.ride(3)
        async with rig.syncing() as process:
            tell(process, UplinkError("CENTRE_BUSY", "status 503"))
            await rig.drained()
            await until(lambda: process.progress.last_ack_ms > 0)


def tell(process: SyncProcess, error: OneCardError) -> None:
    process.report(error)
