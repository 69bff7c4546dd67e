"""A terminal opened as ``onecard run`` opens it, with journals of earlier epochs beside the one in force."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.config import load_config
from edge.domain.entry import Draft
from edge.domain.errors import StoreError
from edge.domain.exchange import Ack, BatchSpan, RejectedEntry
from edge.domain.policy import State
from edge.domain.tap import TimeQuality, Token
from edge.domain.tariff.state import CounterRow
from edge.ports import HolderRow, JournalKeeper
from edge.store.journal import SqliteJournal, open_journal
from edge.terminal.line import with_older
from edge.terminal.service import TerminalService
from edge.wiring_terminal import open_terminal, this_machine
from sync.batch import batch_hash
from sync.enrolment_files import load_enrolment
from tests.cli.terminal_folder import Folder, add_older, drafts, enrolled
from tests.domain.samples import NOON_MS, TOKEN

RETENTION = "retention_days = 1\nretention_entries = 0\n"
OLD_MS = NOON_MS - 400 * 86_400_000
PAID_TAP = slice(1, 3)
"""Of the sample entries: an intent and its result."""
TORN_TAP = slice(3, 5)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = enrolled(tmp_path)
    folder.config.write_text(folder.config.read_text("utf-8") + RETENTION, "utf-8")
    return folder


def tap(part: slice, time_ms: int = NOON_MS) -> list[Draft]:
    """Return one tap of the samples as the only one of a journal, at a trusted time."""
    ordered, result = drafts()[part]
    return [replace(ordered, time_ms=time_ms), replace(result, time_ms=time_ms, ref_seq=1)]


@asynccontextmanager
async def opened(folder: Folder) -> AsyncIterator[TerminalService]:
    config = load_config(folder.config)
    enrolment = load_enrolment(config.paths.state, config.paths.credentials)
    async with AsyncExitStack() as stack:
        yield await open_terminal(config, enrolment, replace(this_machine(), idle_ms=1), stack)


async def ack(journal: JournalKeeper) -> None:
    """Let the centre acknowledge a whole journal."""
    part = await journal.slice(1, 1_000, 1 << 20)
    assert part is not None
    last = part.head.last_seq
    span = BatchSpan("bus-07", journal.epoch, 1, last, part.previous_hash, part.head.head_hash)
    await journal.apply_ack(Ack("bus-07", journal.epoch, 1, last, batch_hash(span), 1, last, last + 1, (), NOON_MS, ()))


async def refuse(journal: JournalKeeper, *, centre_epoch: int = 1, last: int = 2) -> None:
    """Let the centre refuse a journal, and say that it keeps its entries up to ``last`` aside."""
    part = await journal.slice(1, last, 1 << 20)
    assert part is not None
    span = BatchSpan("bus-07", journal.epoch, 1, last, part.previous_hash, part.head.head_hash)
    refused = (RejectedEntry(1, "EPOCH_FENCED"),)
    answer = Ack("bus-07", journal.epoch, 1, last, batch_hash(span), centre_epoch, 0, 0, refused, NOON_MS, ())
    await journal.apply_ack(answer)


DAMAGE = {
    "is no database": b"no database" * 500,
    "is cut short": None,
}


@pytest.mark.parametrize("bytes_left", DAMAGE.values(), ids=DAMAGE)
async def test_an_older_journal_that(bytes_left: bytes | None, folder: Folder) -> None:
    """It is left out and left alone; the one in force serves, and so do the other older ones."""
    await add_older(folder, 1, tap(PAID_TAP))
    await add_older(folder, 2, tap(PAID_TAP))
    damaged = folder.state / "journal-2.db"
    damaged.write_bytes(bytes_left if bytes_left is not None else damaged.read_bytes()[:2048])
    before = damaged.read_bytes()
    async with opened(folder) as service:
        status = await service.status()
        assert (status["epoch"], status["faults"]) == (3, {"STORE_CORRUPT": 1})
        assert [stream.epoch for stream in service.streams()] == [1, 3]
    assert damaged.read_bytes() == before


async def test_an_older_journal_whose_first_opening_is_in_doubt_is_opened_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: it was left out until the next start, and its exposure with it."""
    await add_older(folder, 1, tap(PAID_TAP))
    tries = 0

    async def in_doubt_once(*arguments: Any, **named: Any) -> SqliteJournal:  # noqa: ANN401 - passed through
        nonlocal tries
        tries += 1
        if tries == 1:
            raise StoreError("STORE_IO", "disk I/O error")
        return await open_journal(*arguments, **named)

    monkeypatch.setattr("edge.store.epochs.open_journal", in_doubt_once)
    async with opened(folder) as service:
        assert [stream.epoch for stream in service.streams()] == [1, 3]
        assert (await service.status())["faults"] == {}


async def test_what_the_centre_keeps_of_a_refused_journal_is_owed_no_more(folder: Folder) -> None:
    """Regression: it counted in every tap of every later epoch, for ever."""
    await add_older(folder, 1, tap(PAID_TAP))
    async with opened(folder) as service:
        assert await exposure(service) == (100, 1)
        await refuse(service.older[0].feed)
        assert await exposure(service) == (0, 0)
        journal = (await service.status())["journal"]
        assert (journal["unsent_entries"], journal["unsent_taps"], journal["older_unsent"]) == (0, 0, 0)
        assert journal["oldest_unsent_ms"] == 0
    async with opened(folder) as service:
        assert await exposure(service) == (0, 0)
        await refuse(service.older[0].feed, centre_epoch=2, last=1)
        assert await exposure(service) == (100, 1), "a restored centre may have lost it: a tap hears so at once"


async def test_what_older_journals_owe_is_in_the_status_and_in_the_exposure(folder: Folder) -> None:
    await add_older(folder, 1, tap(PAID_TAP, OLD_MS))
    await add_older(folder, 2, [*tap(PAID_TAP), drafts()[0]])
    async with opened(folder) as service:
        for part in tap(PAID_TAP):
            await service.journal.append(part)
        journal = (await service.status())["journal"]
        assert (journal["unsent_entries"], journal["unsent_taps"], journal["unsent_fen"]) == (7, 3, 300)
        assert (journal["oldest_unsent_ms"], journal["older_unsent"], journal["last_seq"]) == (OLD_MS, 2, 2)
        assert await exposure(service) == (300, 3)
        await ack(service.older[0].feed)
        assert (await service.status())["journal"]["older_unsent"] == 1
        assert await exposure(service) == (200, 2)


async def exposure(service: TerminalService) -> tuple[int, int]:
    """Return what the tap line adds up over its journals, in fen and taps."""
    line = service.supervisor.line
    state = State()
    for journal in (line.journal, *line.older):
        state = with_older(state, await journal.state_of(Token(TOKEN)))
    return state.unsent_fen, state.unsent_count


def test_what_torn_debits_of_older_epochs_may_count_widens_the_counters_of_this_one() -> None:
    own = State(counters=(CounterRow("day", "1", 2, 1), CounterRow("month", "1", 5)))
    older = State(counters=(CounterRow("day", "1", 9, 3), CounterRow("day", "2", 9), CounterRow("ride", "", 9, 1)))
    assert with_older(own, older).counters == (
        CounterRow("day", "1", 2, 4),
        CounterRow("month", "1", 5),
        CounterRow("ride", "", 0, 1),
    )


async def test_a_torn_debit_of_an_older_epoch_waits_for_its_card(folder: Folder) -> None:
    await add_older(folder, 2, tap(TORN_TAP))
    async with opened(folder) as service:
        assert [journal.epoch for journal in service.supervisor.line.older] == [2]
        assert (await service.status())["journal"]["torn_debits"] == 1


async def test_a_drained_older_journal_costs_a_tap_nothing(folder: Folder) -> None:
    await add_older(folder, 2, tap(PAID_TAP))
    async with opened(folder) as service:
        await ack(service.older[0].feed)
    async with opened(folder) as service:
        assert service.supervisor.line.older == ()
        assert [stream.epoch for stream in service.streams()] == [2, 3]


async def test_what_older_journals_have_acked_is_pruned_when_idle(folder: Folder) -> None:
    for epoch in (1, 2):
        await add_older(folder, epoch, tap(PAID_TAP, OLD_MS))
    async with opened(folder) as service:
        service.learn_time(service.supervisor.line.clock.wall_ms())
        assert service.supervisor.line.clock.quality() is TimeQuality.TRUSTED
        for stream in service.older:
            await ack(stream.feed)
        serving = asyncio.create_task(service.run())
        try:
            async with asyncio.timeout(10):
                for stream in service.older:
                    while await stream.feed.page(1, 10):  # noqa: ASYNC110 - nothing announces that it pruned
                        await asyncio.sleep(0.005)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def test_a_new_epoch_goes_on_where_the_older_one_stopped(folder: Folder) -> None:
    older = await add_older(folder, 2, [])
    assert older.epoch == 2
    async with opened(folder) as first:
        await first.older[0].feed.append(tap(PAID_TAP)[0])
        row = HolderRow(Token(TOKEN), NOON_MS, 100, 8)
        await first.older[0].feed.append(tap(PAID_TAP)[1], holder=row)
        assert (await first.journal.state_of(row.token)).last is None
    (folder.state / "journal.db").unlink()
    (folder.state / "journal.db-wal").unlink(missing_ok=True)
    async with opened(folder) as service:
        last = (await service.journal.state_of(row.token)).last
        assert last is not None
        assert (last.time_ms, last.payer_fen, last.counter) == (NOON_MS, 100, 8)
        assert service.journal.position().last == 0
