"""One entry is a whole payment: with it, in its own transaction, goes what keeps the medium from paying again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edge.domain.ledger import fold
from edge.store.journal import SqliteJournal, open_journal
from tests.store import drafts
from tests.store.journals import GRANT_HASH, SMALL, TERMINAL, ack_for, journal_at

DAY_MS: Final = 86_400_000


async def is_used(journal: SqliteJournal, tap: int) -> bool:
    return (await journal.state_of(drafts.token_of(1), drafts.code_of(tap))).code_used


async def test_a_payment_counts_as_accepted_at_once(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        written = await journal.append(drafts.paid(1, fen=200))
        assert (journal.position().unsent_fen, journal.position().unsent_count) == (200, 1)
        assert await journal.unsettled() == []
        await journal.apply_ack(await ack_for(journal, 1, 1))
        assert journal.position().unsent_count == 0
        assert await journal.totals() == fold([written])
        assert sum((await journal.totals()).values()) == 0
        assert await journal.verify() == []


async def test_a_code_pays_once_also_after_a_restart(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        assert not await is_used(journal, 1)
        await journal.append(drafts.paid(1))
        assert await is_used(journal, 1)
        assert not await is_used(journal, 2)
    async with journal_at(tmp_path / "journal.db") as journal:
        assert await is_used(journal, 1)


async def test_a_pass_is_not_remembered(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.append(drafts.paid(1, reusable=True))
        assert not await is_used(journal, 1)


async def test_the_next_epoch_knows_the_codes_of_the_one_before(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "older.db") as older:
        await older.append(drafts.paid(1))
        newer = await open_journal(
            tmp_path / "newer.db", terminal=TERMINAL, epoch=9, grant_hash=GRANT_HASH, settings=SMALL, heir_of=older
        )
        try:
            assert await is_used(newer, 1)
        finally:
            await newer.close()


async def test_codes_are_forgotten_a_day_after_they_ended_by_trusted_time_alone(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.append(drafts.paid(1, minutes=1))
        ended_ms = drafts.START_MS + 60_000
        for now_ms in (0, ended_ms + 1, ended_ms + DAY_MS):
            await journal.upkeep(now_ms)
            assert await is_used(journal, 1)
        await journal.upkeep(ended_ms + DAY_MS + 1)
        assert not await is_used(journal, 1)


async def test_a_refused_append_remembers_nothing(tmp_path: Path) -> None:
    """The code is remembered by the entry's transaction: no entry, no memory."""
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.append(drafts.declined(1))
        assert not await is_used(journal, 1)
