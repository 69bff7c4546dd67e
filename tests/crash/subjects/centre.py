"""The centre as a subject of the crash lab: its keys and its database.

Whatever is left, its keys are those it signed with; an acknowledged batch is there exactly once; an epoch and an
edition are given once; what was in doubt may be sent again.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from edge.crypto.signing import SigningKey
from edge.domain.errors import ConfigError
from sync.artifact import open_artifact
from sync.central import keys as keys_module
from sync.central.artifacts import Publication
from sync.central.centre import Centre
from sync.central.intake import Duplicate
from sync.central.keys import CentreKeys, open_keys
from sync.central.store import sqlite
from sync.central.store.sqlite import open_sqlite
from sync.grant import grant_hash, open_grant
from sync.kit import EnrolmentRequest, open_kit
from sync.wire import encode
from tests.crash.lab.subject import Marks, Subject, Unheard, newest
from tests.crash.lab.trace import Mark
from tests.crash.subjects.planted import FORGOTTEN_FLUSHES, NEW_FOLDER, unflushed_folders
from tests.sync.builders import NOON_MS, TERMINAL_KEY, Ledger
from tests.sync.keys import BOX_PRIVATE, BOX_PUBLIC

ROUNDS: Final = 12
RIDES: Final = 4
"""Rides of one batch, two entries each."""

TERMINALS: Final = ("BUS-1", "BUS-2")


class Chance:
    """Bytes that nobody would call random, and that no two draws share."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._drawn = 0

    def draw(self, count: int) -> bytes:
        """Return the next bytes."""
        self._drawn += 1
        return hashlib.sha512(f"{self._name} {self._drawn}".encode()).digest()[:count]


class City:
    """A centre that runs on a folder, and the terminals that send to it."""

    def __init__(self, folder: Path, name: str, marks: Marks) -> None:
        self.folder = folder
        self.marks = marks
        self.chance = Chance(name)
        self.ledgers: dict[str, Ledger] = {}
        self.centre: Centre

    async def start(self) -> None:
        """Open keys and store."""
        self.marks.begin("keys")
        keys = open_keys(self.folder, self.chance.draw)
        self.store = await open_sqlite(self.folder / "central.db")
        self.centre = Centre(self.store, keys, lambda: NOON_MS, self.chance.draw)
        self.marks.done("keys", keys=fingerprint(keys))

    async def enrol(self, terminal: str) -> None:
        """Enrol a terminal; its journal begins."""
        token = await self.centre.new_token(terminal)
        request = EnrolmentRequest(terminal, token.secret, TERMINAL_KEY.public, BOX_PUBLIC, 0)
        self.marks.begin("enrol", terminal=terminal, request=encode(request).hex())
        kit = open_kit(await self.centre.enrol(encode(request)), BOX_PRIVATE, token.fingerprint)
        epoch = open_grant(kit.grant, kit.centre_key).epoch
        start = grant_hash(kit.grant)
        self.ledgers[terminal] = Ledger(epoch, start, terminal=terminal)
        self.marks.done("enrol", terminal=terminal, epoch=epoch, start=start.hex())

    async def send(self, terminal: str) -> None:
        """Send what the terminal's next rides wrote."""
        ledger = self.ledgers[terminal]
        first = ledger.last + 1
        ride_on(ledger, ledger.last + 2 * RIDES)
        self.marks.begin("send", terminal=terminal, last=ledger.last)
        receipt = await self.centre.receive(terminal, ledger.packed(first))
        self.marks.done("send", terminal=terminal, last=receipt.ack.acked_seq)

    async def publish(self, edition: int) -> None:
        """Publish an edition."""
        parts = [Publication("tariff", "tariff", b"fares %d" % edition), Publication("deny_list", "deny_list", b"")]
        self.marks.begin("publish", edition=edition)
        self.marks.done("publish", edition=await self.centre.publish(parts))


def ride_on(ledger: Ledger, last: int) -> None:
    """Let a journal grow by whole rides to at least ``last`` entries; the same each time."""
    while ledger.last < last:
        ledger.ride(ledger.last + 1)


def fingerprint(keys: CentreKeys) -> str:
    """Return what tells keys apart, and no key."""
    secrets = keys.signing.public + keys.clearing_public + keys.token_key.secret
    return hashlib.sha256(secrets).hexdigest()


def live(folder: Path, marks: Marks) -> None:
    """Open, enrol, receive, publish, restart."""
    setattr(sqlite, "WRITES_PER_CHECKPOINT", 5)  # noqa: B010 - so that checkpoints come often; the name is final
    asyncio.run(_live(City(folder / "centre", "life", marks)))


async def _live(city: City) -> None:
    await city.start()
    for terminal in TERMINALS:
        await city.enrol(terminal)
    for number in range(1, ROUNDS + 1):
        await city.send(TERMINALS[number % len(TERMINALS)])
        if number % 3 == 1:
            await city.publish(number // 3 + 1)
        if number % 5 == 0:
            await city.store.close()
            await city.start()
    await city.store.close()


async def check(folder: Path, marks: Sequence[Mark]) -> list[str]:
    """Open the centre again, ask for all that it acknowledged, and send what was in doubt."""
    city = City(folder / "centre", "check", Unheard())
    await city.start()
    try:
        broken = _changed_keys(city, marks)
        broken += await _lost_epochs(city, marks)
        broken += await _lost_batches(city, marks)
        broken += await _lost_editions(city, marks)
        return broken + list((await city.centre.books()).problems)
    finally:
        await city.store.close()


def _changed_keys(city: City, marks: Sequence[Mark]) -> list[str]:
    keys = open_keys(city.folder, city.chance.draw)
    promised = {mark["keys"] for mark in marks if mark.get("done") == "keys"}
    broken = ["the keys were promised and are others"] if promised - {fingerprint(keys)} else []
    shown = city.folder / "centre.pub"
    if not shown.exists():
        return [*broken, "no public key is shown"]
    return broken + ([] if shown.read_bytes() == keys.signing.public else ["the public key that is shown is another"])


async def _lost_epochs(city: City, marks: Sequence[Mark]) -> list[str]:
    """Return the grants that could be had twice; note the journals that go with the others."""
    broken = []
    for mark in marks:
        if mark.get("done") == "enrol":
            terminal = mark["terminal"]
            city.ledgers[terminal] = Ledger(mark["epoch"], bytes.fromhex(mark["start"]), terminal=terminal)
            request = next(m["request"] for m in marks if m.get("begin") == "enrol" and m["terminal"] == terminal)
            try:
                await city.centre.enrol(bytes.fromhex(request))
            except ConfigError:
                continue  # ENROLMENT_REFUSED: the token is used up
            broken.append(f"the token of {terminal} can be used twice")
    return broken


async def _lost_batches(city: City, marks: Sequence[Mark]) -> list[str]:
    """Send everything again: what was acknowledged is a duplicate, the rest is taken, and the books are right."""
    broken, rides = [], 0
    for terminal, ledger in city.ledgers.items():
        own = [mark for mark in marks if mark.get("terminal") == terminal]
        promised, begun = newest(own, "send", "last")
        ride_on(ledger, begun)
        rides += ledger.last // 2
        if promised:
            receipt = await city.centre.receive(terminal, ledger.packed(1, promised))
            if not isinstance(receipt.verdict, Duplicate) or receipt.ack.acked_seq != promised:
                broken.append(f"{terminal} to {promised} was acknowledged and is {receipt.verdict}")
        if begun:
            receipt = await city.centre.receive(terminal, ledger.packed())
            if receipt.ack.acked_seq != begun:
                broken.append(f"{terminal}: sent again to {begun}, acknowledged to {receipt.ack.acked_seq}")
    found = sum(line.taps for line in (await city.centre.books()).media)
    return broken + ([f"{found} rides are booked, {rides} were taken"] if found != rides else [])


async def _lost_editions(city: City, marks: Sequence[Mark]) -> list[str]:
    promised, begun = newest(marks, "publish", "edition")
    manifest = await city.centre.manifest()
    found = 0 if manifest is None else open_artifact(manifest[0], _signing(city).public, kind="edition")[0].version
    return [] if promised <= found <= begun else [f"edition {found} is the newest, promised {promised}, begun {begun}"]


def _signing(city: City) -> SigningKey:
    return open_keys(city.folder, city.chance.draw).signing


def _commit_without_waiting() -> None:
    real = sqlite._prepare  # noqa: SLF001 - the planted fault sits behind the product's own preparation

    def careless(connection: sqlite3.Connection) -> None:
        real(connection)
        connection.execute("PRAGMA synchronous = NORMAL")

    setattr(sqlite, "_prepare", careless)  # noqa: B010 - planted, in a process of its own


NO_WAIT: Final = "a commit does not wait for the disk"
FAULTS: Final[Mapping[str, Callable[[], None]]] = {
    **FORGOTTEN_FLUSHES,
    NEW_FOLDER: unflushed_folders(keys_module),
    NO_WAIT: _commit_without_waiting,
}

CENTRE: Final = Subject("centre", live, check, FAULTS)
