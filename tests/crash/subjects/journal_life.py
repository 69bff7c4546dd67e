"""A journal's whole life: taps, acks, refusals, pruning, checkpoints; it marks what it promises."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Final

from edge.domain.debit import Verdict
from edge.domain.entry import Draft, Entry
from edge.domain.exchange import RejectedEntry
from edge.ports import TimeMarks
from edge.store.journal import SqliteJournal
from sync.wire import encode_entry
from tests.crash.lab.subject import Marks
from tests.store import drafts
from tests.store.journals import SMALL, ack_for, opened

SETTINGS: Final = replace(SMALL, wal_bytes=32 * 1024, retention_entries=10)
LATER_MS: Final = drafts.START_MS + SETTINGS.retention_ms + 1
LONG_MIN: Final = 1_000_000
"""So many minutes a code of this life is good for: no pruning outlives it."""


class Life:
    """One journal, and what takes its marks."""

    def __init__(self, path: Path, marks: Marks) -> None:
        self.path = path
        self.marks = marks
        self.journal: SqliteJournal

    def mark(self, **facts: object) -> None:
        """Write one mark."""
        self.marks.mark(**facts)

    async def append(self, draft: Draft, *, holder: int = 0, durable: bool = True) -> Entry:
        """Append between two marks."""
        self.mark(begin="append", seq=self.journal.last_seq + 1, ref_seq=draft.ref_seq, kind=draft.kind.name)
        entry = await self.written(draft, holder, durable=durable)
        digest = hashlib.sha256(encode_entry(entry)).hexdigest()
        facts = {"seq": entry.seq, "ref_seq": entry.ref_seq, "kind": entry.kind.name, "sha256": digest}
        self.mark(done="append", durable=durable, **facts)
        return entry

    async def written(self, draft: Draft, holder: int, *, durable: bool) -> Entry:
        """Append for real."""
        row = drafts.holder_row(holder, draft.numbered("", 0, 0)) if holder else None
        return await self.journal.append(draft, holder=row, durable=durable)

    async def ack(self, centre_epoch: int = 1) -> None:
        """Have everything acknowledged, between two marks."""
        at = self.journal.position()
        if at.last > at.acked:
            ack = await ack_for(self.journal, at.acked + 1, at.last, centre_epoch=centre_epoch)
            self.mark(begin="ack", acked=at.last)
            self.mark(done="ack", acked=await self.journal.apply_ack(ack))

    async def refuse(self) -> None:
        """Have the centre refuse all that it does not hold, and keep it aside, between two marks."""
        at = self.journal.position()
        if at.last > at.held:
            refused = (RejectedEntry(at.held + 1, "CHAIN_FORK"),)
            answer = await ack_for(self.journal, at.held + 1, at.last, acked=0, expected=0, rejected=refused)
            self.mark(begin="refuse", aside=at.last)
            await self.journal.apply_ack(answer)
            self.mark(done="refuse", aside=at.last)

    async def prune(self) -> None:
        """Prune one batch, between two marks."""
        self.mark(begin="prune")
        await self.journal.prune(LATER_MS)
        self.mark(done="prune", through=self.journal.pruned_through)

    async def checkpoint(self) -> None:
        """Checkpoint, between two marks."""
        self.mark(begin="checkpoint")
        await self.journal.checkpoint()
        self.mark(done="checkpoint")

    async def keep_time(self, signed_ms: int) -> None:
        """Keep a signed time, between two marks."""
        self.mark(begin="time", signed_ms=signed_ms)
        await self.journal.keep_time(TimeMarks(signed_ms, signed_ms, signed_ms))
        self.mark(done="time", signed_ms=signed_ms)

    async def start(self) -> None:
        """Open the file."""
        self.journal = await opened(self.path, SETTINGS)

    async def close(self) -> None:
        """Close it."""
        await self.journal.close()

    async def tap(self, tap: int) -> None:
        """Write what one tap writes: mostly an intent and its proof, sometimes a refusal, a torn debit, a paid code."""
        if tap % 7 == 3:
            await self.append(drafts.declined(tap), durable=False)
            return
        if tap % 7 == 4:
            await self.append(drafts.paid(tap, holder=tap % 5 + 1, minutes=LONG_MIN), holder=tap % 5 + 1)
            return
        ordered = await self.append(drafts.intent(tap, holder=tap % 5 + 1))
        if tap % 7 == 5:
            await self.append(drafts.voided(tap, ordered.seq))
        elif tap % 7 == 6:
            await self.append(drafts.torn(tap, ordered.seq))
        else:
            await self.append(drafts.posted(tap, ordered.seq), holder=tap % 5 + 1)
        if tap % 14 == 0:
            await self.settle_oldest()

    async def settle_oldest(self) -> None:
        """Settle the torn debit that waits longest."""
        torn = [debit for debit in await self.journal.unsettled() if debit.reason]
        if torn:
            verdict = Verdict.POSTED if torn[0].intent_seq % 2 else Verdict.VOIDED
            await self.append(drafts.settled(int.from_bytes(torn[0].tap_id, "big"), torn[0].intent_seq, verdict))

    async def keep_house(self, tap: int) -> None:
        """Do what falls due between taps."""
        if tap % 5 == 0:
            await self.checkpoint()
        if tap % 6 == 0:
            await self.keep_time(drafts.START_MS + tap)
        if tap % 8 == 0:
            await self.ack()
        if tap % 21 == 0:
            await self.refuse()
        if tap % 9 == 0:
            await self.prune()
        if tap % 20 == 0:
            await self.close()
            await self.start()

    async def live(self, taps: int) -> None:
        """Open, take taps, keep house, close."""
        await self.start()
        try:
            for tap in range(1, taps + 1):
                await self.tap(tap)
                await self.keep_house(tap)
        finally:
            await self.close()
