"""The terminal that a courier command serves: the running one over its sync socket, or its files under their lock.

A removed disk needs no configuration and no credentials: journals, grants and the key that signs lie in its state
folder, and under the identity they make it is drained.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from edge import __version__
from edge.cli.locate import Located
from edge.cli.stopped_terminal import as_owner
from edge.control.client import connect
from edge.control.messages import Message
from edge.crypto.signing import load_signing_key
from edge.domain.entry import Remark
from edge.domain.errors import ConfigError, RemoteProtocolError, StoreError
from edge.domain.exchange import HEAD_PURPOSE, Ack
from edge.domain.frozen import frozen
from edge.store.epochs import EarlierJournals, open_earlier
from edge.store.journal import open_journal
from edge.store.lock import JournalLock
from edge.store.reference import FileReference
from edge.store.settings import JournalSettings
from edge.terminal.control import Verb
from edge.terminal.key_verbs import KeyVerbs
from edge.terminal.reporting import edition_of
from edge.terminal.streams import EpochStream
from edge.terminal.verbs import SyncVerbs
from sync.batch import open_ack
from sync.enrolment_files import EnrolmentFiles, read_trust, retired_epochs
from sync.feed import Caller, Feed
from sync.grant import grant_hash, read_grant
from sync.wire import statement

AS_THEY_ARE: Final = JournalSettings(reserve_bytes=0, floor_bytes=0, wal_bytes=32 * 1024)
"""A journal is opened for a courier without making room beside it: nothing on a disk changes but what an ack moves."""


@frozen
class OpenFiles:
    """A terminal that does not run, opened: its journals, oldest epoch first, what is in force, and the sync verbs."""

    terminal: str
    streams: list[EpochStream]
    reference: FileReference
    verbs: Mapping[str, Verb]


@frozen
class Files:
    """Answers the verbs of the sync role for a terminal that does not run."""

    verbs: Mapping[str, Verb]

    async def call(self, verb: str, **members: object) -> Message:
        """Do one verb, as the terminal would."""
        return {"ok": True, **await self.verbs[verb](members)}


@asynccontextmanager
async def open_feed(located: Located, socket: Path) -> AsyncIterator[Feed]:
    """Connect to the running terminal, or open its files.

    Raises ``CONTROL_ABSENT`` where it runs and cannot be reached, else what opening the files raises.
    """
    async with AsyncExitStack() as stack:
        try:
            caller: Caller = await stack.enter_async_context(connect(socket))
        except RemoteProtocolError as absent:
            try:
                with as_owner(located.paths.state):
                    stack.enter_context(JournalLock(located.paths.journal_lock))
                caller = Files((await open_files(located, stack)).verbs)
            except StoreError as error:
                if error.code == "STORE_LOCKED":
                    raise absent from error
                raise
        yield Feed(caller)


async def open_files(located: Located, stack: AsyncExitStack) -> OpenFiles:
    """Open every journal and, on the device itself, its editions; ``stack`` closes them. The caller has the lock."""
    state = located.paths.state
    with as_owner(state):  # what is made here, the service must be able to open
        grants = _grants(state)
        terminal = read_grant(grants[-1][1]).terminal
        journals = await _open_journals(state, terminal, grants, stack)
        trust, key = read_trust(state), load_signing_key(EnrolmentFiles(state).terminal_key)
        reference = stack.enter_context(FileReference(located.paths.editions, trust.ever, trust.in_force))
        if located.config is not None:
            reference.start()

    async def hello(_message: Message) -> Message:
        places = [stream.position() for stream in journals]
        edition = edition_of(reference)
        return {"terminal": terminal, "version": __version__, "edition": edition, "streams": places}

    async def install(path: Path) -> int:
        return reference.install(state / path)

    verbs = SyncVerbs(
        streams=lambda: list(journals),
        sign=lambda head: key.sign(statement(HEAD_PURPOSE, head)),
        open_ack=lambda packed: open_ack(packed, trust.in_force),
        install=install,
        acked=_nobody_hears,
    )
    keys = KeyVerbs(trust, lambda: 0, _nobody_notes)
    return OpenFiles(terminal, journals, reference, {**verbs.verbs(), **keys.verbs(), "hello": hello})


def _grants(state: Path) -> list[tuple[int, bytes]]:
    """Return epochs with their grant files, oldest first; the last is in force, or was until an enrolment was cut."""
    files = EnrolmentFiles(state)
    found = {epoch: files.old_grant(epoch).read_bytes() for epoch in retired_epochs(state)}
    if files.grant.exists():
        in_force = files.grant.read_bytes()
        found[read_grant(in_force).epoch] = in_force
    if not found:
        raise ConfigError("NOT_ENROLLED", f"{files.grant}: no epoch grant")
    return sorted(found.items())


async def _open_journals(
    state: Path, terminal: str, grants: list[tuple[int, bytes]], stack: AsyncExitStack
) -> list[EpochStream]:
    """Open the journals that exist, oldest epoch first; raises where one cannot be read: half a drain is none."""
    hashes = [(epoch, grant_hash(file)) for epoch, file in grants]
    earlier: EarlierJournals = await open_earlier(state, terminal, hashes, AS_THEY_ARE, stack)
    for fault in earlier.faults:
        raise fault
    streams = [EpochStream(each.epoch, each) for each in earlier.journals]
    path = state / "journal.db"
    if path.exists():
        epoch, first = hashes[-1]
        journal = await open_journal(
            path, terminal=terminal, epoch=epoch, grant_hash=first, settings=AS_THEY_ARE, create=False
        )
        stack.push_async_callback(journal.close)
        streams.append(EpochStream(epoch, journal))
    return streams


async def _nobody_notes(_remark: Remark) -> None:
    """Leave the journal of a terminal that is down as it is: what is believed is on its disk."""


async def _nobody_hears(ack: Ack, *, carried: bool) -> None:
    """Leave it at the watermark: no service is there that the ack could stop, no clock that it could teach."""
