"""Two sites serve one person while neither reaches the centre: real journals, a real centre, every order of arrival."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from itertools import permutations
from pathlib import Path
from typing import Final

import pytest

from edge.domain.charge import Share
from edge.domain.holder import Lease
from edge.domain.revocation import Revocation
from tests.domain.samples import NOON_MS
from tests.sync.two_sites import PERSON, RELIEF_FEN, TODAY, Site, Town, opened_town, priced

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
DAY: Final = 20260601
CITY: Final = Share("city", RELIEF_FEN, "elder_part")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        yield await opened_town(tmp_path, stack)


async def two_sites(town: Town, *, leased: bool) -> tuple[Site, Site]:
    """Return two sites with the same edition, the quota leased to the first or to nobody."""
    first, second = await town.site("till-1"), await town.site("till-2")
    await town.publish()
    if leased:
        assert await town.lease("till-1") == "given"
    await town.carry_down("till-1", "till-2")
    return first, second


ORDERS: Final = sorted(set(permutations(["till-1", "till-1", "till-2", "till-2"])))
"""Each journal in two batches; the batches of one journal keep their order, those of two may come in any."""


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_row_78_with_a_lease_exactly_one_grants_with_certainty(town: Town, order: Sequence[str]) -> None:
    first, second = await two_sites(town, leased=True)
    elsewhere = priced(await second.board(2, NOON_MS - HOUR_MS))
    lessee = priced(await first.board(1, NOON_MS))
    assert (lessee.pricing.uncertain, lessee.pricing.exposure_fen) == ((), 0)
    assert (elsewhere.pricing.uncertain, elsewhere.pricing.exposure_fen) == (("free_today",), RELIEF_FEN)
    for name in order:
        await town.carry_up(name, 1)
    found = (await town.centre.claims(DAY)).merged
    assert [claim.terminal for claim in found.granted] == ["till-1"]
    (lost,) = found.clawbacks
    assert lost.claim.terminal == "till-2"
    assert lost.shares == (Share("site:till-2", RELIEF_FEN, "elder_part"),), "it broke the other's lease"
    assert [lessee.charge.payer_fen, elsewhere.charge.payer_fen] == [50, 50], "the holder's price stays"


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_row_78_without_a_lease_each_states_its_interval_and_the_first_in_time_stands(
    town: Town, order: Sequence[str]
) -> None:
    first, second = await two_sites(town, leased=False)
    early = priced(await second.board(2, NOON_MS - HOUR_MS))
    late = priced(await first.board(1, NOON_MS))
    for decision in (early, late):
        assert (decision.pricing.uncertain, decision.pricing.exposure_fen) == (("free_today",), RELIEF_FEN)
    for name in order:
        await town.carry_up(name, 1)
    found = (await town.centre.claims(DAY)).merged
    assert [claim.terminal for claim in found.granted] == ["till-2"]
    assert [(lost.claim.terminal, lost.shares) for lost in found.clawbacks] == [("till-1", (CITY,))]


async def test_row_78_a_second_card_at_the_same_site_gets_no_second_grant(town: Town) -> None:
    first, _ = await two_sites(town, leased=True)
    await first.board(1, NOON_MS)
    again = priced(await first.board(2, NOON_MS + HOUR_MS))
    assert (again.charge.payer_fen, again.pricing.uncertain) == (200, ())


async def test_row_78_open_grants_are_bounded_until_the_centre_has_them(town: Town) -> None:
    first, _ = await two_sites(town, leased=False)
    await first.board(1, NOON_MS)
    tomorrow = priced(await first.board(1, NOON_MS + DAY_MS))
    assert (tomorrow.charge.payer_fen, tomorrow.pricing.uncertain) == (200, ("free_today",))
    assert tomorrow.state.open_grants[0].person == 1
    receipt = await town.centre.receive("till-1", await first.batch())
    await first.line.journal.apply_ack(receipt.ack)
    acked = priced(await first.board(1, NOON_MS + DAY_MS + HOUR_MS))
    assert (acked.charge.payer_fen, acked.state.open_grants) == (50, ())


@pytest.mark.parametrize("cut", [False, True], ids=["while it runs", "and is restarted before it is sent"])
async def test_a_lease_that_was_given_back_is_given_to_another(town: Town, *, cut: bool) -> None:
    first, second = await two_sites(town, leased=True)
    assert await town.lease("till-2") == "in_use"
    await first.give_back(Lease(1, "free_today", TODAY, "till-1", 0))
    if cut:
        await first.restart()
    assert priced(await first.board(1, NOON_MS)).pricing.uncertain == ("free_today",), "it is certain no more"
    assert await town.lease("till-2") == "in_use", "nobody has heard of the return"
    await town.carry_up("till-1", 1)
    assert await town.lease("till-2") == "given"
    await town.carry_down("till-2")
    assert priced(await second.board(2, NOON_MS)).pricing.uncertain == ()
    await town.carry_up("till-1")
    await town.carry_up("till-2")
    assert [claim.terminal for claim in (await town.centre.claims(DAY)).merged.granted] == ["till-2"]


async def test_a_lease_that_ended_is_given_anew_once_the_lessee_was_heard_beyond_it(town: Town) -> None:
    first, second = await two_sites(town, leased=False)
    assert await town.lease("till-1", NOON_MS) == "given"
    await town.carry_down("till-1", "till-2")
    town.now_ms = NOON_MS + HOUR_MS
    assert await town.lease("till-2") == "in_use", "it may have been used and nobody has heard"
    await first.note(NOON_MS + 1)
    await town.carry_up("till-1")
    assert priced(await first.board(1, NOON_MS + 1)).pricing.uncertain == ("free_today",)
    assert await town.lease("till-2") == "given"
    await town.carry_down("till-2")
    assert priced(await second.board(2, NOON_MS + HOUR_MS)).pricing.uncertain == ()


async def test_what_was_used_is_not_leased_again(town: Town) -> None:
    first, _ = await two_sites(town, leased=True)
    await first.board(1, NOON_MS)
    await first.note(NOON_MS + 12 * HOUR_MS)
    await town.carry_up("till-1")
    assert await town.lease("till-2") == "used"


async def test_a_restored_centre_leases_nothing_that_it_may_have_leased_before(town: Town) -> None:
    await two_sites(town, leased=False)
    await town.centre.restored()
    assert await town.lease("till-1") == "restored_lately"
    town.now_ms += 3 * DAY_MS
    assert await town.lease("till-1", town.now_ms + HOUR_MS) == "given"
    assert await town.lease("till-2", town.now_ms + 3 * DAY_MS) == "too_far_ahead"


async def test_a_centre_epoch_of_a_far_year_keeps_nobody_from_leasing(town: Town) -> None:
    """It was passed over by name, for terminals had heard it of a clock that was wrong; the days count by the clock."""
    await two_sites(town, leased=False)
    assert await town.centre.restored(after=4_102_444_800) == 4_102_444_801
    town.now_ms += 3 * DAY_MS
    assert await town.lease("till-1", town.now_ms + HOUR_MS) == "given"


async def test_row_77_stored_value_at_two_offline_sites_is_valid_at_both(town: Town) -> None:
    """A card that no list knows rides twice: two debits of a purse, and no claim on anybody's quota."""
    first, second = await two_sites(town, leased=False)
    for site in (first, second):
        assert priced(await site.board(3, NOON_MS)).charge.payer_fen == 200
        await town.carry_up(site.name)
    books = await town.centre.books()
    assert (books.problems, books.by("payer:")) == ((), (("purse", 400),))
    assert (await town.centre.claims(DAY)).merged.granted == ()


REVOKED: Final = {
    "is flagged and kept below the policy": (Revocation(PERSON, "SHD-1", "20260601", 9), RELIEF_FEN, True),
    "is flagged for people above it": (Revocation(PERSON, "SHD-1", "20260601", 9), RELIEF_FEN - 1, False),
    "of a later day stands": (Revocation(PERSON, "SHD-1", "20260602", 9), RELIEF_FEN, None),
    "of other evidence stands": (Revocation(PERSON, "SHD-2", "20260601", 9), RELIEF_FEN, None),
    "by a list that the terminal had stands": (Revocation(PERSON, "SHD-1", "20260601", 1), RELIEF_FEN, None),
}


@pytest.mark.parametrize(("revocation", "keep_fen", "kept"), REVOKED.values(), ids=REVOKED)
async def test_row_34_a_grant_by_evidence_that_was_revoked_since(
    town: Town, revocation: Revocation, keep_fen: int, *, kept: bool | None
) -> None:
    first, _ = await two_sites(town, leased=True)
    entry = await first.board(1, NOON_MS)
    await town.carry_up("till-1")
    flags = await town.centre.revoked([revocation], keep_fen)
    expected = [(("till-1", first.epoch, entry.seq), "SHD-1", 1, RELIEF_FEN, kept)] if kept is not None else []
    assert [(flag.identity, flag.evidence, flag.listed, flag.relief_fen, flag.is_kept) for flag in flags] == expected
    assert dict((await town.centre.books()).accounts)["funder:city"] != 0, "nothing is taken back"
