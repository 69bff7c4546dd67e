"""The state folder: its lock, its room."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge.domain.errors import StoreError
from edge.store.lock import JournalLock
from edge.store.settings import JournalSettings
from edge.store.space import Room
from sync.enrolment_files import journal_lock
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


UNOPENED = {
    "there is no state folder": (errno.ENOENT, "STORE_MISSING"),
    "the state folder is a file": (errno.ENOTDIR, "STORE_MISSING"),
    "the folder is another user's": (errno.EACCES, "STORE_DENIED"),
    "the file is immutable": (errno.EPERM, "STORE_DENIED"),
    "the file system turned read-only": (errno.EROFS, "STORE_READ_ONLY"),
    "the disk has no room for a name": (errno.ENOSPC, "STORE_FULL"),
    "the user's quota is used up": (errno.EDQUOT, "STORE_FULL"),
    "the medium fails": (errno.EIO, "STORE_IO"),
}


def take_by_class(path: Path) -> None:
    """Take the lock as the terminal does."""
    with JournalLock(path):
        pass


def take_by_function(path: Path) -> None:
    """Take the lock as an enrolment does."""
    with journal_lock(path.parent):
        pass


@pytest.mark.parametrize("take", [take_by_class, take_by_function], ids=["terminal", "enrolment"])
@pytest.mark.parametrize(("number", "code"), UNOPENED.values(), ids=UNOPENED.keys())
def test_a_lock_file_that_cannot_be_opened_has_the_code_of_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, take: Callable[[Path], None], number: int, code: str
) -> None:
    def refused(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(StoreError) as raised:
        take(tmp_path / "journal.lock")
    assert raised.value.code == code
    assert os.strerror(number) in str(raised.value)


def test_a_lock_that_the_kernel_cannot_keep_is_not_said_to_be_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(StoreError, match="STORE_IO"), JournalLock(tmp_path / "journal.lock"):
        pass


MISPLACED = {
    "in a folder that is not there": "absent/journal.lock",
    "below a file": "file/journal.lock",
}


@pytest.mark.parametrize("place", MISPLACED.values(), ids=MISPLACED.keys())
def test_a_lock_without_a_state_folder_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="STORE_MISSING"), JournalLock(tmp_path / place):
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
