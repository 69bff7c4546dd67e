"""Enrolment as a subject of the crash lab: keys, grants, and the journals of earlier epochs.

Whatever is left, the old or the new enrolment is in force, whole, or (only while it is being changed) none, and then
the same command again ends in the new one; no unsent entry is lost; no secret is readable by others; no grant is half.

A half key would harm nobody in this life: keys are written while no grant is in force, and the command that was cut
short writes them again. That is the order of an enrolment, not the promise of the writing, and the next caller may have
another order: so every key is looked at by itself, and is the old or the new one, whole.
"""

from __future__ import annotations

import hashlib
import stat
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from edge.crypto import signing as signing_module
from edge.crypto.signing import KEY_BYTES
from edge.domain.errors import ConfigError, RemoteProtocolError
from edge.store.journal import open_journal
from sync import enrolment as enrolment_module
from sync.enrolment_files import Enrolment, EnrolmentFiles, load_enrolment
from sync.grant import open_grant
from sync.wire import decode_entry
from tests.crash.lab.subject import Marks, Subject, Unheard
from tests.crash.lab.trace import Mark
from tests.crash.subjects import enrolment_life
from tests.crash.subjects.enrolment_life import TERMINAL, TOKEN_KEY, Device, seed_of
from tests.crash.subjects.planted import FORGOTTEN_FLUSHES, NEW_FOLDER, unflushed_folders, written_in_place
from tests.store.editions import CENTRE
from tests.store.journals import SMALL

EPOCHS: Final = range(1, 12)
NEXT: Final = 7
SECRETS: Final = (TOKEN_KEY, *(seed_of(epoch) for epoch in EPOCHS))


def live(folder: Path, marks: Marks) -> None:
    """Live as a device does; the stick lies outside what is watched."""
    with tempfile.TemporaryDirectory() as stick:
        enrolment_life.live(folder, marks, Path(stick))


async def check(folder: Path, marks: Sequence[Mark]) -> list[str]:
    """Look at the enrolment, finish or repeat what was begun, and open every journal."""
    enrols = [mark for mark in marks if "enrol" in (mark.get("begin"), mark.get("done"))]
    promised = next((mark for mark in reversed(enrols) if "done" in mark), None)
    begun = enrols[-1] if enrols and "begin" in enrols[-1] else None
    broken = _readable_secrets(folder) + _half_grants(folder / "state") + _half_keys(folder)
    found = _loaded(folder)
    if isinstance(found, Enrolment):
        broken += _foreign(found, promised, begun)
    elif found.code != "NOT_ENROLLED" or (begun is None and promised is not None):
        broken.append(str(found))
    if begun is not None:
        broken += _finish(folder, found, begun)
    return broken + await _lost_entries(folder, marks)


def _loaded(folder: Path) -> Enrolment | ConfigError:
    try:
        return load_enrolment(folder / "state", folder / "credentials")
    except ConfigError as error:
        return error


def _foreign(found: Enrolment, promised: Mark | None, begun: Mark | None) -> list[str]:
    """Say where the enrolment in force is neither the promised nor the begun one."""
    if promised is not None and (found.epoch, found.grant_hash.hex()) == (promised["epoch"], promised["grant"]):
        return []
    if begun is not None and found.epoch == begun["epoch"]:
        return []
    return [f"epoch {found.epoch} is in force, promised {promised}, begun {begun and begun['epoch']}"]


def _finish(folder: Path, found: Enrolment | ConfigError, begun: Mark) -> list[str]:
    """Give the command that was cut short once more; where that cannot be, enrol anew."""
    with tempfile.TemporaryDirectory() as stick:
        device = Device(folder, Path(stick), Unheard())
        if begun["kit"] == "spare":
            if not (isinstance(found, Enrolment) and found.epoch == begun["epoch"]):
                device.take_spare(begun["epoch"])
        elif begun["kit"] and (EnrolmentFiles(device.state).keys / enrolment_module.PENDING).exists():
            device.install(bytes.fromhex(begun["kit"]))
        elif not (isinstance(found, Enrolment) and found.epoch == begun["epoch"]):
            device.enrol(NEXT)
    ended = _loaded(folder)
    if isinstance(ended, Enrolment) and ended.epoch in (begun["epoch"], NEXT):
        return []
    return [f"the command of epoch {begun['epoch']} given again ends in {getattr(ended, 'epoch', ended)}"]


def _readable_secrets(folder: Path) -> list[str]:
    """Return the files with a secret in them that others may read."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    loose = [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077]
    return [f"{path.name} shows a secret" for path in loose if any(secret in path.read_bytes() for secret in SECRETS)]


def _half_grants(state: Path) -> list[str]:
    """Return the grants that are not whole."""
    broken = []
    for path in (EnrolmentFiles(state).grant, EnrolmentFiles(state).spare, *sorted(state.glob("grant-*"))):
        if path.exists() and path.suffix != ".new":
            try:
                open_grant(path.read_bytes(), CENTRE.public)
            except RemoteProtocolError as error:
                broken.append(f"{path.name}: {error}")
    return broken


def _half_keys(folder: Path) -> list[str]:
    """Return the keys that no enrolment of this life has ever given to anybody; the clearing key has its own hash."""
    keys = EnrolmentFiles(folder / "state").keys
    whole = {
        keys / "terminal.key": {seed_of(epoch) for epoch in EPOCHS},
        keys / "centre.pub": {CENTRE.public},
        folder / "credentials" / "token-key-1": {TOKEN_KEY},
    }
    half = [path.name for path, given in whole.items() if path.exists() and path.read_bytes() not in given]
    pending = keys / enrolment_module.PENDING
    if pending.exists() and not _is_request(pending.read_bytes()):
        half.append(pending.name)
    return [f"{name} is half a key" for name in half]


def _is_request(secret: bytes) -> bool:
    """Say whether these are a seed of this life and, beside it, a key to open a box with."""
    return len(secret) == 2 * KEY_BYTES and secret[:KEY_BYTES] in {seed_of(epoch) for epoch in EPOCHS}


async def _lost_entries(folder: Path, marks: Sequence[Mark]) -> list[str]:
    """Open every journal, as the terminal does, and return the promised entries that are in none."""
    found = _loaded(folder)
    if not isinstance(found, Enrolment):
        return ["not enrolled, and entries wait"] if any(mark.get("done") == "append" for mark in marks) else []
    state = folder / "state"
    journals = [(state / f"journal-{epoch}.db", epoch, first) for epoch, first in found.old_epochs]
    journals.append((state / "journal.db", found.epoch, found.grant_hash))
    held: dict[tuple[int, int], str] = {}
    broken: list[str] = []
    for path, epoch, first in journals:
        if path.exists():
            broken += await _read_journal(path, epoch, first, held)
    appended = {(mark["epoch"], mark["seq"]): mark["sha256"] for mark in marks if mark.get("done") == "append"}
    return broken + [f"entry {key} was promised and is lost" for key in appended if held.get(key) != appended[key]]


async def _read_journal(path: Path, epoch: int, first: bytes, held: dict[tuple[int, int], str]) -> list[str]:
    journal = await open_journal(path, terminal=TERMINAL, epoch=epoch, grant_hash=first, settings=SMALL)
    try:
        problems = [str(problem) for problem in await journal.verify()]
        for packed in await journal.page(1, journal.last_seq + 1):
            held[epoch, decode_entry(packed).seq] = hashlib.sha256(packed).hexdigest()
    finally:
        await journal.close()
    return problems


def _forget_the_log() -> None:
    def set_aside(state: Path, epoch: int) -> None:
        journal = state / "journal.db"
        if journal.exists():
            journal.replace(state / f"journal-{epoch}.db")

    setattr(enrolment_module, "set_journal_aside", set_aside)  # noqa: B010 - as above


LOG_LEFT: Final = "a journal is set aside without its log"
GRANT_IN_PLACE: Final = "a grant is written in place"
KEY_IN_PLACE: Final = "a key is written in place"
FAULTS: Final[Mapping[str, Callable[[], None]]] = {
    **FORGOTTEN_FLUSHES,
    NEW_FOLDER: unflushed_folders(enrolment_module),
    LOG_LEFT: _forget_the_log,
    GRANT_IN_PLACE: written_in_place((enrolment_module, "write_durably")),
    KEY_IN_PLACE: written_in_place((enrolment_module, "write_secret"), (signing_module, "write_secret")),
}

ENROLMENT: Final = Subject("enrolment", live, check, FAULTS)
