"""A made-up fleet against a running centre: the line is cut in the middle, and every tap is there once."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.centre.servers import Server, centre_beside, enrolled_journal
from tests.centre.test_commands import central

pytestmark = pytest.mark.centre


async def test_every_tap_of_the_fleet_is_at_the_centre_once(database: str, tmp_path: Path) -> None:
    server = Server(database, tmp_path)
    sizes = ("--terminals", "6", "--taps", "60", "--batch-taps", "10", "--outage", "0.5", "--json")
    try:
        await server.start()
        found = json.loads(central(database, tmp_path, "load", "--url", server.address, *sizes))
    finally:
        await server.end(signal.SIGTERM)
    assert (found["taps"], found["wrong"], found["once"]) == (360, [], True)
    assert found["retries"]["CENTRE_UNREACHABLE"] > 0
    assert 0 < found["p50_ms"] <= found["p99_ms"]


async def test_a_centre_with_terminals_of_its_own_is_left_alone(database: str, tmp_path: Path) -> None:
    async with centre_beside(database, tmp_path) as centre:
        journal = await enrolled_journal(centre, "BUS-1")
        journal.ledger.ride(1)
        await centre.receive("BUS-1", journal.ledger.packed())
    assert "BUS-1" in central(database, tmp_path, "load", code=80)
