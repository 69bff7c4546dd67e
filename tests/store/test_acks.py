"""Acks: only those that fit our own rows move the watermark, and only forward."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import Ack, RejectedEntry
from edge.store.journal import SqliteJournal
from tests.store import drafts
from tests.store.journals import ack_for, journal_at


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """Ten notes, none acknowledged."""
    async with journal_at(tmp_path / "journal.db") as opened:
        for number in range(10):
            await opened.append(drafts.note(f"note {number}"))
        yield opened


async def test_an_ack_moves_the_watermark_and_where_sending_resumes(journal: SqliteJournal) -> None:
    assert await journal.apply_ack(await ack_for(journal, 1, 4)) == 4
    assert (journal.position().acked, journal.position().send_from) == (4, 5)
    assert await journal.apply_ack(await ack_for(journal, 5, 10)) == 10


async def test_row_42_the_same_ack_twice_changes_nothing(journal: SqliteJournal) -> None:
    first = await ack_for(journal, 1, 4)
    for _ in range(2):
        assert await journal.apply_ack(first) == 4
    await journal.apply_ack(await ack_for(journal, 5, 8))
    before = journal.position()
    assert await journal.apply_ack(first) == 8
    assert journal.position() == before


async def test_row_44_an_ack_proves_no_more_than_its_batch(journal: SqliteJournal) -> None:
    """A centre that says it holds everything has shown only the batch that it names."""
    assert await journal.apply_ack(await ack_for(journal, 1, 4, acked=9, expected=10)) == 4
    assert journal.position().send_from == 5


async def test_an_answer_to_a_gap_moves_nothing(journal: SqliteJournal) -> None:
    assert await journal.apply_ack(await ack_for(journal, 5, 8, acked=0, expected=1)) == 0
    assert journal.position().send_from == 1


FORK = (RejectedEntry(3, "CHAIN_FORK"),)


async def test_a_fence_moves_nothing_and_outlives_acks_and_restarts(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with journal_at(path) as journal:
        for number in range(4):
            await journal.append(drafts.note(f"note {number}"))
        assert await journal.apply_ack(await ack_for(journal, 3, 4, acked=0, expected=0, rejected=FORK)) == 0
        assert (journal.position().acked, journal.position().send_from) == (0, 1)
        await journal.apply_ack(await ack_for(journal, 1, 2))
    async with journal_at(path) as journal:
        assert journal.position().fence == "CHAIN_FORK"


@pytest.mark.parametrize(
    "changes",
    [{"terminal": "bus-8"}, {"epoch": 5}, {"batch_hash": b"\1" * 32}, {"first_seq": 2}],
    ids=["another terminal", "another epoch", "a twin's entries", "a longer batch"],
)
async def test_a_fence_is_refused_that_names(journal: SqliteJournal, changes: dict[str, object]) -> None:
    sound = await ack_for(journal, 3, 4, acked=0, expected=0, rejected=FORK)
    with pytest.raises(RemoteProtocolError, match="ACK_FOREIGN"):
        await journal.apply_ack(replace(sound, **changes))  # type: ignore[arg-type]  # a table of changes
    assert journal.position().fence == ""


FOREIGN = {
    "another terminal": {"terminal": "bus-8"},
    "another epoch": {"epoch": 5},
    "row 43: another batch": {"batch_hash": b"\1" * 32},
    "a shorter batch under the same hash": {"last_seq": 3},
    "row 44: more entries than there are": {"last_seq": 11},
    "row 44: an acked number beyond the last": {"acked_seq": 11},
    "row 44: an expected number beyond the next": {"expected_seq": 12},
    "a batch that ends before it begins": {"first_seq": 5},
    "no first entry": {"first_seq": 0},
    "a negative watermark": {"acked_seq": -1},
    "a rejected entry outside the batch": {"rejected": (RejectedEntry(5, "ENTRY_INVALID"),)},
}


@pytest.mark.parametrize("changes", FOREIGN.values(), ids=FOREIGN.keys())
async def test_an_ack_is_refused_that_names(journal: SqliteJournal, changes: dict[str, object]) -> None:
    sound: Ack = await ack_for(journal, 1, 4)
    with pytest.raises(RemoteProtocolError, match="ACK_FOREIGN"):
        await journal.apply_ack(replace(sound, **changes))  # type: ignore[arg-type]  # a table of changes
    assert (journal.position().acked, journal.position().send_from) == (0, 1)
    assert await journal.rejected() == []


async def test_entries_set_aside_are_listed_and_count_as_acked(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with journal_at(path) as journal:
        for _ in range(4):
            await journal.append(drafts.note())
        aside = (RejectedEntry(2, "ENTRY_INVALID"), RejectedEntry(3, "WIRE_VERSION"))
        assert await journal.apply_ack(await ack_for(journal, 1, 4, rejected=aside)) == 4
    async with journal_at(path) as journal:
        assert await journal.rejected() == list(aside)


async def test_row_58_a_restored_centre_is_sent_what_it_lost(journal: SqliteJournal) -> None:
    await journal.apply_ack(await ack_for(journal, 1, 8))
    restored = await ack_for(journal, 9, 10, acked=0, expected=3, centre_epoch=2)
    assert await journal.apply_ack(restored) == 8
    assert (journal.position().acked, journal.position().send_from) == (8, 3)
    await journal.apply_ack(await ack_for(journal, 3, 6, centre_epoch=2))
    assert (journal.position().acked, journal.position().send_from) == (8, 7)
    assert await journal.apply_ack(await ack_for(journal, 7, 10, centre_epoch=2)) == 10


async def test_row_58_sending_does_not_fall_back_while_the_centre_epoch_stands(journal: SqliteJournal) -> None:
    await journal.apply_ack(await ack_for(journal, 1, 8))
    await journal.apply_ack(await ack_for(journal, 1, 4, acked=2, expected=3))
    assert (journal.position().acked, journal.position().send_from) == (8, 9)


async def test_row_59_a_centre_of_an_older_epoch_is_refused(journal: SqliteJournal) -> None:
    await journal.apply_ack(await ack_for(journal, 1, 4, centre_epoch=3))
    with pytest.raises(RemoteProtocolError, match="ACK_FOREIGN"):
        await journal.apply_ack(await ack_for(journal, 5, 8, centre_epoch=2))


async def test_a_slice_keeps_to_its_limits_but_is_never_empty(journal: SqliteJournal) -> None:
    whole = await journal.slice(1, 50, 1 << 20)
    assert whole is not None
    sizes = [len(entry) for entry in whole.entries]
    for limit, count in ((sum(sizes), 10), (sum(sizes) - 1, 9), (sizes[0], 1), (1, 1)):
        part = await journal.slice(1, 50, limit)
        assert part is not None
        assert (len(part.entries), part.head.last_seq) == (count, count)
    assert await journal.slice(11, 50, 1 << 20) is None
