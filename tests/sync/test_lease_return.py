"""Giving a lease back at the terminal: by any number of the holder, once, and between two taps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest

from edge.domain.errors import OneCardError, ProtocolError
from edge.terminal.lease_verbs import LeaseVerbs
from tests.domain.samples import NOON_MS
from tests.sync.two_sites import PERSON, TODAY, Site, opened_town, priced
from tests.tariff.paper_line import purse

SECOND_CARD: Final = purse(2).number.reveal()
WANTED: Final = {"asked": SECOND_CARD, "counter": "free_today", "period": TODAY}


@pytest.fixture
async def lessee(tmp_path: Path) -> AsyncIterator[Site]:
    """Return a site that holds the lease of the person's day."""
    async with AsyncExitStack() as stack:
        town = await opened_town(tmp_path, stack)
        site = await town.site("till-1")
        await town.publish()
        assert await town.lease("till-1") == "given"
        await town.carry_down("till-1")
        yield site


def verbs_of(site: Site, lock: asyncio.Lock | None = None) -> LeaseVerbs:
    return LeaseVerbs(site.line.line, lock or asyncio.Lock())


ASKED: Final = {"a number of any of the holder's cards": SECOND_CARD, "the holder's own token": PERSON.hex()}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
async def test_a_lease_is_given_back_once_by(lessee: Site, asked: str) -> None:
    verbs = verbs_of(lessee)
    answer = await verbs.give_back({**WANTED, "asked": asked})
    assert answer == {"lease": 1, "counter": "free_today", "period": TODAY}
    assert await lessee.line.journal.returned_leases(PERSON) == [("free_today", TODAY, 1)]
    with pytest.raises(ProtocolError, match="CONTROL_REFUSED"):
        await verbs.give_back(WANTED)
    assert priced(await lessee.board(1, NOON_MS)).pricing.uncertain == ("free_today",)


NOT_HELD: Final = {
    "another period": {**WANTED, "period": "2026-06-02"},
    "another counter": {**WANTED, "counter": "meal"},
    "a holder whom no list knows": {**WANTED, "asked": "3104930499900000099"},
}


@pytest.mark.parametrize("message", NOT_HELD.values(), ids=NOT_HELD)
async def test_nothing_is_given_back_of(lessee: Site, message: dict[str, str]) -> None:
    with pytest.raises(ProtocolError) as caught:
        await verbs_of(lessee).give_back(message)
    assert caught.value.code == "CONTROL_REFUSED"
    assert message["asked"] not in str(caught.value)


async def test_a_lease_that_was_used_is_kept(lessee: Site) -> None:
    await lessee.board(1, NOON_MS)
    with pytest.raises(OneCardError, match="ENTRY_INVALID"):
        await verbs_of(lessee).give_back(WANTED)


async def test_no_lease_is_given_back_in_the_middle_of_a_tap(lessee: Site) -> None:
    lock = asyncio.Lock()
    async with lock:
        giving = asyncio.create_task(verbs_of(lessee, lock).give_back(WANTED))
        await asyncio.sleep(0)
        await lessee.board(1, NOON_MS)
        assert not giving.done()
    with pytest.raises(OneCardError, match="ENTRY_INVALID"):
        await giving
