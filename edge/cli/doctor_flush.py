"""The doctor's look at what the journal's promise rests on: that a flush reaches a medium, and in what time.

No program can see a medium lie: it answers, and the power cut shows. But some lies have a tell: a file system that is
memory or was told not to wait for its disk, and answers that come quicker than anything is written.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from edge.cli.doctor_report import Finding, fault, fine, warn
from edge.domain.frozen import frozen

MOUNTS: Final = Path("/proc/self/mountinfo")
BLOCK_DEVICES: Final = Path("/sys/dev/block")
IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
OVER_A_NETWORK: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "vboxsf"})
DOES_NOT_WAIT: Final = frozenset({"nobarrier", "barrier=0", "fsync_mode=nobarrier"})
"""Mount options by which ext4, XFS, btrfs and f2fs answer before the disk does."""
FLUSHES: Final = 33
WRITE_BYTES: Final = 512
TOO_QUICK_MS: Final = 0.02
"""What an NVMe disk with a buffered cache still needs is above; memory answers in a tenth of it."""
SLOW_MS: Final = 50.0
_ESCAPES: Final = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}


@frozen
class Mount:
    """Where a file system hangs, its type, its device as major:minor, and its options, those of the superblock too."""

    point: str
    kind: str
    device: str
    options: frozenset[str]


def check_medium(state: Path, mounts: Path = MOUNTS, devices: Path = BLOCK_DEVICES) -> Finding:
    """Hold the file system of the state folder against those on which a flush promises nothing."""
    mount = mount_of(state, mounts)
    if mount is None:
        return warn("durability.medium", f"{state}: no file system is known there", "mount one of its own on it")
    said = f"{state} lies on {mount.kind} at {mount.point}"
    if mount.kind in IN_MEMORY:
        return warn("durability.medium", f"{said}: it is gone with the power", "move paths.state to a disk, enrol anew")
    if mount.kind in OVER_A_NETWORK:
        return warn("durability.medium", f"{said}: over a network", "move paths.state to a disk of this machine")
    if careless := sorted(mount.options & DOES_NOT_WAIT):
        cure = "take the option out of /etc/fstab and mount it anew"
        return fault(
            "durability.medium", f"{said} with {', '.join(careless)}: a flush does not wait for the disk", cure
        )
    return fine("durability.medium", f"{said}, {_cache_of(mount, devices)}")


def check_flush(state: Path, now_ms: Callable[[], float], flush: Callable[[int], None] = os.fdatasync) -> Finding:
    """Flush some small writes as a tap does, and judge the time that the medium takes."""
    try:
        took_ms = statistics.median(_flushed(state, now_ms, flush))
    except OSError as error:
        return warn("durability.flush", f"{state}: {error.strerror}", "run doctor as the service user, and see dmesg")
    said = f"a flush of {WRITE_BYTES} bytes takes {took_ms:.3g} ms"
    if took_ms < TOO_QUICK_MS:
        cure = "switch the disk's cache off (hdparm -W0) or replace it; pull the plug in a trial before it serves"
        return warn("durability.flush", f"{said}: no medium writes so quickly, something answers for it", cure)
    if took_ms > SLOW_MS:
        return warn("durability.flush", f"{said}: each tap waits for two", "a card near its end does so: replace it")
    return fine("durability.flush", said)


def mount_of(path: Path, mounts: Path = MOUNTS) -> Mount | None:
    """Return the file system that a path lies on: the last mounted of those nearest above it (proc(5), mountinfo)."""
    try:
        known = list(_mounts(mounts.read_text("utf-8")))
    except (OSError, ValueError):
        return None
    resolved = path.resolve()
    above = [mount for mount in known if resolved.is_relative_to(mount.point)]
    return max(reversed(above), key=lambda mount: len(Path(mount.point).parts), default=None)


def _mounts(table: str) -> Iterator[Mount]:
    for line in table.splitlines():
        before, _, behind = line.partition(" - ")
        _, _, device, _, point, options, *_ = before.split()
        kind, _, *of_superblock = behind.split()
        for escape, meant in _ESCAPES.items():
            point = point.replace(escape, meant)
        yield Mount(point, kind, device, frozenset(options.split(",")) | frozenset(",".join(of_superblock).split(",")))


def _cache_of(mount: Mount, devices: Path) -> str:
    """Say what the kernel knows of the disk's own cache; a partition asks the disk it is on."""
    device = devices / mount.device
    for folder in (device, device.resolve().parent):
        try:
            said = (folder / "queue" / "write_cache").read_text("ascii").strip()
        except (OSError, ValueError):
            continue
        return "its disk has a cache that each flush empties" if said == "write back" else "its disk has no cache"
    return "and of its disk's cache nothing is known"


def _flushed(state: Path, now_ms: Callable[[], float], flush: Callable[[int], None]) -> Iterator[float]:
    with tempfile.TemporaryFile(dir=state) as file:
        os.pwrite(file.fileno(), bytes(WRITE_BYTES), 0)
        flush(file.fileno())  # the file's length, which no later write changes
        for _ in range(FLUSHES):
            os.pwrite(file.fileno(), bytes(WRITE_BYTES), 0)
            begun_ms = now_ms()
            flush(file.fileno())
            yield now_ms() - begun_ms
