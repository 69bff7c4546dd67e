"""Fails, or kills at, the n-th write or flush of a journal's life, for many n: one forked child each.

Runs under the shim: ``python -m tests.crash.sweep FOLDER POINTS``. Prints one JSON line per point; the folders are left
to whoever looks at them without the shim.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.domain.entry import Draft, Entry
from edge.domain.errors import StoreError
from tests.crash.workload import Life

TAPS: Final = 22
ON_WRITE: Final = 1
ON_SYNC: Final = 2
ON_FOLDER_SYNC: Final = 3
KILL_BEFORE: Final = -1
KILL_AFTER: Final = -2
UNSEEN, SURVIVED, GAVE_UP = 0, 1, 3
"""Exit codes of a child: no error reached it, it reopened and went on, or it could not go on."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to the calls of one kind: an errno or a kill, once or from then on."""

    name: str
    kind: int
    action: int
    sticky: bool = False


FAULTS: Final = (
    Fault("write EIO once", ON_WRITE, errno.EIO),
    Fault("write EIO from then on", ON_WRITE, errno.EIO, sticky=True),
    Fault("write ENOSPC once", ON_WRITE, errno.ENOSPC),
    Fault("write ENOSPC from then on", ON_WRITE, errno.ENOSPC, sticky=True),
    Fault("flush EIO once", ON_SYNC, errno.EIO),
    Fault("flush EIO from then on", ON_SYNC, errno.EIO, sticky=True),
    Fault("flush ENOSPC once", ON_SYNC, errno.ENOSPC),
    Fault("folder flush EIO once", ON_FOLDER_SYNC, errno.EIO),
    Fault("folder flush EIO from then on", ON_FOLDER_SYNC, errno.EIO, sticky=True),
    Fault("killed before a write", ON_WRITE, KILL_BEFORE),
    Fault("killed after a write", ON_WRITE, KILL_AFTER),
    Fault("killed before a flush", ON_SYNC, KILL_BEFORE),
    Fault("killed after a flush", ON_SYNC, KILL_AFTER),
)


class Survivor(Life):
    """Does with a failed call what the terminal does: stop, reopen, look up, then go on."""

    hurt = False

    async def written(self, draft: Draft, holder: int, *, durable: bool) -> Entry:
        """Append; after an error the entry is in doubt: only one that is not there is written again."""
        try:
            return await super().written(draft, holder, durable=durable)
        except StoreError:
            await self.recover()
        for entry in await self.journal.find_tap(draft.tap_id):
            if entry.kind is draft.kind:
                return entry
        return await super().written(draft, holder, durable=durable)

    async def keep_house(self, tap: int) -> None:
        """Keep house; what failed is tried again when it falls due next."""
        try:
            await super().keep_house(tap)
        except StoreError:
            await self.recover()

    async def recover(self) -> None:
        """Close whatever the state, and open again."""
        self.hurt = True
        await self.close()
        await self.start()

    async def close(self) -> None:
        """Close; what closing could not finish, opening does."""
        try:
            await super().close()
        except StoreError:
            self.hurt = True


def child(library: ctypes.CDLL, folder: Path, fault: Fault, at: int) -> int:
    """Live under a fault; returns the exit code."""
    life = Survivor(folder / "state" / "journal.db", folder / "marks")
    library.crashlab_arm(os.fsencode(folder / "state"), fault.kind, at, fault.action, int(fault.sticky))
    try:
        asyncio.run(life.live(TAPS))
    except StoreError:
        return GAVE_UP
    return SURVIVED if life.hurt else UNSEEN


def forked(library: ctypes.CDLL, folder: Path, fault: Fault, at: int) -> tuple[int, int]:
    """Run a child in its own process; returns its exit code (negative: the signal) and how often the call came."""
    (folder / "state").mkdir(parents=True)
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = child(library, folder, fault, at)
            (folder / "counted").write_text(str(library.crashlab_counted(fault.kind)))
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    counted = folder / "counted"
    return os.waitstatus_to_exitcode(status), int(counted.read_text()) if counted.exists() else 0


def spread(total: int, points: int) -> Iterator[int]:
    """Yield about ``points`` numbers from 1 to ``total``, evenly."""
    step = max(total // points, 1)
    yield from range(1, total + 1, step)


def main() -> None:
    """Sweep every fault over its calls."""
    root, points = Path(sys.argv[1]), int(sys.argv[2])
    library = ctypes.CDLL(None)
    for number, fault in enumerate(FAULTS):
        _, total = forked(library, root / f"{number}-dry", Fault("none", fault.kind, 0), 0)
        for at in spread(total, points):
            folder = root / f"{number}-{at}"
            code, _ = forked(library, folder, fault, at)
            seen = {"fault": fault.name, "at": at, "of": total, "code": code, "folder": str(folder)}
            sys.stdout.write(json.dumps(seen | {"killed": code == -signal.SIGKILL}) + "\n")


if __name__ == "__main__":
    main()
