"""Persons in the reference data: found by every token of theirs, and swapped with their edition."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.domain.errors import PolicyError
from edge.domain.holder import Debt, Holder, Lease, LeaseRecord
from edge.domain.tap import Token
from edge.store.reference import FileReference
from sync.row_form import Row
from tests.store.editions import CENTRE, plain_edition
from tests.store.row_lists import edition_with, elder, token

LEASE = Lease(1, "used_today", "2026-06-01", "till-1", 5)
DEBT = Debt(350, 1_700_000_000_000, "bus-7/4/17")
LISTS: dict[str, list[Row]] = {
    "entitlements": [elder(1), elder(2)],
    "leases": [((token(10),), LeaseRecord((LEASE,)))],
    "debts": [((token(12),), DEBT)],
}


@pytest.fixture
def reference(tmp_path: Path) -> Iterator[FileReference]:
    with FileReference(tmp_path / "editions", CENTRE.public) as opened:
        yield opened


def test_a_holder_is_known_by_every_medium_with_claims_leases_and_version(
    tmp_path: Path, reference: FileReference
) -> None:
    reference.install(edition_with(tmp_path, 3, LISTS))
    (_, record) = elder(1)
    by_tokens = {reference.holder(Token(token(10 + medium))) for medium in range(4)}
    assert by_tokens == {Holder(token(10), record.claims, "", 3, (LEASE,))}  # type: ignore[attr-defined]  # a record
    other = reference.holder(Token(token(21)))
    assert other is not None
    assert other.leases == ()
    assert reference.holder(Token(token(15))) is None


def test_a_debt_is_that_of_one_token(tmp_path: Path, reference: FileReference) -> None:
    reference.install(edition_with(tmp_path, 3, LISTS))
    assert [reference.debt(Token(token(number))) for number in (10, 12)] == [None, DEBT]


def test_the_lists_go_with_their_edition(tmp_path: Path, reference: FileReference) -> None:
    reference.install(edition_with(tmp_path, 3, LISTS))
    reference.install(plain_edition(tmp_path, 4))
    assert (reference.holder(Token(token(10))), reference.debt(Token(token(12)))) == (None, None)
    reference.close()
    with pytest.raises(PolicyError, match="POLICY_MISSING"):
        reference.holder(Token(token(10)))


def test_row_30_a_list_whose_rows_are_of_another_kind_leaves_the_edition_before(
    tmp_path: Path, reference: FileReference
) -> None:
    reference.install(edition_with(tmp_path, 3, LISTS))
    bad = edition_with(tmp_path, 4, {"entitlements": LISTS["debts"]})
    with pytest.raises(PolicyError, match="ARTIFACT_DAMAGED"):
        reference.install(bad)
    assert reference.holder(Token(token(10))) is not None


def test_rows_are_read_in_steps_once_and_not_again_at_a_start(tmp_path: Path, reference: FileReference) -> None:
    rows = [elder(number) for number in range(2_000)]
    folder = edition_with(tmp_path, 3, {"entitlements": rows})
    first = sum(1 for _ in reference.installing(folder))
    reference.close()
    again = sum(1 for _ in FileReference(tmp_path / "editions", CENTRE.public).installing(folder))
    assert first - again > len(rows) / 64
