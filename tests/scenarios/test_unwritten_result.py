"""A debit whose result cannot be written: no card is served until the journal was opened anew."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from drivers.virtual.purse import PurseCard
from edge.domain.entry import Draft, Entry, Kind
from edge.domain.errors import LocalProtocolError, OneCardError, StoreError
from edge.ports import HolderRow
from edge.store.appending import append_entry
from edge.store.standing import JournalIdentity
from tests.scenarios.tap_bench import FARE, Bench, play, write_fare
from tests.scenarios.tap_truths import POSTED, truths

pytestmark = pytest.mark.line

FAILURES: dict[str, OneCardError] = {
    "a full disk": StoreError("STORE_FULL", "database or disk is full"),
    "a write that failed": StoreError("STORE_IO", "disk I/O error"),
    "an entry that is refused": LocalProtocolError("ENTRY_INVALID", "not an open intent"),
}


async def open_anew(bench: Bench) -> None:
    """Do what the process does when its journal is in doubt: close everything and start again."""
    with pytest.raises(StoreError, match="STORE_IO"):
        await bench.stop()
    await bench.supervisor.reader.close()
    bench.reference.close()
    await bench.journal.close()
    await bench.start()


@pytest.mark.parametrize("error", FAILURES.values(), ids=FAILURES)
def test_a_card_pays_once_though_its_result_is_not_written(
    error: OneCardError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: after a full disk the card that still lay there was debited again, beside its open intent."""
    refused = [Kind.POSTED]

    def failing(
        connection: sqlite3.Connection,
        identity: JournalIdentity,
        draft: Draft,
        holder: HolderRow | None,
        before: Entry | None,
    ) -> Entry:
        if draft.kind in refused:
            refused.clear()
            raise error
        return append_entry(connection, identity, draft, holder, before)

    monkeypatch.setattr("edge.store.journal.append_entry", failing)

    async def scene() -> None:
        write_fare(tmp_path)
        card = PurseCard()
        async with Bench(tmp_path) as bench:
            bench.field.present(card)
            await bench.until(lambda: "out_of_service" in [lamp.prompt for lamp in bench.lamps])
            assert (len(card.debits), bench.shown) == (1, [])
            await open_anew(bench)
            assert (await bench.answer()).signal.prompt == "accepted_before"
            assert card.balance_fen == 5_000 - FARE
            assert (await truths(bench, card)).fates == (POSTED,)

    play(scene())
