"""A receipt that cannot be read out of the journal costs its paper, never the till."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from edge.domain.errors import OneCardError, RemoteProtocolError, StoreError
from edge.terminal.till.receipts import NEWEST
from tests.terminal.receipt_bench import PrintedTill, at_printed_till
from tests.terminal.till_bench import anybody, elder


def failing(error: OneCardError) -> Callable[..., Awaitable[Any]]:
    """Return a reading of the journal that fails once more and more."""

    async def slice_of(*_range: int) -> Any:  # noqa: ANN401 - it never returns
        raise error

    return slice_of


def test_a_damaged_entry_is_reported_and_the_next_receipt_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = RemoteProtocolError("WIRE_MALFORMED", "not an entry")

    async def scene(till: PrintedTill) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(till.bench.journal, "slice", failing(damaged))
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
            patched.setattr(till.bench.journal, "slice", failing(doubtful))
            await till.bench.sell(anybody())
            with pytest.raises(StoreError):
                await till.ended()
        await till.begin()

    at_printed_till(tmp_path, scene)


def test_a_sale_of_long_ago_is_found_as_well(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        first = await till.bench.sell(elder())
        for _ in range(NEWEST):
            await till.bench.ask("note", subject="staff.login")
        await till.bench.ask("receipt", tap=first.tap_id.hex())
        await till.idle()
        assert [any("补打" in line for line in slip) for slip in till.slips] == [False, True]
        assert till.slips[0][-1] == till.slips[1][-1]

    at_printed_till(tmp_path, scene)
