"""A disk without room for keeping house: the sales stop, the service goes on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from edge.domain.errors import StoreError
from edge.store.journal import SqliteJournal
from tests.scenarios.tap_bench import Bench, play, write_fare

pytestmark = pytest.mark.line


@pytest.mark.parametrize(("code", "ends"), [("STORE_FULL", set()), ("STORE_IO", {"STORE_IO"})])
def test_the_service_outlives_a_full_disk_and_no_doubt(
    code: str, ends: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: a reserve that could not be made ended the terminal."""

    async def upkeep(_journal: SqliteJournal, _now_ms: int) -> bool:
        raise StoreError(code, "no room")

    async def scene() -> None:
        write_fare(tmp_path)
        monkeypatch.setattr(SqliteJournal, "upkeep", upkeep)
        async with Bench(tmp_path) as bench:
            service = asyncio.create_task(bench.service.run())
            await asyncio.sleep(3 * bench.service.idle_ms / 1000)
            assert service.done() is (code in ends)
            assert (code in bench.service.faults) is not service.done()
            service.cancel()
            with suppress(asyncio.CancelledError, BaseExceptionGroup):
                await service

    play(scene())
