"""Bytes wake the reader who waits, also where another one before it was just cancelled."""

from __future__ import annotations

import asyncio

import pytest

from drivers.links.inbox import Inbox


@pytest.mark.parametrize("bytes_come", [True, False], ids=["the bytes that come", "its timeout"])
async def test_a_reader_hears_though_the_cancelled_one_before_it_ends_later(bytes_come: bool) -> None:  # noqa: FBT001 - a case
    inbox = Inbox()
    cancelled = asyncio.create_task(inbox.take(timeout_ms=5_000))
    await asyncio.sleep(0)
    reading = asyncio.create_task(inbox.take(timeout_ms=5_000 if bytes_come else 1))
    cancelled.cancel()
    await asyncio.wait({cancelled})
    if bytes_come:
        inbox.put(b"card")
    async with asyncio.timeout(1):
        assert await reading == (b"card" if bytes_come else b"")
