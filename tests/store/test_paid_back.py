"""What a token paid back is remembered with its row: also while the debit is torn, and over restarts and epochs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from edge.domain.debit import Verdict
from edge.domain.pricing import NOT_PRICED
from edge.store.journal import SqliteJournal, open_journal
from tests.store import drafts
from tests.store.journals import GRANT_HASH, SMALL, TERMINAL, journal_at

REFERENCE: Final = "bus-9/2/117"
RECOVERY: Final = replace(NOT_PRICED, debt_fen=50, debt=REFERENCE)


async def paid_back(journal: SqliteJournal) -> tuple[str, ...]:
    return (await journal.state_of(drafts.token_of(1))).paid_back


async def test_a_proven_recovery_is_remembered_over_a_restart(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        assert await paid_back(journal) == ()
        ordered = await journal.append(drafts.intent(1, pricing=RECOVERY))
        assert await paid_back(journal) == (REFERENCE,)
        await journal.append(drafts.posted(1, ordered.seq), holder=drafts.holder_row(1, ordered))
    async with journal_at(tmp_path / "journal.db") as journal:
        assert await paid_back(journal) == (REFERENCE,)


async def test_a_torn_recovery_is_not_tried_again_until_it_is_known_not_to_have_happened(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        ordered = await journal.append(drafts.intent(1, pricing=RECOVERY))
        await journal.append(drafts.torn(1, ordered.seq))
        assert await paid_back(journal) == (REFERENCE,)
        await journal.append(drafts.settled(1, ordered.seq, Verdict.VOIDED))
        assert await paid_back(journal) == ()


async def test_a_torn_recovery_that_is_proven_later_is_remembered_without_a_last_tap(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        ordered = await journal.append(drafts.intent(1, pricing=RECOVERY))
        await journal.append(drafts.torn(1, ordered.seq))
        await journal.append(drafts.settled(1, ordered.seq))
        state = await journal.state_of(drafts.token_of(1))
        assert (state.paid_back, state.last) == ((REFERENCE,), None)


async def test_the_next_epoch_knows_what_was_paid_back(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as older:
        ordered = await older.append(drafts.intent(1, pricing=RECOVERY))
        await older.append(drafts.posted(1, ordered.seq))
        newer = await open_journal(
            tmp_path / "next.db", terminal=TERMINAL, epoch=5, grant_hash=GRANT_HASH, settings=SMALL, heir_of=older
        )
        try:
            assert await paid_back(newer) == (REFERENCE,)
        finally:
            await newer.close()
