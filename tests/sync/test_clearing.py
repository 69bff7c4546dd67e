"""Taps that needed no write, at the centre: booked as receivable, added up by medium and day, told when shown twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from edge.domain.decision import Charge
from edge.domain.entry import PaidTap
from edge.domain.medium import CodeFacts
from edge.domain.shown import MediumFacts
from sync.central.centre import Centre
from sync.central.clearing import plain_dues
from sync.central.cli import dues_lines
from sync.central.store.sqlite import open_sqlite
from sync.grant import grant_hash, open_grant
from tests.conformance.central_store import centre_on, enrol, enrolled, send
from tests.domain.media_samples import BANK_CARD, CODE, identity, signed
from tests.sync.builders import PAID, Ledger

DAY: Final = 20260601
FREE: Final = Charge(0, 0, 0)


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    store = await open_sqlite(tmp_path / "central.db")
    yield centre_on(store)
    await store.close()


def by_card(counter: int, token: bytes = PAID.token) -> PaidTap:
    """Return a bank card's tap with its counter."""
    return replace(PAID, token=token, medium=MediumFacts(bank_card=replace(BANK_CARD, rounds=signed(counter))))


def by_code(code: CodeFacts = CODE) -> PaidTap:
    """Return a code's tap."""
    return replace(PAID, family="code", scheme="jtt1179", token=b"\x33" * 16, medium=MediumFacts(code=code))


async def test_the_payers_part_is_receivable_from_the_scheme(centre: Centre) -> None:
    ledger = await enrolled(centre)
    ledger.ride(1)
    ledger.add(by_card(17), tap=2)
    ledger.add(by_code(), tap=3)
    await send(centre, ledger)
    books = await centre.books()
    assert books.problems == ()
    assert books.by("payer:") == (("bank_card", 100), ("code", 100), ("purse", 100))
    accounts = dict(books.accounts)
    assert (accounts["receivable:unionpay"], accounts["receivable:jtt1179"]) == (100, 100)
    assert [(line.family, line.taps, line.total_fen) for line in books.media] == [
        ("bank_card", 1, 150),
        ("code", 1, 150),
        ("purse", 1, 150),
    ]


async def test_a_day_is_one_sum_for_each_medium(centre: Centre) -> None:
    ledger = await enrolled(centre)
    ledger.add(by_card(17), tap=1)
    ledger.add(by_card(18), tap=2)
    ledger.add(by_card(5, b"\x44" * 16), tap=3)
    ledger.add(by_code(), tap=4)
    await send(centre, ledger)
    found = await centre.dues(DAY)
    assert [(due.scheme, len(due.taps), due.payer_fen) for due in found.dues] == [
        ("jtt1179", 1, 100),
        ("unionpay", 2, 200),
        ("unionpay", 1, 100),
    ]
    assert found.twice == ()
    assert (await centre.dues(DAY + 1)).dues == ()
    told = plain_dues(found)
    assert dues_lines(told)[-1] == "due for 20260601: 4.00"


async def test_every_tap_keeps_its_box_and_its_evidence(centre: Centre) -> None:
    ledger = await enrolled(centre)
    ledger.add(by_card(17), tap=1)
    ledger.add(by_code(), tap=2)
    await send(centre, ledger)
    dues = plain_dues(await centre.dues(DAY))["dues"]
    assert isinstance(dues, list)
    assert [(due["taps"][0]["box"], due["taps"][0]["evidence"]) for due in dues] == [
        (PAID.box.hex(), CODE.evidence.hex()),
        (PAID.box.hex(), BANK_CARD.field_55.hex()),
    ]


async def test_a_code_at_two_terminals_is_owed_once(centre: Centre) -> None:
    first = await enrolled(centre)
    kit = await enrol(centre, "BUS-2")
    second = Ledger(open_grant(kit.grant, kit.centre_key).epoch, grant_hash(kit.grant), terminal="BUS-2")
    first.add(by_code(), tap=1)
    second.add(by_code(), tap=2)
    second.add(by_code(replace(CODE, code=b"other" * 3 + b"!")), tap=3)
    await send(centre, first)
    await send(centre, second)
    assert [tap.tap_id for tap in (await centre.dues(DAY)).twice] == [(2).to_bytes(8, "big")]


async def test_a_pass_may_be_shown_again(centre: Centre) -> None:
    ledger = await enrolled(centre)
    for tap in (1, 2):
        ledger.add(by_code(replace(CODE, reusable=True)), tap=tap)
    await send(centre, ledger)
    assert (await centre.dues(DAY)).twice == ()


UNSOUND: Final[dict[str, PaidTap]] = {
    "a card that was refused": replace(PAID, medium=MediumFacts(bank_card=replace(BANK_CARD, refusal="x.hash"))),
    "nothing read of the medium": replace(PAID, medium=MediumFacts()),
    "another family than the medium's": replace(PAID, family="code"),
    "no scheme": replace(PAID, scheme=""),
    "no token": replace(PAID, token=b""),
}


@pytest.mark.parametrize("body", UNSOUND.values(), ids=UNSOUND)
async def test_an_unsound_payment_is_set_aside_with_its_money(centre: Centre, body: PaidTap) -> None:
    ledger = await enrolled(centre)
    ledger.add(body, tap=1)
    receipt = await send(centre, ledger)
    assert [(entry.seq, entry.code) for entry in receipt.ack.rejected] == [(1, "ENTRY_INVALID")]
    books = await centre.books()
    assert books.problems == ()
    assert dict(books.accounts)["suspense:quarantine"] == body.charge.total_fen
    assert (await centre.dues(DAY)).dues == ()


async def test_an_identity_that_pays_nothing_balances(centre: Centre) -> None:
    ledger = await enrolled(centre)
    facts = MediumFacts(identity=identity().facts())
    ledger.add(replace(PAID, family="identity", scheme="cid", medium=facts, charge=FREE), tap=1)
    await send(centre, ledger)
    assert (await centre.books()).problems == ()
