"""Fails, or kills at, the n-th write, flush or change of names in a subject's life, for many n: one forked child each.

Runs under the shim: ``python -m tests.crash.sweep SUBJECT FOLDER POINTS``. Prints one JSON line per point; the folders
are left to whoever looks at them without the shim.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.domain.entry import Draft, Entry
from edge.domain.errors import OneCardError, StoreError
from tests.crash.lab.subject import Marks, Subject
from tests.crash.subjects.every import subject_named
from tests.crash.subjects.journal import JOURNAL
from tests.crash.subjects.journal_life import Life

TAPS: Final = 22
ON_WRITE: Final = 1
ON_SYNC: Final = 2
ON_FOLDER_SYNC: Final = 3
ON_CHANGE: Final = 4
KILL_BEFORE: Final = -1
KILL_AFTER: Final = -2
UNSEEN, SURVIVED, GAVE_UP, UNCODED = 0, 1, 3, 70
"""Exit codes of a child: no error reached it, it reopened and went on, a coded error ended it, or any other."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to the calls of one kind: an errno or a kill, once or from then on."""

    name: str
    kind: int
    action: int
    sticky: bool = False


READ_ONLY: Final = (
    Fault("read-only (EROFS) once", ON_CHANGE, errno.EROFS),
    Fault("read-only (EROFS) from then on", ON_CHANGE, errno.EROFS, sticky=True),
)

FAULTS: Final = (
    *READ_ONLY,
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

FILE_FAULTS: Final = (
    *READ_ONLY,
    Fault("write ENOSPC from then on", ON_WRITE, errno.ENOSPC, sticky=True),
    Fault("flush EIO once", ON_SYNC, errno.EIO),
    Fault("folder flush EIO once", ON_FOLDER_SYNC, errno.EIO),
)
"""For parts that a coded error ends: somebody gives the command again, or the service manager starts it again."""


def faults_of(subject: Subject) -> tuple[Fault, ...]:
    """Return the faults that a subject is put under."""
    return FAULTS if subject is JOURNAL else FILE_FAULTS


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


def lived(subject: Subject, folder: Path) -> int:
    """Live; returns the exit code."""
    marks = Marks(folder / "marks")
    try:
        if subject is not JOURNAL:
            subject.live(folder / "state", marks)
            return UNSEEN
        life = Survivor(folder / "state" / "journal.db", marks)
        asyncio.run(life.live(TAPS))
    except OneCardError:
        return GAVE_UP
    return SURVIVED if life.hurt else UNSEEN


def forked(library: ctypes.CDLL, subject: Subject, folder: Path, fault: Fault, at: int) -> tuple[int, int]:
    """Live under a fault in a child; returns its exit code (negative: the signal) and how often the call came."""
    (folder / "state").mkdir(parents=True)
    pid = os.fork()
    if pid == 0:
        code = UNCODED
        library.crashlab_arm(os.fsencode(folder / "state"), fault.kind, at, fault.action, int(fault.sticky))
        try:
            code = lived(subject, folder)
            (folder / "counted").write_text(str(library.crashlab_counted(fault.kind)))
        except BaseException:
            traceback.print_exc()
            raise
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
    subject, root, points = subject_named(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    library = ctypes.CDLL(None)
    for number, fault in enumerate(faults_of(subject)):
        _, total = forked(library, subject, root / f"{number}-dry", Fault("none", fault.kind, 0), 0)
        for at in spread(total, points):
            folder = root / f"{number}-{at}"
            code, _ = forked(library, subject, folder, fault, at)
            seen = {"fault": fault.name, "at": at, "of": total, "code": code, "folder": str(folder)}
            sys.stdout.write(json.dumps(seen | {"killed": code == -signal.SIGKILL}) + "\n")


if __name__ == "__main__":
    main()
