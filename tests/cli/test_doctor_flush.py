"""What doctor knows of the medium under the journal, by tables of mounts and by the time that flushes take."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import accumulate, chain, repeat
from pathlib import Path
from typing import Final

import pytest

from edge.cli.doctor_flush import FLUSHES, check_flush, check_medium, mount_of
from edge.cli.doctor_report import Level
from edge.clock import SystemClock

ROOT: Final = "27 1 179:2 / / rw,relatime - ext4 /dev/mmcblk0p2 rw"
STATE: Final = Path("/nonexistent/var/lib/onecard")

MEDIA: Final = {
    "a disk": ((ROOT,), Level.OK, "ext4 at /"),
    "memory": ((ROOT, "30 27 0:25 / /nonexistent rw - tmpfs tmpfs rw"), Level.WARN, "gone with the power"),
    "a folder of a server": (
        (ROOT, "30 27 0:40 / /nonexistent/var rw - nfs4 host:/x rw"),
        Level.WARN,
        "over a network",
    ),
    "a disk that is not waited for": (
        ("27 1 179:2 / / rw,relatime - ext4 /dev/mmcblk0p2 rw,nobarrier",),
        Level.FAULT,
        "with nobarrier: a flush does not wait",
    ),
    "a disk that is not waited for, mounted beside": (
        (ROOT, "30 27 8:1 / /mnt rw - ext4 /dev/sda1 rw,barrier=0"),
        Level.OK,
        "ext4 at /",
    ),
    "a disk mounted over memory": (
        (ROOT, "30 27 0:25 / /nonexistent rw - tmpfs tmpfs rw", "31 30 8:1 / /nonexistent rw - xfs /dev/sda1 rw"),
        Level.OK,
        "xfs at /nonexistent",
    ),
    "a table without its root": ((), Level.WARN, "no file system is known"),
    "a table that is none": (("27 1",), Level.WARN, "no file system is known"),
}


@pytest.mark.parametrize(("table", "level", "told"), MEDIA.values(), ids=MEDIA)
def test_the_journal_lies_on(table: tuple[str, ...], level: Level, told: str, tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("".join(f"{line}\n" for line in table), "ascii")
    found = check_medium(STATE, mounts, tmp_path)
    assert (found.level, told in found.cause) == (level, True), found
    assert bool(found.cure) is (level is not Level.OK)


CACHES: Final = {
    "a disk with a cache": ("write back", "has a cache that each flush empties"),
    "a disk without": ("write through", "has no cache"),
}


@pytest.mark.parametrize("of_partition", [False, True], ids=["the disk whole", "a partition of it"])
@pytest.mark.parametrize(("said", "told"), CACHES.values(), ids=CACHES)
def test_the_cache_of_a_disk_is_told(said: str, told: str, of_partition: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case of the table
    disk, mounts = tmp_path / "mmcblk0", tmp_path / "mountinfo"
    (disk / "queue").mkdir(parents=True)
    (disk / "queue" / "write_cache").write_text(said + "\n", "ascii")
    (disk / "mmcblk0p2").mkdir()
    (tmp_path / "179:2").symlink_to(disk / "mmcblk0p2" if of_partition else disk)
    mounts.write_text(ROOT + "\n", "ascii")
    assert told in check_medium(STATE, mounts, tmp_path).cause


def test_this_machine_knows_where_a_folder_lies(tmp_path: Path) -> None:
    mount = mount_of(tmp_path)
    assert mount is not None
    assert tmp_path.resolve().is_relative_to(mount.point)


def clock_of(flush_ms: float) -> Callable[[], float]:
    """Return a clock on which each flush takes so long."""
    steps = accumulate(chain.from_iterable(repeat((1.0, flush_ms), FLUSHES)))
    return lambda: next(steps)


TIMES: Final = {
    "as a disk does": (2.0, Level.OK, "takes 2 ms"),
    "quicker than any medium": (0.004, Level.WARN, "no medium writes so quickly"),
    "as a dying card does": (80.0, Level.WARN, "each tap waits"),
}


@pytest.mark.parametrize(("flush_ms", "level", "told"), TIMES.values(), ids=TIMES)
def test_a_medium_that_flushes(flush_ms: float, level: Level, told: str, tmp_path: Path) -> None:
    flushed: list[int] = []
    found = check_flush(tmp_path, clock_of(flush_ms), flushed.append)
    assert (found.level, told in found.cause) == (level, True), found
    assert len(flushed) == FLUSHES + 1
    assert not list(tmp_path.iterdir()), "nothing is left behind"


def test_a_medium_that_fails_is_told_by_its_own_words(tmp_path: Path) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(5, os.strerror(5))

    found = check_flush(tmp_path, SystemClock().monotonic_ms, fail)
    assert (found.level, "Input/output error" in found.cause) == (Level.WARN, True)
