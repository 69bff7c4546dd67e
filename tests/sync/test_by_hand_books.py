"""Meals by hand at the centre: claims on accounts and cash in clearing and books, and what is set aside as unsound."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from edge.domain.entry import Kind, PaidTap
from edge.domain.media_manual import CODE_PIN, ManualFacts
from edge.domain.reversal import Reversed, Way
from edge.domain.shown import MediumFacts
from sync.central.centre import Centre
from sync.central.clearing import plain_dues
from sync.central.store.sqlite import open_sqlite
from tests.conformance.central_store import centre_on, enrolled, send
from tests.sync.builders import PAID, Ledger

DAY: Final = 20260601
CODE_TOKEN: Final = b"\x55" * 16
RELATIVE: Final = b"\x66" * 16


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    store = await open_sqlite(tmp_path / "central.db")
    yield centre_on(store)
    await store.close()


def by_hand(pays: str, scheme: str | None = None, **facts: Any) -> PaidTap:  # noqa: ANN401 - any fact
    """Return a meal by hand."""
    known = replace(ManualFacts(pays, CODE_PIN, b"\x77" * 16, b"", 0, 0), **facts)
    own = {"family": "manual", "scheme": pays if scheme is None else scheme, "token": CODE_TOKEN, "box": b""}
    return replace(PAID, **own, clearing_key=0, medium=MediumFacts(manual=known))  # type: ignore[arg-type]  # fields of the tap


def back(sale: PaidTap, way: Way) -> Reversed:
    """Return what takes a meal back."""
    place = sale.place.operator
    return Reversed(way.value, "test", "s1", 1, "manual", sale.scheme, sale.token, place, sale.charge, sale.pricing)


async def test_claims_on_accounts_and_cash_stand_apart_in_clearing_and_the_books_agree(centre: Centre) -> None:
    ledger = await enrolled(centre)
    ledger.add(by_hand("account"), tap=1)
    ledger.add(by_hand("account", proxy=RELATIVE), tap=2)
    ledger.add(by_hand("cash"), tap=3)
    await send(centre, ledger)
    books = await centre.books()
    assert books.problems == ()
    accounts = dict(books.accounts)
    assert (accounts["receivable:account"], accounts["receivable:cash"]) == (200, 100)
    dues = plain_dues(await centre.dues(DAY))["dues"]
    assert isinstance(dues, list)
    assert [(due["scheme"], due["token"], due["payer_fen"]) for due in dues] == [
        ("account", CODE_TOKEN.hex(), 200),
        ("cash", CODE_TOKEN.hex(), 100),
    ]
    assert [tap["by_hand"] for tap in dues[0]["taps"]] == [
        {"authentication": "code_pin", "proxy": ""},
        {"authentication": "code_pin", "proxy": RELATIVE.hex()},
    ]
    assert [tap["box"] for due in dues for tap in due["taps"]] == [""] * 3


TAKEN_BACK: Final = {
    "a claim that was withdrawn": (by_hand("account"), Way.WITHDRAWN),
    "cash that was given back": (by_hand("cash"), Way.CASH),
}


@pytest.mark.parametrize(("sale", "way"), TAKEN_BACK.values(), ids=TAKEN_BACK.keys())
async def test_what_was_taken_back_is_due_from_nobody(centre: Centre, sale: PaidTap, way: Way) -> None:
    ledger = await enrolled(centre)
    given_back(ledger, sale, way)
    receipt = await send(centre, ledger)
    assert receipt.ack.rejected == ()
    assert (await centre.books()).problems == ()
    assert (await centre.dues(DAY)).dues == ()


def given_back(ledger: Ledger, sale: PaidTap, way: Way) -> None:
    ledger.add(sale, tap=1)
    ledger.add(back(sale, way), tap=1, ref_seq=1, kind=Kind.REVERSED)


async def test_cash_cannot_be_withdrawn_or_credited(centre: Centre) -> None:
    ledger = await enrolled(centre)
    given_back(ledger, by_hand("cash"), Way.WITHDRAWN)
    assert [entry.seq for entry in (await send(centre, ledger)).ack.rejected] == [2]
    assert (await centre.dues(DAY)).dues != ()


UNSOUND: Final = {
    "a scheme that is not what pays": by_hand("cash", "account"),
    "a scheme that nobody knows": by_hand("voucher"),
    "no proof of who it was": by_hand("cash", authentication=""),
    "no holder": by_hand("cash", holder=b""),
    "a relative by half a token": by_hand("cash", proxy=b"\x66" * 8),
}


@pytest.mark.parametrize("body", UNSOUND.values(), ids=UNSOUND.keys())
async def test_an_unsound_meal_by_hand_is_set_aside_with_its_money(centre: Centre, body: PaidTap) -> None:
    ledger = await enrolled(centre)
    ledger.add(body, tap=1)
    receipt = await send(centre, ledger)
    assert [(entry.seq, entry.code) for entry in receipt.ack.rejected] == [(1, "ENTRY_INVALID")]
    assert (await centre.books()).problems == ()
