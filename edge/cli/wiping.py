"""A terminal back to what it was before its enrolment; nothing that the centre lacks goes with it.

What waits for the centre is first written onto a courier stick and read back; two technicians sign for that. A wipe
that a power cut ends is finished when it is called again: the mark ``wipe.begun`` goes last.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import Final

from edge.cli.courier_terminal import Files, OpenFiles, open_files
from edge.cli.locate import Located
from edge.cli.queue_check import COPIES
from edge.cli.stopped_terminal import as_owner
from edge.clock import SystemClock
from edge.crypto.signing import coded_errors, sync_folder, write_durably
from edge.domain.entry import NO_TAP, Draft, Kind, Remark
from edge.domain.errors import ConfigError, StoreError
from edge.domain.frozen import frozen
from edge.domain.staff import Technician, TechnicianRoster, Trade
from edge.domain.work_pass import TECHNICIAN_SUBJECT, Work
from edge.proof import FILE as PROOF
from edge.store.left_acts import FOLDER as ACTS
from edge.store.lock import JournalLock
from edge.store.space import RESERVE
from edge.terminal.reporting import edition_of
from edge.terminal.streams import EpochStream
from edge.terminal.technicians import watch_of
from edge.terminal.timekeeping import passed_ms
from sync.courier import CarryOut
from sync.courier_stick import Stick, open_stick
from sync.enrolment_files import TOKEN_PREFIX, EnrolmentFiles, grant_of, read_trust, retired_epochs
from sync.feed import Feed
from sync.work_pass import admit

MARK: Final = "wipe.begun"
BESIDE: Final = ("", "-wal", "-shm", "-journal")
FOLDERS: Final = ("keys", "editions", "sync", ACTS, COPIES)
SIGNERS: Final = 2


@frozen
class WipeOrder:
    """What somebody asks for.

    ``passes`` are the lines of technicians' passes, ``stick`` takes what is unsent, ``named`` is the terminal's name
    as it was typed: it stands for a pass where there is no roster of technicians.
    """

    passes: Sequence[str]
    stick: Path | None
    named: str


@frozen
class Wiped:
    """What a wipe did: how many entries lie on the stick, by whose passes, and which files it left alone."""

    terminal: str
    exported: int = 0
    technicians: tuple[str, ...] = ()
    left: list[str] = field(default_factory=list)


async def wipe(located: Located, order: WipeOrder) -> Wiped:
    """Export, check, remove. Raises ``WIPE_REFUSED``, ``PASS_REFUSED``, ``STORE_LOCKED`` and what opening files does.

    Until everything that waits is proven to lie on the stick, nothing is removed.
    """
    state = located.paths.state
    with as_owner(state), JournalLock(located.paths.journal_lock):
        if (state / MARK).exists():
            return Wiped("", left=_remove(located))
        wiped = await _secure(located, order)
        write_durably(state / MARK, b"")
        return replace(wiped, left=_remove(located))


async def _secure(located: Located, order: WipeOrder) -> Wiped:
    """Have everything that waits on the stick, by the leave of those who may give it."""
    async with AsyncExitStack() as stack:
        files = await open_files(located, stack)
        if located.config is None:
            files.reference.start()
        clock = SystemClock(await passed_ms([stream.feed for stream in files.streams]))
        signers = _signers(files, order, clock)
        await _note(files, signers, clock)
        exported = 0 if order.stick is None else await _export(files, order.stick, located.paths.state)
    return Wiped(files.terminal, exported, tuple(signer.technician for signer in signers))


def _unsent(streams: Sequence[EpochStream]) -> int:
    places = [stream.feed.position() for stream in streams]
    return sum(place.last - place.acked for place in places)


def _signers(files: OpenFiles, order: WipeOrder, clock: SystemClock) -> list[Technician]:
    """Return whose passes cover this wipe; raises where they do not suffice for what is owed."""
    roster, owed = files.reference.value(TechnicianRoster), _unsent(files.streams)
    if owed and order.stick is None:
        raise ConfigError("WIPE_REFUSED", f"{files.terminal}: {owed} entries wait for the centre")
    if roster is None:
        if owed:
            raise ConfigError("WIPE_REFUSED", f"{owed} entries wait, and no roster says whose passes count")
        if order.named != files.terminal:
            raise ConfigError("WIPE_REFUSED", f"name the terminal: `--terminal {files.terminal}`")
        return []
    watch = watch_of(files.terminal, roster, clock)
    signers = {signer.technician: signer for text in order.passes for signer in [admit(text, watch, Work.WIPE)]}
    wanted = SIGNERS if owed else 1
    if len(signers) < wanted:
        raise ConfigError("WIPE_REFUSED", f"{owed} entries wait: passes of {wanted} technicians, not {len(signers)}")
    if owed and Trade.INSPECTOR not in {signer.role for signer in signers.values()}:
        raise ConfigError("WIPE_REFUSED", f"{owed} entries wait: one of the technicians has to be an inspector")
    return list(signers.values())


async def _note(files: OpenFiles, signers: Sequence[Technician], clock: SystemClock) -> None:
    """Write down who does it: the note travels with what is exported."""
    if not files.streams:
        return
    journal = files.streams[-1].feed
    named = tuple(("technician", signer.technician) for signer in signers)
    remark = Remark(TECHNICIAN_SUBJECT, (("action", "wipe"), *named))
    edition = edition_of(files.reference)
    await journal.append(Draft(Kind.NOTE, clock.wall_ms(), clock.quality(), edition, NO_TAP, 0, remark))


async def _export(files: OpenFiles, folder: Path, state: Path) -> int:
    """Write all that waits onto the stick, and read it back; returns the number of entries."""
    stick = open_stick(folder, read_trust(state).ever, fill=True)
    carried = await CarryOut(Feed(Files(files.verbs)), stick, partial(grant_of, state)).run()
    stick.settle()
    for stream in files.streams:
        if (missing := _missing(stick, files.terminal, stream)) is not None:
            raise StoreError("STICK_DAMAGED", f"entry {missing} of epoch {stream.epoch} is not whole on the stick")
    return carried.entries


def _missing(stick: Stick, terminal: str, stream: EpochStream) -> int | None:
    """Return the first entry the centre lacks that no whole batch on the stick covers; None: all lie there."""
    place = stream.feed.position()
    covered = place.acked
    spans = [span for span in stick.batches() if (span.terminal, span.epoch) == (terminal, stream.epoch)]
    for span in spans:
        if span.first_seq <= covered + 1 <= span.last_seq and stick.is_whole(span):
            covered = span.last_seq
    return None if covered >= place.last else covered + 1


def _remove(located: Located) -> list[str]:
    """Remove what enrolment, sync and the terminal made, the grant first; returns what else lies in the folder."""
    state = located.paths.state
    with coded_errors(state):
        for file in _files_of(located):
            file.unlink(missing_ok=True)
        for folder in (state / name for name in FOLDERS):
            if folder.is_dir():
                shutil.rmtree(folder)
        sync_folder(state)
        (state / MARK).unlink(missing_ok=True)
        sync_folder(state)
        return sorted(path.name for path in state.iterdir() if path != located.paths.journal_lock)


def _files_of(located: Located) -> Iterator[Path]:
    state = located.paths.state
    files = EnrolmentFiles(state)
    yield from (files.grant, files.spare, state / RESERVE, state / PROOF)
    epochs = retired_epochs(state)
    journals = ["journal.db", *(f"journal-{epoch}.db" for epoch in epochs)]
    yield from (state / f"{journal}{suffix}" for journal in journals for suffix in BESIDE)
    yield from (files.old_grant(epoch) for epoch in epochs)
    if located.config is not None and located.paths.credentials.is_dir():
        yield from located.paths.credentials.glob(f"{TOKEN_PREFIX}*")
