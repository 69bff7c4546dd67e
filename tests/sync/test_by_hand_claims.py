"""The same person by card at one till and by code at another, unheard of each other: one claim stands at the centre."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest

from edge.domain.entry import PaidTap
from edge.domain.media_manual import CODE_PIN, ManualFacts, ManualSnapshot
from edge.domain.reversal import Way
from sync.central.publications import bundle_publication
from tests.domain.canteen import canteen
from tests.sync.town_tills import MEAL_FEN, RELIEVED_FEN, TODAY, opened_till, parts
from tests.sync.two_sites import PERSON, Town, opened_town
from tests.tariff.paper_line import purse

CODE: Final = ManualSnapshot(b"code of an elder", ManualFacts("account", CODE_PIN, PERSON, b"", 0, 0))
TARIFF: Final = {**canteen(), "x_by_hand": {"pays": "account"}}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        found = await opened_town(tmp_path, stack)
        _, *lists = parts()
        await found.centre.publish([bundle_publication([TARIFF]), *lists])
        yield found


async def test_by_card_and_by_code_two_tills_grant_and_the_first_claim_stands(town: Town) -> None:
    by_card, by_code = await opened_till(town, "till-1"), await opened_till(town, "till-2")
    await by_card.sell(purse(1))
    sold = await by_code.sell(CODE)
    assert isinstance(sold.body, PaidTap)
    assert (sold.body.charge.payer_fen, sold.body.pricing.uncertain) == (RELIEVED_FEN, ("used_today",))
    for name in ("till-2", "till-1"):
        await town.carry_up(name)
    merged = (await town.centre.claims(TODAY)).merged
    assert [claim.terminal for claim in merged.granted] == ["till-1"]
    assert [lost.claim.terminal for lost in merged.clawbacks] == ["till-2"]
    books = await town.centre.books()
    assert books.problems == ()
    assert dict(books.accounts)["receivable:account"] == RELIEVED_FEN


async def test_by_code_and_by_card_at_one_till_are_one_meal(town: Town) -> None:
    till = await opened_till(town, "till-1")
    await till.sell(CODE)
    again = await till.sell(CODE)
    assert isinstance(again.body, PaidTap)
    assert again.body.charge.payer_fen == MEAL_FEN


async def test_a_claim_that_the_centre_has_is_credited(town: Town) -> None:
    till = await opened_till(town, "till-1")
    sold = await till.sell(CODE)
    receipt = await town.centre.receive("till-1", await till.site.batch())
    await till.site.line.journal.apply_ack(receipt.ack)
    assert (await till.take_back(sold, Way.CREDIT)).way == Way.CREDIT
    await town.carry_up("till-1")
    assert (await town.centre.books()).problems == ()
    assert (await town.centre.claims(TODAY)).merged.granted == ()
