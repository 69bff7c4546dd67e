"""What was charged too much is a credit: it goes down as a list, pays a part of a later fare, and is even then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.domain.authorize import authorize
from edge.domain.decision import Approved
from edge.domain.entry import PaidTap
from edge.domain.errors import ConfigError
from edge.domain.holder import Credit
from edge.domain.limits import DebtRule, Limits
from edge.domain.policy import Policy, State
from edge.domain.replay import tap_of
from edge.domain.tap import Place
from edge.store.keyed_rows import CreditList
from sync.central.books.worker import bring_up
from sync.central.centre import Centre
from sync.central.debts import coming, debt_list_work
from sync.central.store.port import CentralStore
from tests.books.cases import BANK, DAY_MS, MINUTE_MS, PURSE, gates
from tests.books.town import BUNDLE, FLAT_FEN, LONE_FEN, Device, Medium, device, publish, trip_fen
from tests.conformance.central_store import centre_on
from tests.sync.builders import NOON_MS
from tests.sync.test_person_tables import mapped

pytestmark = pytest.mark.centre

TOO_MUCH_FEN = LONE_FEN - trip_fen("S0", "S3")
RECOVERING = Policy(1, (BUNDLE,), Limits(debt=DebtRule.RECOVER))


@pytest.fixture
async def centre(store: CentralStore) -> Centre:
    """Return a centre at which a purse has paid its exit too dearly."""
    made = centre_on(store)
    await publish(made)
    way_in, way_out = await gates(made)
    purse = Medium("purse", PURSE)
    way_in.tap(purse, NOON_MS)
    way_out.tap(purse, NOON_MS + 20 * MINUTE_MS)
    for one in (way_in, way_out):
        await one.upload(made)
    await bring_up(store)
    return made


def decided(bus: Device, token: bytes, state: State) -> tuple[PaidTap, Approved]:
    """Let a bank card tap where its terminal knows ``state``; returns the body as priced, and the decision."""
    entry = bus.tap(Medium("bank_card", token), NOON_MS + DAY_MS)
    body = entry.body
    assert isinstance(body, PaidTap)
    decision = authorize(tap_of(entry, body, body.medium.snapshot()), RECOVERING, replace(body.state, debt=state.debt))
    assert isinstance(decision, Approved)
    return body, decision


async def test_the_list_of_credits_names_what_a_medium_has_coming(
    store: CentralStore, centre: Centre, tmp_path: Path
) -> None:
    listed = CreditList(mapped(await centre.bookkeeping.credit_list(), tmp_path))
    assert listed.find(PURSE) == Credit(TOO_MUCH_FEN, NOON_MS + 20 * MINUTE_MS, "G-in/1/1+1")
    assert listed.find(BANK) is None
    listed.close()
    assert (await store.read(debt_list_work)).kind == "debts"


async def test_a_credit_pays_a_part_of_the_next_fare_and_is_even(store: CentralStore, centre: Centre) -> None:
    credit = (await centre.bookkeeping.credits())[PURSE]
    bus = await device(centre, "BUS-1")
    body, decision = decided(bus, PURSE, State(debt=credit.as_debt()))
    assert (decision.charge.payer_fen, decision.prompt) == (0, "credit_used")
    assert [(share.funder, share.fen) for share in decision.charge.shares] == [("credit", FLAT_FEN)]
    bus.raws.pop()
    bus.heads.pop()
    paid = replace(body, charge=decision.charge, pricing=decision.pricing, explanation=decision.explanation)
    bus.write(paid, NOON_MS + DAY_MS, tap=b"\1" * 8)
    (receipt,) = await bus.upload(centre)
    assert receipt.ack.rejected == ()
    await bring_up(store)
    left = TOO_MUCH_FEN - FLAT_FEN
    assert (await centre.bookkeeping.position(PURSE)).credit_fen == left
    assert (await centre.bookkeeping.credits())[PURSE].fen == left
    assert (await centre.bookkeeping.reconcile()).differences == ()
    assert (await centre.books()).problems == ()


REFUSALS = {
    "a credit that paid already pays no more": State(paid_back=("A+1",)),
    "a terminal that recovers no debts uses no credit": State(),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_credit_pays_nothing(name: str) -> None:
    state = replace(REFUSALS[name], debt=Credit(100, 0, "A+1").as_debt())
    policy = RECOVERING if state.paid_back else Policy(1, (BUNDLE,), Limits(debt=DebtRule.TELL))
    bus = Device("BUS-1", place=Place("bus", "4520", "town-transport"), key=None, epoch=1, head=b"h" * 32)  # type: ignore[arg-type]  # nothing is sent
    entry = bus.tap(Medium("bank_card", BANK), NOON_MS)
    body = entry.body
    assert isinstance(body, PaidTap)
    decision = authorize(tap_of(entry, body, body.medium.snapshot()), policy, state)
    assert isinstance(decision, Approved)
    assert (decision.charge.payer_fen, decision.charge.shares) == (FLAT_FEN, ())


async def test_a_credit_is_paid_by_file_once(centre: Centre) -> None:
    assert await centre.bookkeeping.pay_out(PURSE, "file-1") == TOO_MUCH_FEN
    assert await centre.bookkeeping.pay_out(PURSE, "file-1") == 0
    assert await centre.bookkeeping.credits() == {}
    assert (await centre.bookkeeping.position(PURSE)).credit_fen == 0


def test_a_reference_changes_with_every_line() -> None:
    one = Credit(100, 5, "A").as_debt()
    more = Credit(50, 6, "B").as_debt()
    assert coming([one]) == Credit(100, 5, "A+1")
    assert coming([one, more]) == Credit(150, 5, "B+2")


@pytest.mark.parametrize("tap", [("G-out", 1, 2), ("G-out", 1, 1), ("G-in", 1, 1)], ids=str)
async def test_a_ride_that_is_waived_comes_back_whole_and_once(tap: tuple[str, int, int], centre: Centre) -> None:
    paid_fen = LONE_FEN - TOO_MUCH_FEN
    assert await centre.bookkeeping.waive(tap) == paid_fen
    assert await centre.bookkeeping.waive(tap) == 0
    assert (await centre.bookkeeping.position(PURSE)).credit_fen == LONE_FEN
    assert (await centre.bookkeeping.reconcile()).differences == ()


async def test_what_was_never_tapped_cannot_be_waived(centre: Centre) -> None:
    with pytest.raises(ConfigError, match="no tap"):
        await centre.bookkeeping.waive(("G-out", 1, 99))
