"""The journal on a real file: numbers, chain, side rows, results."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from edge.domain.debit import Verdict
from edge.domain.entry import Draft, Entry, Intent, Kind
from edge.domain.errors import LocalProtocolError, StoreError
from edge.domain.ledger import fold
from edge.domain.policy import LastTap
from edge.ports import JournalKeeper, PsamTrail
from edge.store.journal import SqliteJournal, open_journal
from sync.batch import chain_hashes
from sync.wire import decode_entry, encode_entry
from tests.store import drafts
from tests.store.journals import EPOCH, GRANT_HASH, SMALL, TERMINAL, ack_for, journal_at, opened

Result = Callable[[int, int], Draft]


async def test_an_entry_reads_back_as_it_was_appended(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        written = await journal.append(drafts.intent(7))
        assert (written.terminal, written.epoch, written.seq) == (TERMINAL, EPOCH, 1)
        assert await journal.entry(1) == written
        assert await journal.page(1, 10) == [encode_entry(written)]


async def test_numbers_and_chain_go_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for run in range(3):
        async with journal_at(path) as journal:
            assert (await journal.append(drafts.note(f"boot {run}"))).seq == run + 1
    async with journal_at(path) as journal:
        part = await journal.slice(1, 50, 20_000)
        assert part is not None
        assert part.previous_hash == GRANT_HASH
        assert part.head.last_seq == 3
        assert part.head.head_hash == chain_hashes(GRANT_HASH, part.entries)[-1]
        assert await journal.verify() == []


def test_the_journal_fits_its_ports(tmp_path: Path) -> None:
    """Checked by mypy: the annotations are the test."""

    def use(journal: SqliteJournal) -> JournalKeeper:
        return journal

    assert tmp_path.exists()
    assert use.__annotations__


async def test_an_open_intent_is_found_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with journal_at(path) as journal:
        entry = await journal.append(drafts.intent(5, holder=2))
    async with journal_at(path) as journal:
        (debit,) = await journal.open_intents()
        body = entry.body
        assert isinstance(body, Intent)
        assert (debit.intent_seq, debit.tap_id, debit.token) == (1, entry.tap_id, drafts.token_of(2))
        assert (debit.prepared.counter, debit.prepared.psam_number) == (5, drafts.PSAM)
        assert (debit.reason, debit.edition, debit.prepared.amount_fen) == ("", 3, body.charge.payer_fen)
        assert await journal.torn_of(drafts.token_of(2)) == []


@pytest.mark.parametrize("result", [drafts.posted, drafts.voided, drafts.torn], ids=["posted", "voided", "torn"])
async def test_exactly_one_result_closes_an_intent(tmp_path: Path, result: Result) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.append(drafts.intent(1))
        await journal.append(result(1, 1))
        assert await journal.open_intents() == []
        for second in (drafts.posted, drafts.voided, drafts.torn):
            with pytest.raises(LocalProtocolError, match="ENTRY_INVALID"):
                await journal.append(second(1, 1))
        assert journal.last_seq == 2
        assert (await journal.append(drafts.note())).seq == 3
        assert await journal.verify() == []


REFUSED = {
    "a result without an intent": (drafts.posted(1, 9),),
    "a result of a note": (drafts.note(), drafts.posted(1, 1)),
    "a settlement of an open intent": (drafts.intent(1), drafts.settled(1, 1)),
    "a settlement of a posted debit": (drafts.intent(1), drafts.posted(1, 1), drafts.settled(1, 1)),
    "a second settlement": (drafts.intent(1), drafts.torn(1, 1), drafts.settled(1, 1), drafts.settled(1, 1)),
    "an undecided settlement": (drafts.intent(1), drafts.torn(1, 1), drafts.settled(1, 1, Verdict.UNDECIDED)),
    "a torn entry without a reason": (drafts.intent(1), drafts.torn(1, 1, reason="")),
    "a body of another kind": (replace(drafts.note(), kind=Kind.POSTED),),
}


@pytest.mark.parametrize("entries", REFUSED.values(), ids=REFUSED.keys())
async def test_the_journal_refuses(tmp_path: Path, entries: tuple[Draft, ...]) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        for draft in entries[:-1]:
            await journal.append(draft)
        with pytest.raises(LocalProtocolError, match="ENTRY_INVALID"):
            await journal.append(entries[-1])
        assert journal.last_seq == len(entries) - 1
        assert await journal.verify() == []


async def test_an_ack_that_comes_in_the_middle_of_a_check_is_no_fault(tmp_path: Path) -> None:
    """Regression: what was unsent at the first step and acked by the last looked like a wrong exposure."""
    async with journal_at(tmp_path / "journal.db") as journal:
        for number in range(1, 5, 2):
            await journal.append(drafts.intent(number))
            await journal.append(drafts.posted(number, number))
        ack = await ack_for(journal, 1, 2)
        problems, _ = await asyncio.gather(journal.verify(), journal.apply_ack(ack))
        assert problems == []


async def test_a_torn_debit_stays_with_its_holder_until_it_is_settled(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with journal_at(path) as journal:
        for tap in (1, 2):
            entry = await journal.append(drafts.intent(tap, holder=6))
            await journal.append(drafts.torn(tap, entry.seq))
    async with journal_at(path) as journal:
        debits = await journal.torn_of(drafts.token_of(6))
        assert [(debit.intent_seq, debit.reason) for debit in debits] == [(1, "card_left"), (3, "card_left")]
        await journal.append(drafts.settled(1, 1))
        assert [debit.intent_seq for debit in await journal.torn_of(drafts.token_of(6))] == [3]
        await journal.append(drafts.settled(2, 3))
    with pytest.raises(StoreError, match="STORE_IO"):  # closed, it no longer says that none is torn
        await journal.torn_of(drafts.token_of(6))


async def test_a_refused_mac2_makes_its_holder_suspect(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.append(drafts.intent(1, holder=6))
        await journal.append(drafts.torn(1, 1, reason="mac2"))
        assert (await journal.state_of(drafts.token_of(6))).suspect
        assert not (await journal.state_of(drafts.token_of(7))).suspect


async def ride(journal: SqliteJournal, tap: int, *, holder: int = 1, fen: int = 200) -> Entry:
    """Append an intent and its proof; returns the proof."""
    ordered = await journal.append(drafts.intent(tap, holder=holder, fen=fen))
    return await journal.append(drafts.posted(tap, ordered.seq), holder=drafts.holder_row(holder, ordered))


async def test_the_state_holds_the_last_tap_and_the_exposure(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with journal_at(path) as journal:
        await ride(journal, 1, holder=1, fen=200)
        await ride(journal, 2, holder=2, fen=300)
        ordered = await journal.append(drafts.intent(3))
        await journal.append(drafts.torn(3, ordered.seq))
    async with journal_at(path) as journal:
        state = await journal.state_of(drafts.token_of(2))
        assert state.last == LastTap(drafts.START_MS, 100, 3)
        assert (state.unsent_fen, state.unsent_count) == (500, 2)
        assert (await journal.state_of(drafts.token_of(9))).last is None
        await journal.append(drafts.settled(3, ordered.seq))
        assert (await journal.state_of(drafts.token_of(9))).unsent_fen == 700
        await journal.apply_ack(await ack_for(journal, 1, 2))
        state = await journal.state_of(drafts.token_of(9))
        assert (state.unsent_fen, state.unsent_count) == (500, 2)


async def test_the_psam_trail_counts_macs_without_an_intent(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with journal_at(path) as journal:
        assert await journal.psam_trail() == PsamTrail()
        await journal.abandon_prepare()
        await journal.append(drafts.intent(1, psam_sequence=40))
        assert await journal.psam_trail() == PsamTrail(drafts.PSAM, 40, 0)
        await journal.abandon_prepare()
        await journal.abandon_prepare()
    async with journal_at(path) as journal:
        assert await journal.psam_trail() == PsamTrail(drafts.PSAM, 40, 2)


async def test_an_entry_that_need_not_be_durable_is_there_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with journal_at(path) as journal:
        assert [(await journal.append(drafts.declined(tap), durable=False)).seq for tap in range(1, 6)] == [
            1,
            2,
            3,
            4,
            5,
        ]
        with pytest.raises(LocalProtocolError, match="ENTRY_INVALID"):
            await journal.append(drafts.posted(1, 1), durable=False)
        assert (await journal.append(drafts.note())).seq == 6
    async with journal_at(path) as journal:
        assert len(await journal.page(1, 10, Kind.DECLINED)) == 5
        assert await journal.verify() == []


async def test_a_tap_is_found_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await ride(journal, 0x0102)
        await ride(journal, 0x0203)
        found = await journal.find_tap(drafts.tap_id_of(0x0203))
        assert [entry.kind for entry in found] == [Kind.INTENT, Kind.POSTED]
        assert len(await journal.tap_entries(drafts.tap_id_of(0x0102)[:7])) == 2
        assert await journal.tap_entries(b"\0" * 6) == []  # two taps begin so
        assert await journal.find_tap(b"\x07" * 8) == []


async def test_the_totals_are_the_fold_of_the_entries(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        for tap in range(1, 5):
            await ride(journal, tap)
        ordered = await journal.append(drafts.intent(9))
        await journal.append(drafts.torn(9, ordered.seq))
        totals = await journal.totals()
        entries = [decode_entry(packed) for packed in await journal.page(1, 100)]
        assert totals == fold(entries)
        assert totals["revenue:qd-bus"] == 800
        assert totals["suspense:torn"] == 200
        assert sum(totals.values()) == 0


FOREIGN = {
    "of another terminal": ("bus-8", EPOCH, GRANT_HASH),
    "of another epoch": (TERMINAL, EPOCH + 1, GRANT_HASH),
    "begun by another grant": (TERMINAL, EPOCH, b"\1" * 32),
}


@pytest.mark.parametrize(("terminal", "epoch", "grant_hash"), FOREIGN.values(), ids=FOREIGN.keys())
async def test_a_journal_is_refused_when_it_is(tmp_path: Path, terminal: str, epoch: int, grant_hash: bytes) -> None:
    path = tmp_path / "journal.db"
    await (await opened(path)).close()
    with pytest.raises(StoreError, match="STORE_FOREIGN"):
        await open_journal(path, terminal=terminal, epoch=epoch, grant_hash=grant_hash, settings=SMALL)


async def test_a_filler_that_a_cut_left_behind_is_taken_away(tmp_path: Path) -> None:
    """Found by the crash lab: a table left in a file without a schema was once taken for another program's file."""
    path = tmp_path / "journal.db"
    await (await opened(path)).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE filler (zeros BLOB)")
        connection.commit()
    async with journal_at(path) as journal:
        await journal.append(drafts.note())
        assert await journal.verify() == []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'filler'").fetchone() == (0,)


def damage(path: Path, statement: str) -> None:
    """Change a closed journal behind its back."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


DAMAGE = {
    "a changed entry": "UPDATE entry SET bytes = CAST(bytes || x'00' AS BLOB) WHERE seq = 2",
    "a missing entry": "DELETE FROM entry WHERE seq = 2",
    "a changed hash": "UPDATE entry SET hash = zeroblob(32) WHERE seq = 2",
}


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE.keys())
async def test_the_start_is_refused_after(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "journal.db"
    async with journal_at(path) as journal:
        await ride(journal, 1)
        await ride(journal, 2)
    damage(path, statement)
    with pytest.raises(StoreError, match="STORE_CORRUPT"):
        await opened(path)


SIDE_DAMAGE = {
    "a lost open debit": ("DELETE FROM unsettled", "open and torn debits"),
    "another exposure": ("UPDATE standing SET unsent_fen = 1", "exposure"),
    "another kind in the row": ("UPDATE entry SET kind = 12 WHERE seq = 1", "entry 1: its bytes are of another entry"),
    "another watermark": ("UPDATE standing SET acked = 9", "acked is 9"),
}


@pytest.mark.parametrize(("statement", "words"), SIDE_DAMAGE.values(), ids=SIDE_DAMAGE.keys())
async def test_verify_names(tmp_path: Path, statement: str, words: str) -> None:
    path = tmp_path / "journal.db"
    async with journal_at(path) as journal:
        await journal.append(drafts.intent(1))
    damage(path, statement)
    async with journal_at(path) as journal:
        assert any(words in str(problem) for problem in await journal.verify())
