"""``onecard run`` as a process: when it refuses to start, how it ends, what people ask of it, and lost ports."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest
import pytest_asyncio

from edge.control.status import Status
from edge.demo.cards import DENIED
from edge.demo.documents import CONFIG
from edge.demo.script import LOCAL, OTHER, VISITOR
from edge.demo.stage import Stage
from tests.scenarios.running_line import onecard, running_line

pytestmark = [pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

STATUS_KEYS = {part.name for part in fields(Status)} | {"faults", "certificate"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One line for all these tests; each leaves it running."""
    async with running_line(tmp_path_factory.mktemp("line")) as line:
        yield line


async def test_without_a_grant_it_refuses_to_start(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(CONFIG.format(url=""), "utf-8")
    ended = await onecard("run", "--config", str(config))
    assert ended.code == 80
    assert "NOT_ENROLLED" in ended.err


async def test_row_39_with_a_damaged_key_it_refuses_to_start_and_serves_again_once_enrolled_anew(stage: Stage) -> None:
    await stage.drained()
    await stage.terminal.stop()
    key = stage.config.parent / "credentials" / "token-key-1"
    key.write_bytes(bytes(byte ^ 1 for byte in key.read_bytes()))
    ended = await onecard("run", "--config", str(stage.config))
    assert (ended.code, "KEY_UNUSABLE" in ended.err, "enrol anew" in ended.err) == (80, True, True)
    await stage.enrol()
    await stage.restart_terminal()
    assert (await stage.present(LOCAL))["accepted"]


async def test_a_second_instance_is_refused_and_the_first_serves_on(stage: Stage) -> None:
    ended = await onecard("run", "--config", str(stage.config))
    assert "STORE_LOCKED" in ended.err
    assert ended.code == 40
    assert (await stage.present(LOCAL))["accepted"]


async def test_a_journal_of_a_newer_version_is_not_touched(stage: Stage, tmp_path: Path) -> None:
    await stage.terminal.stop()
    device = tmp_path / "device"
    shutil.copytree(stage.config.parent, device, symlinks=True, ignore=shutil.ignore_patterns("sockets"))
    with closing(sqlite3.connect(device / "state" / "journal.db")) as journal:
        journal.executescript("PRAGMA user_version = 9999; UPDATE compatible SET since = 9999")
    before = (device / "state" / "journal.db").read_bytes()
    ended = await onecard("run", "--config", str(device / "terminal.toml"))
    assert (ended.code, "STORE_NEWER" in ended.err) == (40, True)
    assert (device / "state" / "journal.db").read_bytes() == before
    await stage.restart_terminal()


async def test_it_ends_in_time_and_leaves_nothing_behind(stage: Stage) -> None:
    process = stage.terminal.process
    assert process is not None
    began_s = asyncio.get_running_loop().time()
    await stage.terminal.stop()
    assert asyncio.get_running_loop().time() - began_s < 2
    assert process.returncode == 0
    assert list(stage.socket.parent.iterdir()) == []
    await stage.restart_terminal()


async def test_without_an_edition_it_is_out_of_service_until_sync_brings_one(stage: Stage, tmp_path: Path) -> None:
    await stage.sync.stop()
    await stage.terminal.stop()
    shutil.move(stage.config.parent / "state" / "editions", tmp_path / "editions")
    await stage.terminal.start()
    await stage.until("it is out of service", lambda: stops_for(stage, "policy_missing"))
    await stage.sync.start()
    await stage.until("it serves", lambda: stops_for(stage, ""))
    assert (await stage.present(OTHER))["accepted"]


async def test_a_sync_process_that_does_not_run_is_told(stage: Stage) -> None:
    """Regression: what it had last said of itself stood for it, and `sync now` asked nobody."""
    here = ("--json", "--config", str(stage.config))

    async def listens(*, wanted: bool) -> bool:
        return bool((await stage.status())["sync_listens"]) is wanted

    await stage.until("it listens", lambda: listens(wanted=True))
    assert (await onecard("sync", "now", *here)).facts == {"asked": True}
    await stage.sync.stop()
    await stage.until("it is gone", lambda: listens(wanted=False))
    asked = await onecard("sync", "now", *here)
    assert (asked.code, asked.facts) == (1, {"asked": False})
    found = {check["check"]: check for check in (await onecard("doctor", *here)).facts["checks"]}
    assert "does not run" in found["sync"]["cause"]
    assert "does not run; start it" in (await onecard("status", "--config", str(stage.config))).out
    await stage.sync.start()
    await stage.until("it listens again", lambda: listens(wanted=True))


async def stops_for(stage: Stage, word: str) -> bool:
    return stage.socket.exists() and (await stage.status())["stop"] == word


async def test_both_ports_come_back_by_their_links(stage: Stage) -> None:
    for device in (stage.reader, stage.sam):
        device.port.unplug()
        device.device.power_cycle()
    await stage.until("the loss is seen", lambda: stops_for(stage, "reader_absent"))
    began_s = asyncio.get_running_loop().time()
    for device in (stage.reader, stage.sam):
        device.port.plug()
    await stage.until("it serves", lambda: stops_for(stage, ""))
    assert (await stage.present(VISITOR))["accepted"]
    assert asyncio.get_running_loop().time() - began_s < 5


async def test_a_technician_reads_a_card_during_service(stage: Stage) -> None:
    """The card is one that is refused: what comes too early for the command costs nothing."""
    reading = asyncio.create_task(onecard("card", "read", "--json", "--config", str(stage.config)))
    prompts = set()
    while not reading.done():
        prompts.add((await stage.present(DENIED))["prompt"])
    read = await reading
    assert read.code == 0
    assert read.facts["balance_fen"] == 5_000
    assert stage.cards[DENIED].number not in read.out
    assert "read_only" in prompts


@pytest.mark.parametrize("up", [True, False], ids=["terminal up", "terminal down"])
async def test_commands_answer(stage: Stage, up: bool) -> None:  # noqa: FBT001 - a parameter of the table
    here = ("--json", "--config", str(stage.config))
    if not up:
        await stage.terminal.stop()
    status = await onecard("status", *here)
    listed = await onecard("journal", "list", *here)
    verified = await onecard("journal", "verify", *here)
    entry = [entry for entry in listed.facts["entries"] if entry["kind"] == "posted"][-1]
    shown = await onecard("journal", "show", str(entry["seq"]), *here)
    why = await onecard("why", entry["tap_id"], *here)
    doctor = await onecard("doctor", *here)
    if not up:
        await stage.restart_terminal()
    assert [ended.code for ended in (listed, verified, shown, why)] == [0, 0, 0, 0]
    assert set(status.facts) == STATUS_KEYS
    assert status.facts["running"] is up
    assert status.code == 0
    assert verified.facts == {"sound": True, "problems": []}
    assert shown.facts["entry"] == entry
    assert why.facts["tap"] == entry["tap_id"]
    assert all(part["agrees"] for part in why.facts["compared"])
    assert doctor.code == (1 if doctor.facts["level"] == "fault" else 0)
    assert {"continuity", "control", "debits", "durability"} <= {check["check"] for check in doctor.facts["checks"]}
