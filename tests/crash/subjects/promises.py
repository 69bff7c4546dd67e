"""What a journal's workload promised by its marks, and whether a journal that was opened again keeps it.

A mark is one JSON line: ``{"begin": name, ...}`` before a call, ``{"done": name, ...}`` once it returned. An entry is
``done`` at the moment at which the terminal would give the accepted signal.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from edge.domain.entry import PaidTap
from edge.domain.tap import Token
from edge.store.journal import SqliteJournal
from sync.wire import decode_entry
from tests.crash.lab.trace import Mark


@dataclass(slots=True)
class Promises:
    """What was begun and what was done up to some mark.

    ``entries``: seq -> SHA-256 of the canonical bytes; ``taps``: how often each tap id was written at least.
    """

    entries: dict[int, str] = field(default_factory=dict)
    begun_seq: int = 0
    open_intents: set[int] = field(default_factory=set)
    closing: int = 0
    acked: int = 0
    acked_begun: int = 0
    aside: int = 0
    aside_begun: int = 0
    pruned: int = 0
    pruned_begun: int = 0
    signed_ms: int = 0
    signed_begun_ms: int = 0

    def take(self, mark: Mark) -> None:
        """Take one mark into account."""
        name = mark.get("begin") or mark["done"]
        begun = "begin" in mark
        getattr(self, f"_{name}")(mark, begun=begun)

    def _append(self, mark: Mark, *, begun: bool) -> None:
        ref_seq = int(mark["ref_seq"])
        if begun:
            self.begun_seq = max(self.begun_seq, int(mark["seq"]))
            self.closing = ref_seq
            return
        seq = int(mark["seq"])
        if mark["durable"]:
            self.entries[seq] = mark["sha256"]
        self.closing = 0
        self.open_intents.discard(ref_seq)
        if mark["kind"] == "INTENT":
            self.open_intents.add(seq)

    def _ack(self, mark: Mark, *, begun: bool) -> None:
        self.acked_begun = int(mark["acked"])
        if not begun:
            self.acked = self.acked_begun

    def _refuse(self, mark: Mark, *, begun: bool) -> None:
        self.aside_begun = int(mark["aside"])
        if not begun:
            self.aside = self.aside_begun

    def _prune(self, mark: Mark, *, begun: bool) -> None:
        if begun:
            self.pruned_begun = self.acked
        else:
            self.pruned = int(mark["through"])

    def _time(self, mark: Mark, *, begun: bool) -> None:
        self.signed_begun_ms = int(mark["signed_ms"])
        if not begun:
            self.signed_ms = self.signed_begun_ms

    def _checkpoint(self, mark: Mark, *, begun: bool) -> None:
        """Do nothing: a checkpoint changes nothing that was promised."""

    def done_seq(self) -> int:
        """Return the highest number that was promised."""
        return max(self.entries, default=0)


def promised(marks: Iterable[Mark]) -> Promises:
    """Return the promises of a sequence of marks."""
    promises = Promises()
    for mark in marks:
        promises.take(mark)
    return promises


async def broken_promises(journal: SqliteJournal, promises: Promises) -> list[str]:
    """Return in words what a reopened journal does not keep; empty where all is well."""
    broken = [str(problem) for problem in await journal.verify()]
    at = journal.position()
    if not promises.done_seq() <= at.last <= promises.begun_seq:
        broken.append(f"last is {at.last}, promised {promises.done_seq()}, begun {promises.begun_seq}")
    if not promises.acked <= at.acked <= max(promises.acked, promises.acked_begun):
        broken.append(f"acked is {at.acked}, promised {promises.acked}, begun {promises.acked_begun}")
    if not promises.aside <= at.aside <= max(promises.aside, promises.aside_begun):
        broken.append(f"kept aside through {at.aside}, promised {promises.aside}, begun {promises.aside_begun}")
    if not promises.pruned <= journal.pruned_through <= max(promises.pruned, promises.pruned_begun):
        broken.append(f"pruned through {journal.pruned_through}, acked {promises.acked}")
    if not promises.signed_ms <= at.time.signed_ms == at.time.high_water_ms <= promises.signed_begun_ms:
        broken.append(f"time is {at.time}, promised {promises.signed_ms}, begun {promises.signed_begun_ms}")
    found = {decode_entry(packed).seq: packed for packed in await journal.page(1, at.last + 1)}
    for seq, digest in promises.entries.items():
        if seq > journal.pruned_through and (seq not in found or hashlib.sha256(found[seq]).hexdigest() != digest):
            broken.append(f"entry {seq} was promised and is {'another' if seq in found else 'lost'}")
    broken += _written_twice(found.values())
    broken += await _broken_intents(journal, promises)
    broken += await _codes_that_pay_again(journal, found.values())
    return broken


def _written_twice(entries: Iterable[bytes]) -> list[str]:
    """Return entries that are there twice: the workload writes each kind once a tap, so somebody did not look it up."""
    counted = Counter((entry.tap_id.hex(), entry.kind.name) for entry in map(decode_entry, entries))
    return [f"{kind} of tap {tap} is there {count} times" for (tap, kind), count in counted.items() if count > 1]


async def _codes_that_pay_again(journal: SqliteJournal, entries: Iterable[bytes]) -> list[str]:
    """Return the codes whose payment is there and which would be taken once more: both are one transaction."""
    paid = [entry for entry in map(decode_entry, entries) if isinstance(entry.body, PaidTap)]
    broken = []
    for entry in paid:
        assert isinstance(entry.body, PaidTap)
        assert entry.body.medium.code is not None
        state = await journal.state_of(Token(entry.body.token), entry.body.medium.code.code)
        if not state.code_used or state.last is None:
            broken.append(f"the code of entry {entry.seq} would pay again")
    return broken


async def _broken_intents(journal: SqliteJournal, promises: Promises) -> list[str]:
    """Return what is wrong with the open intents.

    One without a result is found, one with a promised result is not, one that was just being closed may be either.
    """
    found = {debit.intent_seq for debit in await journal.open_intents()}
    sure = promises.open_intents - {promises.closing}
    unpromised = {seq for seq in found if seq > promises.done_seq()}
    lost, risen = sure - found, found - promises.open_intents - unpromised
    return [f"open intents lost {sorted(lost)}, risen {sorted(risen)}"] if lost or risen else []
