"""A device that is enrolled, writes a journal, is enrolled anew, and takes its spare grant; the promises of that."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.crypto.signing import SigningKey
from edge.domain.errors import StoreError
from edge.domain.exchange import EnrolmentKit, Grant
from edge.store.journal import open_journal
from sync.enrolment import activate_spare, install_carried_kit, prepare_request
from sync.enrolment_files import load_enrolment
from sync.grant import seal_grant
from sync.kit import EnrolmentRequest, EnrolmentToken, fingerprint_of, seal_kit
from sync.wire import decode, encode_entry
from tests.crash.lab.subject import Marks
from tests.store import drafts
from tests.store.editions import CENTRE
from tests.store.journals import SMALL
from tests.sync.keys import BOX_PUBLIC

TERMINAL: Final = "bus-7"
TOKEN: Final = EnrolmentToken(TERMINAL, b"s" * 16, fingerprint_of(CENTRE.public))
TOKEN_KEY: Final = b"t" * 32
TAPS: Final = 3
GAVE_UP: Final = 3
"""Exit code of the journal's process where a coded error ended it."""


def seed_of(epoch: int) -> bytes:
    """Return the secret seed of the terminal's key that is made for an epoch."""
    return hashlib.sha256(b"seed of epoch %d" % epoch).digest()


def kit_for(epoch: int, box_key: bytes) -> bytes:
    """Return the kit of the centre for an epoch and its spare, sealed to the device."""
    public = SigningKey(seed_of(epoch)).public
    grant, spare = (
        seal_grant(CENTRE, Grant(TERMINAL, number, b"", public, drafts.START_MS, number != epoch))
        for number in (epoch, epoch + 1)
    )
    return seal_kit(CENTRE, EnrolmentKit(grant, spare, CENTRE.public, 1, TOKEN_KEY, 1, BOX_PUBLIC), box_key)


class Device:
    """One device: its folders below ``folder``, the stick on which requests and kits are carried, elsewhere."""

    def __init__(self, folder: Path, stick: Path, marks: Marks) -> None:
        self.state, self.credentials, self.stick = folder / "state", folder / "credentials", stick
        self.marks = marks
        self.stick.mkdir(exist_ok=True)

    def enrol(self, epoch: int) -> None:
        """Write a request, carry it to the centre, install the kit that comes back."""
        self.marks.begin("enrol", epoch=epoch, kit="")
        kit = self.request(epoch)
        self.marks.begin("enrol", epoch=epoch, kit=kit.hex())
        self.install(kit)
        self.promise("enrol")

    def request(self, epoch: int) -> bytes:
        """Write a request and return the kit that answers it."""
        request = prepare_request(TOKEN, self.state, self.credentials, lambda _: seed_of(epoch))
        return kit_for(epoch, decode(EnrolmentRequest, request).box_key)

    def install(self, kit: bytes) -> None:
        """Put a carried kit into force."""
        (self.stick / f"{TERMINAL}.kit").write_bytes(kit)
        install_carried_kit(self.stick, TOKEN, self.state, self.credentials)

    def take_spare(self, epoch: int) -> None:
        """Put the spare grant into force."""
        self.marks.begin("enrol", epoch=epoch, kit="spare")
        activate_spare(self.state)
        self.promise("enrol")

    def promise(self, name: str) -> None:
        """Promise the enrolment that is in force now."""
        enrolment = load_enrolment(self.state, self.credentials)
        self.marks.done(name, epoch=enrolment.epoch, grant=enrolment.grant_hash.hex())

    def drive(self, *, killed: bool) -> None:
        """Take some taps in a process of its own, which closes its journal or is killed with all in the log."""
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                asyncio.run(self._taps(os._exit if killed else None))
                code = 0
            except StoreError:
                code = GAVE_UP
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) == GAVE_UP:
            raise StoreError("STORE_IO", "the journal's process gave up")
        if status:
            raise ChildProcessError(status)

    async def _taps(self, leave: Callable[[int], None] | None) -> None:
        enrolment = load_enrolment(self.state, self.credentials)
        epoch, first_hash = enrolment.epoch, enrolment.grant_hash
        path = self.state / "journal.db"
        journal = await open_journal(path, terminal=TERMINAL, epoch=epoch, grant_hash=first_hash, settings=SMALL)
        for tap in range(1, TAPS + 1):
            entry = await journal.append(drafts.intent(tap))
            digest = hashlib.sha256(encode_entry(entry)).hexdigest()
            self.marks.done("append", epoch=epoch, seq=entry.seq, sha256=digest)
        if leave is not None:
            leave(0)
        await journal.close()


def live(folder: Path, marks: Marks, stick: Path) -> None:
    """Enrol, drive, enrol anew, drive, salvage, drive, enrol anew."""
    device = Device(folder, stick, marks)
    device.enrol(1)
    device.drive(killed=True)
    device.enrol(3)
    device.drive(killed=True)
    device.take_spare(4)
    device.drive(killed=False)
    device.enrol(5)
    device.drive(killed=True)
