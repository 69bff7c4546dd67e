"""Can this release take a device over? It reads the whole queue, on copies, while the terminal stands still."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.cli.locate import Located
from edge.cli.stopped_terminal import as_owner
from edge.crypto.signing import coded_errors
from edge.domain.errors import PolicyError, StoreError
from edge.domain.frozen import frozen
from edge.store.lock import JournalLock
from edge.store.reference import FileReference
from edge.store.rehearsal import Rehearsed, rehearse
from edge.store.standing import JournalIdentity
from sync.enrolment_files import EnrolmentFiles, read_trust, retired_epochs
from sync.grant import grant_hash, read_grant

COPIES: Final = "upgrade-check"
"""The folder of the copies, beside the journals: there is their room. A cut may leave it; the next check removes it."""


@frozen
class Queue:
    """What a device holds, by journal and oldest epoch first, and the edition that was read with it (0: none)."""

    journals: tuple[Rehearsed, ...]
    edition: int

    @property
    def problems(self) -> list[str]:
        """Return everything that keeps this release from taking over."""
        return [f"epoch {each.epoch}: {problem}" for each in self.journals for problem in each.problems]

    @property
    def unsent(self) -> int:
        """Return how many entries the centre has not acknowledged."""
        return sum(each.unsent for each in self.journals)

    @property
    def way_back(self) -> bool:
        """Say whether the release before could go on with what this one leaves."""
        return all(each.way_back for each in self.journals)


async def check_queue(located: Located) -> Queue:
    """Read the queue of a device whose terminal is stopped. Nothing in its folder is changed.

    Raises ``STORE_LOCKED`` where the terminal runs, and what opening a journal raises.
    """
    state = located.paths.state
    with as_owner(state), JournalLock(located.paths.journal_lock), _copies(state) as folder:
        found = []
        for path, identity in _journals(state):
            found.append(await rehearse(_copied(path, folder), identity))
        return Queue(tuple(found), _edition(located) if found else 0)


@contextmanager
def _copies(state: Path) -> Iterator[Path]:
    """Give an empty folder for copies and remove it afterwards."""
    folder = state / COPIES
    shutil.rmtree(folder, ignore_errors=True)
    with coded_errors(folder):
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _journals(state: Path) -> Iterator[tuple[Path, JournalIdentity]]:
    """Yield every journal with whose it is; raises ``STORE_FOREIGN`` for one that no grant explains."""
    files = EnrolmentFiles(state)
    grants = {state / f"journal-{epoch}.db": files.old_grant(epoch) for epoch in retired_epochs(state)}
    grants[state / "journal.db"] = files.grant
    for path in sorted(state.glob("journal*.db")):
        if path not in grants or not grants[path].exists():
            raise StoreError("STORE_FOREIGN", f"{path}: no grant says whose journal this is")
    for path, file in grants.items():
        if path.exists():
            packed = file.read_bytes()
            grant = read_grant(packed)
            yield path, JournalIdentity(grant.terminal, grant.epoch, grant_hash(packed))


def _copied(path: Path, folder: Path) -> Path:
    """Copy a journal with its log. Under the lock nobody writes, so that the two fit together."""
    for name in (path.name, path.name + "-wal"):
        with coded_errors(folder / name):
            if path.with_name(name).exists():
                shutil.copyfile(path.with_name(name), folder / name)
    return folder / path.name


def _edition(located: Located) -> int:
    """Return the edition that this release puts into force, 0 where there is none; raises why it refuses one."""
    with FileReference(located.paths.editions, read_trust(located.paths.state).ever) as reference:
        faults = reference.start()
        headers = reference.artifacts()
    refused = [fault for fault in faults if isinstance(fault, PolicyError) and fault.code != "ARTIFACT_EXPIRED"]
    if refused and not headers:
        raise refused[0]
    return headers[0].version if headers else 0
