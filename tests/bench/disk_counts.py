"""Counting what reaches the disk: flushes and bytes, by the block layer where that can be had, else by the process.

As root the files lie on a private ext4 (4 KiB blocks) on a loop device, whose own counters see nobody else's writes.
Otherwise the process is counted: flushes by strace, bytes by ``/proc/self/io`` (pages made dirty: no file system's
own writes, no block written twice).
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

DISK: Final = Path("/var/tmp")  # noqa: S108 - a folder on a disk; /tmp may be memory
IMAGE_BYTES: Final = 256_000_000
SECTOR_BYTES: Final = 512
SECTORS_WRITTEN, FLUSHES = 6, 15
"""Fields of ``/sys/block/DEVICE/stat`` (kernel documentation: Block layer statistics)."""
PR_SET_PTRACER: Final = 0x59616D61
ATTACHED_S: Final = 5.0
BY_BLOCK_LAYER: Final = "block-layer counters of a private ext4 on a loop device, 4 KiB blocks"
BY_PROCESS: Final = "fsync and fdatasync calls by strace, dirtied bytes by /proc/self/io (not root: no loop device)"


@dataclass(frozen=True, slots=True)
class Written:
    """What has reached the disk."""

    flushes: int = 0
    bytes: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(self.flushes + other.flushes, self.bytes + other.bytes)

    def __sub__(self, other: Written) -> Written:
        return Written(self.flushes - other.flushes, self.bytes - other.bytes)

    def per(self, writes: int) -> str:
        """Return flushes and bytes for each of ``writes``."""
        return f"{self.flushes / writes:.2f} flushes, {self.bytes / writes:,.0f} bytes"


@dataclass(frozen=True, slots=True)
class CountedDisk:
    """A folder whose writes are counted: ``written`` returns the counters as they stand, ``how`` says by what."""

    folder: Path
    how: str
    written: Callable[[], Written]


def _by_block_layer(device: str) -> Written:
    fields = Path(f"/sys/block/{device}/stat").read_text("ascii").split()
    return Written(int(fields[FLUSHES]), int(fields[SECTORS_WRITTEN]) * SECTOR_BYTES)


def _by_process(calls: Path) -> Written:
    io = dict(line.split(": ") for line in Path("/proc/self/io").read_text("ascii").splitlines())
    return Written(calls.read_text("utf-8").count("sync("), int(io["write_bytes"]))


@contextmanager
def disk_folder() -> Iterator[Path]:
    """Give a folder on a real disk, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="onecard-bench-", dir=DISK) as folder:
        yield Path(folder)


@contextmanager
def counted_disk() -> Iterator[CountedDisk]:
    """Give a counted folder by the best means there is."""
    with disk_folder() as folder:
        counted = _loop_disk(folder) if os.geteuid() == 0 and Path("/dev/loop-control").exists() else _own_calls(folder)
        with counted as disk:
            yield disk


@contextmanager
def _loop_disk(folder: Path) -> Iterator[CountedDisk]:
    image, mounted = folder / "image", folder / "mounted"
    mounted.mkdir()
    with image.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, IMAGE_BYTES)
    _run("mkfs.ext4", "-q", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
    device = _run("losetup", "--find", "--show", str(image)).strip()
    try:
        _run("mount", device, str(mounted))
        try:
            yield CountedDisk(mounted, BY_BLOCK_LAYER, partial(_by_block_layer, Path(device).name))
        finally:
            _run("umount", str(mounted))
    finally:
        _run("losetup", "--detach", device)


@contextmanager
def _own_calls(folder: Path) -> Iterator[CountedDisk]:
    strace = shutil.which("strace")
    if strace is None:
        raise RuntimeError("flushes are counted as root (loop device) or by strace, and neither is there")
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
    calls = folder / "calls"
    watching = ["-f", "-q", "-e", "trace=fsync,fdatasync", "-o", str(calls), "-p", str(os.getpid())]
    with subprocess.Popen([strace, *watching], stderr=subprocess.DEVNULL) as tracer:
        try:
            _until_attached(calls, folder)
            yield CountedDisk(folder, BY_PROCESS, partial(_by_process, calls))
        finally:
            tracer.terminate()


def _until_attached(calls: Path, folder: Path) -> None:
    """Flush until strace sees it."""
    give_up_s = time.monotonic() + ATTACHED_S
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        while not calls.exists() or "fsync(" not in calls.read_text("utf-8"):
            if time.monotonic() > give_up_s:
                raise RuntimeError("strace may not watch this process")
            os.fsync(descriptor)
            time.sleep(0.01)
    finally:
        os.close(descriptor)


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
