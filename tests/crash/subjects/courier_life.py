"""A terminal and a centre's desk that exchange everything by stick; the promises of that. Only the stick is watched."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edge.control.messages import SLICE_ENTRIES_MAX, Message, to_bytes, to_text
from edge.crypto.signing import make_folder
from edge.domain.exchange import ACK_PURPOSE, Ack
from sync.batch import batch_hash, check_batch, decode_batch, encode_ack, open_ack
from sync.central.courier import Load, TakeIn
from sync.central.squeeze import inflate
from sync.courier import BringIn, CarryOut
from sync.courier_stick import Stick, open_stick
from sync.feed import Feed
from sync.paths import MANIFEST_PATH, segment_path
from sync.wire import statement
from tests.crash.lab.subject import Marks
from tests.crash.subjects.shelf import shelf
from tests.store.editions import CENTRE
from tests.sync.builders import NOON_MS, TERMINAL_KEY, Ledger

ROUNDS: Final = 6
RIDES: Final = 2
BATCH_ENTRIES: Final = 3


@dataclass
class Journal:
    """A terminal's journal behind the verbs of the sync role."""

    ledger: Ledger = field(default_factory=Ledger)
    acked: int = 0

    def grow(self, last: int) -> None:
        """Let it grow by whole rides; the same each time."""
        while self.ledger.last < last:
            self.ledger.ride(self.ledger.last + 1)

    async def call(self, verb: str, **members: object) -> Message:
        """Answer as a terminal does."""
        ledger = self.ledger
        if verb == "hello":
            place = {"epoch": 1, "acked": self.acked, "last": ledger.last, "send_from": self.acked + 1}
            return {"terminal": ledger.terminal, "edition": 0, "version": "life", "streams": [place]}
        if verb == "ack":
            self.acked = max(self.acked, open_ack(to_bytes(members["bytes"]), CENTRE.public).acked_seq)
            return {"acked": self.acked}
        first, count = members["from"], members["max"]
        assert isinstance(first, int)
        assert isinstance(count, int)
        last = min(first - 1 + min(count, SLICE_ENTRIES_MAX), ledger.last)
        return self._slice(first, last) if first <= last else {"entries": []}

    def _slice(self, first: int, last: int) -> Message:
        batch = self.ledger.batch(first, last)
        return {
            "first_seq": first,
            "last_seq": last,
            "previous_hash": to_text(batch.span.previous_hash),
            "head_hash": to_text(batch.span.head_hash),
            "signature": to_text(batch.signature),
            "entries": [to_text(entry) for entry in batch.entries],
        }


@dataclass
class Desk:
    """The centre's verbs over what it holds in memory; ``edition`` is the newest on its shelf."""

    edition: int = 0
    held: dict[int, bytes] = field(default_factory=dict)

    async def ask(self, verb: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        """Answer as the centre does."""
        if verb == "manifest":
            return {"file": _text(shelf(self.edition).files[MANIFEST_PATH])}
        if verb == "segment":
            sha256, start = bytes.fromhex(str(arguments["sha256"])), arguments["from"]
            assert isinstance(start, int)
            return {"piece": _text(shelf(self.edition).files[segment_path(sha256)][start : start + 1000])}
        batch = decode_batch(inflate(base64.b64decode(str(arguments["batch"]))))
        check_batch(batch, TERMINAL_KEY.public)
        span = batch.span
        self.held |= dict(enumerate(batch.entries, span.first_seq))
        last = span.last_seq
        named = (span.terminal, span.epoch, span.first_seq, last, batch_hash(span))
        ack = Ack(*named, 1, last, last + 1, (), NOON_MS, ())
        return {"verdict": "accepted", "ack": _text(encode_ack(ack, CENTRE.sign(statement(ACK_PURPOSE, ack))))}


@dataclass
class Carrying:
    """A stick, and everybody it is carried to."""

    stick: Stick
    marks: Marks
    journal: Journal = field(default_factory=Journal)
    desk: Desk = field(default_factory=Desk)

    async def export(self, last: int) -> None:
        """Carry out a journal of so many entries."""
        self.journal.grow(last)
        self.marks.begin("export", last=last)
        await CarryOut(Feed(self.journal), self.stick, lambda _: b"grant", BATCH_ENTRIES).run()
        self.marks.done("export", last=last)

    async def take_in(self) -> list[str]:
        """Take batches in at the desk; returns what was refused or missed."""
        taken = await TakeIn(self.desk.ask, self.stick, CENTRE.public).run()
        self.marks.done("acks", last=max(self.desk.held, default=0))
        return [*map(str, taken.refused.values()), *taken.missing]

    async def load(self, edition: int) -> None:
        """Load the stick with an edition."""
        self.desk.edition = edition
        self.marks.begin("load", edition=edition)
        await Load(self.desk.ask, self.stick, CENTRE.public).run()
        self.marks.done("load", edition=edition)

    async def bring_in(self) -> list[str]:
        """Hand the acks to the terminal; returns what was refused."""
        brought = await BringIn(Feed(self.journal), self.stick, CENTRE.public).run()
        return list(map(str, brought.refused.values()))


def live(folder: Path, marks: Marks) -> None:
    """Go to and fro."""
    make_folder(folder / "stick")
    asyncio.run(_live(Carrying(open_stick(folder / "stick", CENTRE.public, fill=True), marks)))


async def _live(carrying: Carrying) -> None:
    for number in range(1, ROUNDS + 1):
        await carrying.export(2 * RIDES * number)
        await carrying.take_in()
        await carrying.load(number)
        await carrying.bring_in()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
