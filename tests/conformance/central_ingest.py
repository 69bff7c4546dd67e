"""What every store of the centre must make of strange batches, and keep of all; a second engine runs the same cases."""

from __future__ import annotations

import pytest

from sync.batch import batch_hash, check_batch, decode_batch
from sync.central.receive import GAP_PATIENCE_MS
from sync.central.reconcile import GapLine
from sync.central.squeeze import inflate
from sync.central.store.port import CentralStore, Query, Row, Work
from sync.wire import ENTRY_BYTES_MAX
from tests.conformance.central_store import centre_on, enrolled, send
from tests.conformance.hostile_entries import KEPT, SET_ASIDE
from tests.sync.builders import NOON_MS, TERMINAL_KEY


class CentralIngestCases:
    """The cases; each claim is in its test's name."""

    @pytest.mark.parametrize("name", [*SET_ASIDE, *KEPT])
    async def test_row_48_a_hostile_entry_blocks_nothing(self, name: str, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        (SET_ASIDE | KEPT)[name](ledger)
        ledger.ride(1)
        receipt = await send(centre, ledger)
        assert receipt.ack.acked_seq == ledger.last
        assert [entry.seq for entry in receipt.ack.rejected] == ([1] if name in SET_ASIDE else [])
        assert (await centre.books()).problems == ()

    async def test_row_49_an_entry_above_the_limit_is_set_aside_and_blocks_nothing(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.raws.append(bytes(ENTRY_BYTES_MAX + 1))
        ledger.ride(1)
        receipt = await send(centre, ledger)
        assert receipt.ack.acked_seq == ledger.last
        assert [(entry.seq, entry.code) for entry in receipt.ack.rejected] == [(1, "WIRE_TOO_LARGE")]
        assert (await centre.books()).problems == ()

    async def test_the_evidence_of_a_batch_is_kept_as_it_came(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        ledger.raws.append(b"poison")
        packed = ledger.packed()
        await centre.receive(ledger.terminal, packed)

        def evidence() -> Work[list[Row]]:
            return [tuple(row) for row in (yield Query("SELECT batch_hash, envelope FROM batch"))]

        assert await store.read(evidence) == [(batch_hash(ledger.batch().span), packed)]
        assert check_batch(decode_batch(inflate(packed)), TERMINAL_KEY.public)[-1] == ledger.head(3)

    async def test_row_47_a_gap_stands_in_the_books_until_it_is_filled_and_is_an_alarm_when_it_stays(
        self, store: CentralStore
    ) -> None:
        centre, later = centre_on(store), centre_on(store, NOON_MS + GAP_PATIENCE_MS)
        ledger = await enrolled(centre)
        for tap in range(3):
            ledger.ride(tap)
        await send(centre, ledger, 1, 2)
        await send(centre, ledger, 5, 6)
        found = await centre.books()
        assert found.gaps == (GapLine("BUS-1", 1, 3, 5, NOON_MS),)
        assert found.alarms == ()
        await send(later, ledger, 6, 6)
        assert [alarm[2] for alarm in (await later.books()).alarms] == ["sequence_gap"]
        await send(later, ledger, 3, 6)
        filled = await later.books()
        assert (filled.gaps, filled.problems) == ((), ())
