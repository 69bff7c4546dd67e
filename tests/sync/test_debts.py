"""Taps that were refused later come back as debts, and go again when they are paid back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from edge.domain.errors import PolicyError
from edge.domain.holder import Debt
from edge.domain.pricing import NOT_PRICED
from edge.domain.tariff.flat import flat_tree
from edge.store.keyed_rows import DebtList
from sync.central.artifacts import Publication, list_work
from sync.central.centre import Centre
from sync.central.debts import REFUSED_NAME, Refusal, debt_list, debt_list_work, still_owed
from sync.central.publications import bundle_publication
from sync.central.store.port import CentralStore
from sync.central.store.sqlite import open_sqlite
from sync.row_form import DEBTS_KIND
from tests.conformance.central_store import centre_on, enrolled, send
from tests.sync.builders import NOON_MS, PAID, TERMINAL
from tests.sync.test_person_tables import mapped


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[CentralStore]:
    opened = await open_sqlite(tmp_path / "central.db")
    yield opened
    await opened.close()


async def published(centre: Centre) -> None:
    """Publish the least that an edition has."""
    tariff = bundle_publication([flat_tree("flat", 200)])
    assert await centre.publish([tariff, Publication("deny_list", "deny_list", b"")]) == 1


async def owed(store: CentralStore, folder: Path) -> Debt | None:
    """Return what the sample bank card owes by the list that would be published."""
    listed = DebtList(mapped(await store.read(debt_list_work), folder))
    try:
        return listed.find(PAID.token)
    finally:
        listed.close()


async def test_a_tap_that_was_refused_later_is_a_debt_once(store: CentralStore, tmp_path: Path) -> None:
    centre = centre_on(store)
    await published(centre)
    ledger = await enrolled(centre)
    tap = ledger.add(PAID, tap=1)
    await send(centre, ledger)
    known, edition = await centre.refuse([Refusal(TERMINAL, 1, tap), Refusal(TERMINAL, 1, 99)])
    assert (known, edition) == ([True, False], 2)
    await centre.refuse([Refusal(TERMINAL, 1, tap)])
    assert await owed(store, tmp_path) == Debt(100, NOON_MS, f"{TERMINAL}/1/{tap}")


async def test_a_debt_that_was_paid_back_with_a_fare_is_gone(store: CentralStore, tmp_path: Path) -> None:
    centre = centre_on(store)
    await published(centre)
    ledger = await enrolled(centre)
    tap = ledger.add(PAID, tap=1)
    await send(centre, ledger)
    await centre.refuse([Refusal(TERMINAL, 1, tap)])
    reference = f"{TERMINAL}/1/{tap}"
    both = replace(PAID.charge, surcharge_fen=100, payer_fen=200)
    later = ledger.add(replace(PAID, charge=both, pricing=replace(NOT_PRICED, debt_fen=100, debt=reference)), tap=2)
    await send(centre, ledger, later)
    assert await owed(store, tmp_path) is None
    await centre.refuse([Refusal(TERMINAL, 1, later)])
    assert await owed(store, tmp_path) == Debt(200, NOON_MS + 1, f"{TERMINAL}/1/{later}")


async def test_whatever_is_published_next_is_without_a_debt_that_was_paid_back(store: CentralStore) -> None:
    centre = centre_on(store)
    await published(centre)
    ledger = await enrolled(centre)
    tap = ledger.add(PAID, tap=1)
    await send(centre, ledger)
    await centre.refuse([Refusal(TERMINAL, 1, tap)])
    both = replace(PAID.charge, surcharge_fen=100, payer_fen=200)
    pricing = replace(NOT_PRICED, debt_fen=100, debt=f"{TERMINAL}/1/{tap}")
    await send(centre, ledger, ledger.add(replace(PAID, charge=both, pricing=pricing), tap=2))
    before = await store.read(lambda: list_work(DEBTS_KIND, REFUSED_NAME))
    await centre.publish([bundle_publication([flat_tree("flat", 300)])])
    after = await store.read(lambda: list_work(DEBTS_KIND, REFUSED_NAME))
    assert before is not None
    assert after is not None
    assert (before.entries, after.entries) == (1, 0)


OLD, NEW = Debt(300, 1, "a"), Debt(200, 2, "b")
OWED: Final = {
    "nothing": ([], None),
    "two debts, named by the older": ([NEW, OLD], Debt(500, 1, "a")),
    "a part of the older": ([OLD, NEW, Debt(-100, 3, "a")], Debt(400, 1, "a")),
    "the younger alone": ([OLD, NEW, Debt(-300, 3, "a")], Debt(200, 2, "b")),
    "a part of the younger": ([OLD, NEW, Debt(-350, 3, "a")], Debt(150, 2, "b")),
    "nothing any more": ([OLD, NEW, Debt(-500, 3, "a")], None),
}


@pytest.mark.parametrize(("lines", "expected"), OWED.values(), ids=OWED)
def test_what_is_still_owed_is(lines: list[Debt], expected: Debt | None) -> None:
    assert still_owed(lines) == expected
    assert still_owed(reversed(lines)) == expected


async def test_a_written_list_may_not_name_a_medium_that_owes_by_the_books(store: CentralStore) -> None:
    centre = centre_on(store)
    await published(centre)
    ledger = await enrolled(centre)
    tap = ledger.add(PAID, tap=1)
    await send(centre, ledger)
    written = debt_list({PAID.token: Debt(70, NOON_MS, "letter 7")})
    await centre.publish([written])
    await centre.refuse([Refusal(TERMINAL, 1, tap)])
    with pytest.raises(PolicyError, match="DEBT_TWICE: 1 media"):
        await centre.publish([debt_list({PAID.token: Debt(80, NOON_MS, "letter 8"), OTHER: written_debt()})])
    assert await centre.publish([debt_list({OTHER: written_debt()})]) == 4


OTHER: Final = b"\5" * 16


def written_debt() -> Debt:
    return Debt(90, NOON_MS, "letter 9")
