"""Pruning: only what is acked, old and no longer needed; the books and the chain stay whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from edge.domain.debit import Verdict
from edge.domain.errors import RemoteProtocolError
from edge.domain.tap import TimeQuality
from edge.store.journal import SqliteJournal
from tests.store import drafts
from tests.store.journals import SMALL, ack_for, journal_at

LATER_MS: Final = drafts.START_MS + SMALL.retention_ms + 1


async def ride(journal: SqliteJournal, tap: int, *, time_ms: int = drafts.START_MS) -> None:
    ordered = await journal.append(drafts.intent(tap, holder=tap, time_ms=time_ms))
    await journal.append(drafts.posted(tap, ordered.seq, time_ms=time_ms), holder=drafts.holder_row(tap, ordered))


async def prune_all(journal: SqliteJournal, now_ms: int = LATER_MS) -> int:
    pruned = 0
    while step := await journal.prune(now_ms):
        pruned += step
    return pruned


async def test_nothing_goes_before_it_is_acked_and_old(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        for tap in range(1, 4):
            await ride(journal, tap)
        assert await prune_all(journal) == 0
        await journal.apply_ack(await ack_for(journal, 1, 4))
        assert await prune_all(journal, LATER_MS - 1) == 0
        assert await prune_all(journal) == 4
        assert [entry is None for entry in [await journal.entry(seq) for seq in range(1, 7)]] == [True] * 4 + [
            False
        ] * 2


async def test_the_newest_entries_stay_whatever_their_age(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db", replace(SMALL, retention_entries=5)) as journal:
        for tap in range(1, 5):
            await ride(journal, tap)
        await journal.apply_ack(await ack_for(journal, 1, 8))
        assert await prune_all(journal) == 3


async def test_a_young_entry_stops_pruning_before_it(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await ride(journal, 1)
        await ride(journal, 2, time_ms=LATER_MS)
        await ride(journal, 3)
        await journal.apply_ack(await ack_for(journal, 1, 6))
        assert await prune_all(journal) == 2


async def unconfirmed(journal: SqliteJournal, tap: int, *, time_ms: int) -> None:
    await journal.append(replace(drafts.declined(tap, time_ms=time_ms), quality=TimeQuality.UNTRUSTED))


async def test_a_time_that_nobody_had_confirmed_makes_no_entry_old(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        for tap in range(1, 5):
            await unconfirmed(journal, tap, time_ms=0)
        await journal.append(drafts.declined(5, time_ms=LATER_MS))
        await journal.apply_ack(await ack_for(journal, 1, 5))
        assert await prune_all(journal) == 0
        assert await prune_all(journal, LATER_MS + SMALL.retention_ms + 1) == 5


async def test_a_trusted_old_time_far_behind_speaks_for_everything_before_it(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        for tap in range(1, 204):
            await unconfirmed(journal, tap, time_ms=LATER_MS)
        await journal.append(drafts.declined(204))
        await journal.append(drafts.declined(205))
        await journal.apply_ack(await ack_for(journal, 1, 205))
        assert await prune_all(journal) == 205


async def test_what_a_restored_centre_lost_is_kept(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        for tap in range(1, 4):
            await ride(journal, tap)
        await journal.apply_ack(await ack_for(journal, 1, 4))
        await journal.apply_ack(await ack_for(journal, 5, 6, acked=0, expected=3, centre_epoch=2))
        assert await prune_all(journal) == 2


async def test_chain_totals_and_numbers_go_on_when_everything_was_pruned(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with journal_at(path) as journal:
        for tap in range(1, 81):  # more than one batch
            await ride(journal, tap)
        totals = await journal.totals()
        await journal.apply_ack(await ack_for(journal, 1, 160))
        assert await prune_all(journal) == 160
        assert await journal.totals() == totals
    async with journal_at(path) as journal:
        assert (journal.last_seq, journal.pruned_through) == (160, 160)
        await ride(journal, 81)
        assert await journal.verify() == []
        part = await journal.slice(1, 50, 1 << 20)
        assert part is not None
        assert part.first_seq == 161
        assert (await journal.totals())["revenue:qd-bus"] == totals["revenue:qd-bus"] + 200


@pytest.mark.parametrize("verdict", [Verdict.POSTED, Verdict.VOIDED], ids=["posted", "voided"])
async def test_a_torn_intent_outlives_pruning_until_it_is_settled(tmp_path: Path, verdict: Verdict) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.append(drafts.intent(1, holder=9))
        await journal.append(drafts.torn(1, 1))
        await ride(journal, 2)
        await journal.apply_ack(await ack_for(journal, 1, 4))
        before = await journal.totals()
        assert await prune_all(journal) == 4
        assert await journal.entry(1) is not None
        assert await journal.entry(2) is None
        assert [debit.intent_seq for debit in await journal.torn_of(drafts.token_of(9))] == [1]
        assert await journal.totals() == before
        assert await journal.verify() == []
        await journal.append(drafts.settled(1, 1, verdict))
        assert await journal.verify() == []
        await journal.apply_ack(await ack_for(journal, 5, 5))
        after = await journal.totals()
        assert after["suspense:torn"] == 0
        assert await prune_all(journal) == 1
        assert await journal.entry(1) is None
        assert await journal.totals() == after
        assert await journal.verify() == []


async def test_an_intent_whose_proof_falls_into_the_next_batch_waits_for_it(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.append(drafts.note())
        for tap in range(1, 61):
            await ride(journal, tap)
        await journal.apply_ack(await ack_for(journal, 1, 121))
        assert await journal.prune(LATER_MS) == 100  # entry 100 is an intent, its proof 101
        assert await journal.entry(100) is not None
        assert await journal.verify() == []
        assert await prune_all(journal) == 21
        assert await journal.entry(100) is None


async def test_holders_that_did_not_come_back_are_forgotten(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        for tap in (1, 2):
            await ride(journal, tap)
        ordered = await journal.append(drafts.intent(3, holder=1, time_ms=LATER_MS))
        await journal.append(drafts.posted(3, ordered.seq, time_ms=LATER_MS), holder=drafts.holder_row(1, ordered))
        await journal.apply_ack(await ack_for(journal, 1, 6))
        assert await prune_all(journal) == 4
        assert (await journal.state_of(drafts.token_of(2))).last is None
        assert (await journal.state_of(drafts.token_of(1))).last is not None


async def test_an_ack_of_pruned_entries_moves_nothing(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        for tap in range(1, 4):
            await ride(journal, tap)
        old, newer = await ack_for(journal, 1, 4), await ack_for(journal, 3, 6)
        await journal.apply_ack(old)
        await prune_all(journal)
        for late in (old, newer):
            with pytest.raises(RemoteProtocolError, match="ACK_FOREIGN"):
                await journal.apply_ack(late)
        assert await journal.apply_ack(await ack_for(journal, 5, 6)) == 6


async def test_upkeep_checkpoints_then_prunes_then_rests(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        for tap in range(1, 4):
            await ride(journal, tap)
        await journal.apply_ack(await ack_for(journal, 1, 6))
        assert [await journal.upkeep(LATER_MS) for _ in range(3)] == [True, True, False]
        assert journal.pruned_through == 6
