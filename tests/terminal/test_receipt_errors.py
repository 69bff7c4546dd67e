"""A receipt that cannot be read out of the journal costs its paper, never the till."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from edge.domain.errors import OneCardError, RemoteProtocolError, StoreError
from tests.terminal.receipt_bench import PrintedTill, at_printed_till
from tests.terminal.till_bench import anybody, elder


def failing(error: OneCardError) -> Callable[[bytes], Awaitable[Any]]:
    """Return a reading of the journal that fails once more and more."""

    async def tap_entries(_prefix: bytes) -> Any:  # noqa: ANN401 - it never returns
        raise error

    return tap_entries


def test_a_damaged_entry_is_reported_and_the_next_receipt_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = RemoteProtocolError("WIRE_MALFORMED", "not an entry")

    async def scene(till: PrintedTill) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(till.bench.journal, "tap_entries", failing(damaged))
            assert (await till.bench.sell(anybody())).accepted
            await till.idle()
        assert (till.reported, till.slips, till.receipts.message()["missed"]) == ([damaged], [], 1)
        assert (await till.bench.sell(elder())).accepted
        await till.idle()
        assert len(till.slips) == 1

    at_printed_till(tmp_path, scene)


def test_a_store_in_doubt_ends_the_service_as_everywhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doubtful = StoreError("STORE_IO", "a read failed")

    async def scene(till: PrintedTill) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(till.bench.journal, "tap_entries", failing(doubtful))
            await till.bench.sell(anybody())
            with pytest.raises(StoreError):
                await till.ended()
        await till.begin()

    at_printed_till(tmp_path, scene)
