"""The state folder: its lock, its room."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edge.domain.errors import StoreError
from edge.store.lock import JournalLock
from edge.store.settings import JournalSettings
from edge.store.space import Room
from tests.store import drafts
from tests.store.journals import SMALL, journal_at

OWNER = """
import pathlib, sys
from edge.store.lock import JournalLock
with JournalLock(pathlib.Path(sys.argv[1])):
    print(1, flush=True)
    input()
"""
"""A process that takes the lock, says so, and keeps it."""


def test_the_lock_has_one_owner_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "journal.lock"
    with JournalLock(path):
        with pytest.raises(StoreError, match="STORE_LOCKED"), JournalLock(path):
            pass
        again = JournalLock(path)
    with again:
        pass


def test_a_killed_owner_leaves_no_lock_behind(tmp_path: Path) -> None:
    path = tmp_path / "journal.lock"
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    with owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"1\n"
        with pytest.raises(StoreError, match="STORE_LOCKED"), JournalLock(path):
            pass
        owner.kill()
        owner.wait(10)
    with JournalLock(path):
        pass


def test_a_lock_without_a_state_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="STORE_MISSING"), JournalLock(tmp_path / "absent" / "journal.lock"):
        pass


ROOMS = {
    "plenty": (JournalSettings(warn_percent=99, floor_bytes=0), 1_000, (False, False)),
    "a journal near its limit": (JournalSettings(bytes_max=1_000_000, floor_bytes=0), 800_000, (True, False)),
    "a journal at its limit": (JournalSettings(bytes_max=1_000_000, floor_bytes=0), 1_000_000, (True, True)),
    "a disk below the floor": (JournalSettings(warn_percent=99, floor_bytes=1 << 60), 1_000, (True, True)),
}


@pytest.mark.parametrize(("settings", "journal_bytes", "expected"), ROOMS.values(), ids=ROOMS.keys())
def test_room_is_judged(
    tmp_path: Path, settings: JournalSettings, journal_bytes: int, expected: tuple[bool, bool]
) -> None:
    report = Room(tmp_path / "journal.db", settings).report(journal_bytes)
    assert (report.warn, report.stop) == expected
    if report.stop:
        with pytest.raises(StoreError, match="STORE_FULL"):
            report.require_room()
    else:
        report.require_room()


def test_the_reserve_takes_real_blocks_and_gives_them_back(tmp_path: Path) -> None:
    room = Room(tmp_path / "journal.db", JournalSettings(reserve_bytes=1 << 20, floor_bytes=0))
    reserve = tmp_path / "journal.reserve"
    assert room.hold_reserve()
    assert room.hold_reserve()
    assert reserve.stat().st_blocks * 512 >= 1 << 20
    room.release_reserve()
    room.release_reserve()
    assert not reserve.exists()


def test_no_reserve_is_taken_from_below_the_floor(tmp_path: Path) -> None:
    room = Room(tmp_path / "journal.db", JournalSettings(reserve_bytes=1 << 20, floor_bytes=1 << 60))
    assert not room.hold_reserve()
    assert not (tmp_path / "journal.reserve").exists()


async def test_pruning_below_the_floor_gives_the_reserve_back_first(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with journal_at(path, replace(SMALL, reserve_bytes=1 << 16)):
        assert (tmp_path / "journal.reserve").exists()
    async with journal_at(path, replace(SMALL, reserve_bytes=1 << 16, floor_bytes=1 << 60)) as journal:
        assert (await journal.space()).stop
        assert await journal.prune(drafts.START_MS) == 0
        assert not (tmp_path / "journal.reserve").exists()
        assert (await journal.append(drafts.note())).seq == 1  # entries are still written: the floor lies above zero


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_the_journal_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    """Regression: group and others read a journal that only the terminal may read."""
    before = os.umask(0)
    try:
        async with journal_at(tmp_path / "journal.db") as journal:
            await journal.append(drafts.note("boot"))
            modes = modes_in(tmp_path)
    finally:
        os.umask(before)
    assert {"journal.db", "journal.db-wal"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_a_reserve_that_cannot_be_made_is_a_full_store(tmp_path: Path) -> None:
    settings = replace(SMALL, floor_bytes=0, reserve_bytes=4096)
    (tmp_path / "journal.reserve").symlink_to(tmp_path / "absent" / "reserve")
    with pytest.raises(StoreError, match="STORE_FULL"):
        Room(tmp_path / "journal.db", settings).hold_reserve()
