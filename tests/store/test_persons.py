"""What a journal remembers of persons: counters behind all their media, grants that are open, leases given back."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from edge.domain.entry import Draft, Kind, Remark
from edge.domain.errors import ProtocolError
from edge.domain.exposure import NO_HORIZON, Horizon
from edge.domain.holder import Lease
from edge.domain.lease import RETURNED_SUBJECT, return_pairs
from edge.domain.policy import State
from edge.domain.pricing import Pricing
from edge.domain.tariff.state import CounterRow, Effect, OpenGrants
from edge.store.journal import SqliteJournal
from tests.store.drafts import START_MS, drafted, intent, posted, token_of, torn, voided
from tests.store.journals import ack_for, journal_at

PERSON: Final = b"\x77" * 16
OTHER: Final = b"\x78" * 16
DAY: Final = Horizon(day_from_ms=START_MS)
LEASE: Final = Lease(3, "meal", "2027-01-15", "till-1", START_MS)


def granted(person: bytes = PERSON, *, uncertain: bool = True) -> Pricing:
    """Return a pricing that grants a person's meal, and counts what the medium paid."""
    effects = (Effect("meal", "2027-01-15", 1, "lunch", person), Effect("month_paid", "2027-01", 100, "month_paid"))
    return Pricing("b", effects, None, ("meal",) if uncertain else (), 300, below_normal=True)


async def state(journal: SqliteJournal, medium: int, person: bytes = PERSON, day: Horizon = DAY) -> State:
    return await journal.state_of(token_of(medium), horizon=day, person=person)


async def paid(journal: SqliteJournal, tap: int, medium: int, pricing: Pricing, time_ms: int = START_MS) -> int:
    """Write a proven debit; returns the number of its intent."""
    ordered = await journal.append(intent(tap, holder=medium, pricing=pricing, time_ms=time_ms))
    await journal.append(posted(tap, ordered.seq))
    return ordered.seq


def given_back(lease: Lease = LEASE, person: bytes = PERSON) -> Draft:
    """Return the note that gives a lease back."""
    return drafted(Kind.NOTE, Remark(RETURNED_SUBJECT, return_pairs(person, lease)), 9)


MEAL: Final = CounterRow("meal", "2027-01-15", 1)


async def test_a_second_card_of_the_same_person_gets_no_second_quota(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await paid(journal, 1, 1, granted())
        assert (await state(journal, 2)).counters == (MEAL,)
        assert (await state(journal, 1)).counters == (MEAL, CounterRow("month_paid", "2027-01", 100))
        assert (await state(journal, 2, OTHER)).counters == ()
        assert (await state(journal, 2, b"")).counters == ()


async def test_what_another_card_may_have_used_is_possible_until_it_is_settled(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        ordered = await journal.append(intent(1, holder=1, pricing=granted()))
        await journal.append(torn(1, ordered.seq))
        assert (await state(journal, 2)).counters == (CounterRow("meal", "2027-01-15", 0, 1),)


async def test_what_a_card_counted_before_its_holder_was_known_counts_for_the_holder(tmp_path: Path) -> None:
    unknown = Pricing("b", (Effect("meal", "2027-01-15", 1, "lunch"),), None, (), 0, below_normal=True)
    async with journal_at(tmp_path / "journal.db") as journal:
        await paid(journal, 1, 1, unknown)
        assert (await state(journal, 1)).counters == (MEAL,)


async def test_row_78_a_grant_is_open_until_the_centre_has_it(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await paid(journal, 1, 1, granted())
        await paid(journal, 2, 2, granted(OTHER), START_MS - 1)
        await paid(journal, 3, 3, granted(uncertain=False))
        assert (await state(journal, 1)).open_grants == (OpenGrants("meal", 1, 1),)
        assert (await state(journal, 1, OTHER)).open_grants == (OpenGrants("meal", 1, 1),)
        assert (await state(journal, 1, day=NO_HORIZON)).open_grants == (OpenGrants("meal", 1, 2),)
        await journal.apply_ack(await ack_for(journal, 1, 2))
        assert (await state(journal, 1)).open_grants == ()


async def test_row_78_a_voided_grant_is_open_no_more_and_a_torn_one_is(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        first = await journal.append(intent(1, holder=1, pricing=granted()))
        assert (await state(journal, 1)).open_grants == (OpenGrants("meal", 1, 1),)
        await journal.append(voided(1, first.seq))
        assert (await state(journal, 1)).open_grants == ()
        second = await journal.append(intent(2, holder=1, pricing=granted()))
        await journal.append(torn(2, second.seq))
    async with journal_at(tmp_path / "journal.db") as journal:
        assert (await state(journal, 1)).open_grants == (OpenGrants("meal", 1, 1),)


async def test_a_lease_that_was_given_back_stays_so_after_a_restart(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.append(given_back())
    async with journal_at(tmp_path / "journal.db") as journal:
        assert await journal.returned_leases(PERSON) == [("meal", "2027-01-15", 3)]
        assert await journal.returned_leases(OTHER) == []


USES: Final = {
    "was used": (True, "settled"),
    "may have been used": (True, "torn"),
    "is being used": (True, "open"),
    "was voided": (False, "voided"),
}


@pytest.mark.parametrize(("refused", "end"), USES.values(), ids=USES)
async def test_a_lease_cannot_be_given_back_once_it(tmp_path: Path, end: str, *, refused: bool) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        ordered = await journal.append(intent(1, holder=1, pricing=granted(uncertain=False)))
        ends = {"settled": posted, "torn": torn, "voided": voided}
        if end in ends:
            await journal.append(ends[end](1, ordered.seq))
        if refused:
            with pytest.raises(ProtocolError, match="ENTRY_INVALID"):
                await journal.append(given_back())
            assert await journal.returned_leases(PERSON) == []
        else:
            await journal.append(given_back())


async def test_the_next_epoch_knows_what_was_given_back(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.append(given_back())
        legacy = await journal.legacy()
    assert legacy.rows["lease_returned"] == [(PERSON, "meal", "2027-01-15", 3, START_MS)]


async def test_a_note_that_is_no_return_is_refused(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        unreadable = (("holder", "zz"), ("counter", "c"), ("bucket", "b"), ("serial", "1"))
        for pairs in ((), unreadable):
            with pytest.raises(ProtocolError, match="ENTRY_INVALID"):
                await journal.append(drafted(Kind.NOTE, Remark(RETURNED_SUBJECT, pairs), 1))
