"""Three server processes on one database: killed at random, the database fallen over in the middle, nothing lost."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre.cluster import Cluster
from tests.centre.servers import Fleet, Server, centre_beside, enrolled_journal

pytestmark = pytest.mark.centre

TERMINALS = 10
RIDES = 90
ENTRIES = 6
"""Of one batch: three rides."""
KILLS = 5


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """One that may fall over: its files are few, and recovery flushes them all."""
    with Cluster() as running:
        yield running


async def killed_at_random(fleet: Fleet, total: int) -> None:
    """Kill one server after another, each once so many acks have come, and start it again."""
    for kill in range(1, KILLS + 1):
        await fleet.after(kill * total // (KILLS + 1))
        server = fleet.chance.choice(fleet.servers)
        await server.end(signal.SIGKILL)
        await server.start()


async def fallen_over(fleet: Fleet, cluster: Cluster, total: int) -> None:
    """Let the database fall over in the middle, and start it again."""
    await fleet.after(total // 2)
    await asyncio.to_thread(cluster.stop, signal.SIGQUIT)
    cluster.launch()
    await asyncio.to_thread(cluster.wait_until_ready)


async def test_every_acknowledged_tap_is_there_exactly_once(own_cluster: Cluster, tmp_path: Path) -> None:
    database = own_cluster.new_place()
    servers = [Server(database, tmp_path) for _ in range(3)]
    async with centre_beside(database, tmp_path) as centre:
        journals = [await enrolled_journal(centre, f"BUS-{number}") for number in range(TERMINALS)]
        for journal in journals:
            for tap in range(RIDES):
                journal.ledger.ride(tap)
        fleet = Fleet(centre.keys.signing.public, servers, journals, random.Random(11))
        total = TERMINALS * RIDES * 2 // ENTRIES
        try:
            await asyncio.gather(*(server.start() for server in servers))
            async with asyncio.TaskGroup() as group:
                group.create_task(fleet.drain(ENTRIES))
                group.create_task(killed_at_random(fleet, total))
                group.create_task(fallen_over(fleet, own_cluster, total))
        finally:
            await asyncio.gather(*(server.end(signal.SIGTERM) for server in servers))
        books = await centre.books()
    assert fleet.acks == total < fleet.tries
    assert {line.terminal: (line.acked_seq, line.entries, line.conflict_entries) for line in books.streams} == {
        journal.ledger.terminal: (2 * RIDES, 2 * RIDES, 0) for journal in journals
    }
    assert (books.problems, books.quarantined, books.alarms) == ((), (), ())
    rides = TERMINALS * RIDES
    assert [(line.taps, line.payer_fen, line.total_fen) for line in books.media] == [(rides, 100 * rides, 150 * rides)]
    assert (books.by("payer:"), books.by("funder:")) == ((("purse", 100 * rides),), (("district", 50 * rides),))
    assert sum(fen for _, fen in books.accounts) == 0
