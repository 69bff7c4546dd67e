"""Sales that a till took back, at the real centre: books, clearing, quotas and credits follow, and never twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from edge.domain.charge import Charge
from edge.domain.entry import Draft, Entry, Intent, Kind, PaidTap
from edge.domain.errors import LocalProtocolError
from edge.domain.reversal import Way
from sync.central.booking import book
from tests.domain.canteen import LUNCH_MS
from tests.domain.media_samples import bank_card
from tests.sync.town_tills import TODAY, Till, opened_till, parts
from tests.sync.two_sites import opened_town
from tests.tariff.paper_line import purse


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with AsyncExitStack() as stack:
        town = await opened_town(tmp_path, stack)
        await town.centre.publish(parts())
        yield await opened_till(town, "till-1")


async def test_two_tills_that_hear_nothing_of_each_other_both_grant_and_both_say_so(till: Till) -> None:
    other = await opened_till(till.town, "till-2")
    sold = [await till.sell(purse(1)), await other.sell(purse(2))]
    bodies = [entry.body for entry in sold if isinstance(entry.body, Intent)]
    assert [(body.charge.payer_fen, body.pricing.uncertain) for body in bodies] == [(1100, ("used_today",))] * 2
    for name in ("till-2", "till-1"):
        await till.town.carry_up(name)
    merged = (await till.town.centre.claims(TODAY)).merged
    assert [claim.terminal for claim in merged.granted] == ["till-1"]
    assert [lost.claim.terminal for lost in merged.clawbacks] == ["till-2"]
    await till.take_back(sold[0])
    await till.town.carry_up("till-1")
    merged = (await till.town.centre.claims(TODAY)).merged
    assert ([claim.terminal for claim in merged.granted], merged.clawbacks) == (["till-2"], ())


async def test_a_purse_sale_given_back_in_cash_leaves_the_books_balanced(till: Till) -> None:
    sold = await till.sell(purse(1))
    await till.take_back(sold)
    await till.town.carry_up("till-1")
    books = await till.town.centre.books()
    assert books.problems == ()
    assert {name: fen for name, fen in books.accounts if fen} == {"payer:purse": -1100, "returned:cash": 1100}
    assert (await till.town.centre.claims(TODAY)).merged.granted == ()


async def test_the_quota_is_free_again_at_once_and_claimed_once_at_the_centre(till: Till) -> None:
    first = await till.sell(purse(1))
    await till.take_back(first)
    again = await till.sell(purse(2))
    await till.town.carry_up("till-1")
    granted = (await till.town.centre.claims(TODAY)).merged.granted
    assert [claim.seq for claim in granted] == [again.seq]


async def test_an_unsent_bank_tap_is_withdrawn_before_clearing(till: Till) -> None:
    kept, sold = await till.sell(bank_card(1)), await till.sell(bank_card(2))
    assert (await till.take_back(sold)).way == Way.WITHDRAWN
    await till.town.carry_up("till-1")
    books = await till.town.centre.books()
    assert books.problems == ()
    dues = (await till.town.centre.dues(TODAY)).dues
    assert [(due.token, due.payer_fen) for due in dues] == [(token_of(kept), 1500)]


async def test_a_bank_tap_that_the_centre_has_is_credited(till: Till) -> None:
    sold = await till.sell(bank_card(1))
    receipt = await till.town.centre.receive("till-1", await till.site.batch())
    await till.site.line.journal.apply_ack(receipt.ack)
    assert (await till.take_back(sold, Way.CREDIT)).way == Way.CREDIT
    await till.town.carry_up("till-1")
    assert (await till.town.centre.books()).problems == ()
    assert [due.payer_fen for due in (await till.town.centre.dues(TODAY)).dues] == [1500]


async def test_a_reversal_in_another_batch_than_its_sale_is_booked(till: Till) -> None:
    sold = await till.sell(purse(1))
    await till.town.carry_up("till-1")
    await till.take_back(sold)
    await till.town.carry_up("till-1")
    books = await till.town.centre.books()
    assert (books.problems, books.quarantined) == ((), ())


FORGED: Final[dict[str, dict[str, Any]]] = {
    "of more money": {"charge": Charge(1600, 0, 1600)},
    "of another medium": {"token": bytes(16)},
    "to another operator": {"operator": "somebody"},
    "that withdraws what a purse paid": {"way": Way.WITHDRAWN.value},
    "in no way that there is": {"way": "gold"},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
async def test_the_centre_sets_a_wrong_reversal_aside(till: Till, changes: dict[str, Any]) -> None:
    """A terminal that wrote it would be broken; the centre believes no figure because it was signed."""
    sold = await till.sell(purse(1))
    posted = await till.site.line.journal.entry(sold.seq + 1)
    honest = await till.take_back(sold)
    newest = await till.site.line.journal.entry(sold.seq + 2)
    assert posted is not None
    assert newest is not None
    entries = [sold, posted, replace(newest, body=replace(honest, **changes))]
    booked = book([b""] * 3, entries, sold.seq, {})
    assert [item.code for item in booked] == ["", "", "ENTRY_INVALID"]
    assert booked[-1].postings == ()


async def test_the_journal_takes_nothing_back_twice(till: Till) -> None:
    sold = await till.sell(purse(1))
    body = await till.take_back(sold)
    again = Draft(Kind.REVERSED, LUNCH_MS, sold.quality, 1, sold.tap_id, sold.seq, body)
    with pytest.raises(LocalProtocolError, match="taken back before"):
        await till.site.line.journal.append(again)


def token_of(entry: Entry) -> bytes:
    assert isinstance(entry.body, PaidTap)
    return entry.body.token
