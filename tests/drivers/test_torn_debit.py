"""A debit that is cut at any point is a value, never an error, and never runs twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from drivers.virtual.field import Hold, HoldPoint, Moment, Tear
from edge.domain.debit import DebitProof, OpenDebit, Prepared, RefusedDebit, TornDebit, TornReason, Verdict, judge
from edge.domain.errors import CardError
from tests.drivers.reader_bench import Fault, damage_last, fine, lose_everything, lose_first, lose_last, on_virtual_time
from tests.drivers.terminal_bench import ORDER, TerminalBench, opened

DEBIT = Moment(step="DEBIT")


def open_debit(prepared: Prepared) -> OpenDebit:
    return OpenDebit(1, 1, bytes(8), bytes(16), 0, prepared)


def debits_sent(bench: TerminalBench) -> int:
    return sum(b"\xd4\x40\x01\x80\x54" in frame for frame in bench.faulty.heard)


async def settled(bench: TerminalBench, prepared: Prepared) -> tuple[Verdict, bool]:
    """Present the card again and say what it proves, and whether MAC2 was checked."""
    bench.field.remove()
    bench.field.present(bench.purse)
    card = await bench.card()
    await card.snapshot()
    evidence = await card.evidence(open_debit(prepared))
    return judge(prepared, evidence)[0], evidence.mac2_checked


@pytest.mark.parametrize("step", ["SELECT", "READ BINARY", "GET BALANCE"])
def test_a_card_torn_away_while_it_is_read_has_left(step: str) -> None:
    async def scene() -> None:
        bench = await opened()
        bench.field.present(bench.purse)
        card = await bench.card()
        bench.field.plan_tear(Tear(Moment(step=step)))
        with pytest.raises(CardError, match="CARD_LEFT"):
            await card.snapshot()

    on_virtual_time(scene())


@pytest.mark.parametrize("step", ["INITIALIZE", "UPDATE CAPP DATA CACHE"])
def test_a_card_torn_away_while_the_debit_is_prepared_has_left_with_its_money(step: str) -> None:
    async def scene() -> None:
        bench = await opened()
        bench.field.present(bench.purse)
        card = await bench.card()
        await card.snapshot()
        bench.field.plan_tear(Tear(Moment(step=step)))
        with pytest.raises(CardError, match="CARD_LEFT"):
            await card.prepare(ORDER)
        assert bench.balance_fen == 5000

    on_virtual_time(scene())


@pytest.mark.parametrize(
    ("tear", "balance_fen", "verdict"),
    [
        (Tear(DEBIT), 5000, Verdict.VOIDED),
        (Tear(DEBIT, executed=True), 4800, Verdict.POSTED),
        *((Tear(DEBIT, byte=byte), 4800, Verdict.POSTED) for byte in range(1, 10)),
    ],
    ids=[
        "before the card runs it",
        "before its answer",
        *(f"after byte {byte} of its answer" for byte in range(1, 10)),
    ],
)
def test_a_debit_torn(tear: Tear, balance_fen: int, verdict: Verdict) -> None:
    async def scene() -> None:
        bench = await opened()
        card, prepared = await bench.prepared()
        bench.field.plan_tear(tear)
        assert await card.debit(prepared) == TornDebit(TornReason.CARD_LEFT)
        assert bench.balance_fen == balance_fen
        assert await settled(bench, prepared) == (verdict, verdict is Verdict.POSTED)

    on_virtual_time(scene())


@pytest.mark.parametrize(
    "fault",
    [lose_everything, lose_last, lose_first, damage_last, fine],
    ids=["the answer and its ACK", "the answer", "the ACK", "a bit of the answer", "nothing"],
)
def test_a_debit_whose_line_loses(fault: Fault) -> None:
    """Whatever is lost, DEBIT goes to the card once."""

    async def scene() -> None:
        bench = await opened()
        card, prepared = await bench.prepared()
        bench.faulty.plan.append(fault)
        bench.faulty.heard.clear()
        outcome = await card.debit(prepared)
        assert debits_sent(bench) == 1
        assert bench.balance_fen == 4800
        if not isinstance(outcome, DebitProof):
            assert outcome == TornDebit(TornReason.LINK_LOST)
            assert await settled(bench, prepared) == (Verdict.POSTED, True)

    on_virtual_time(scene())


def test_a_debit_that_never_reaches_the_reader_is_not_sent_again_by_itself() -> None:
    async def scene() -> None:
        bench = await opened()
        card, prepared = await bench.prepared()
        bench.faulty.heard.clear()
        bench.faulty.deaf = lambda: debits_sent(bench) == len(bench.faulty.heard)
        assert await card.debit(prepared) == TornDebit(TornReason.LINK_LOST)
        assert (debits_sent(bench), bench.balance_fen) == (1, 5000)
        assert await settled(bench, prepared) == (Verdict.VOIDED, False)

    on_virtual_time(scene())


def test_a_line_lost_before_the_debit_is_handed_to_it_is_a_value_as_well() -> None:
    async def scene() -> None:
        bench = await opened()
        card, prepared = await bench.prepared()
        bench.chip_line.unplug()
        assert await card.debit(prepared) == TornDebit(TornReason.LINK_LOST)
        assert bench.balance_fen == 5000

    on_virtual_time(scene())


def test_a_line_lost_while_the_card_holds_the_debit() -> None:
    async def scene() -> None:
        bench = await opened()
        card, prepared = await bench.prepared()
        bench.field.plan_hold(Hold(DEBIT, HoldPoint.AFTER))
        debiting = asyncio.ensure_future(card.debit(prepared))
        await asyncio.sleep(0.1)
        bench.chip_line.unplug()
        assert await debiting == TornDebit(TornReason.LINK_LOST)
        bench.chip_line.plug()
        await bench.reader.open()
        assert await settled(bench, prepared) == (Verdict.POSTED, True)

    on_virtual_time(scene())


def test_a_sam_that_fails_after_the_debit_leaves_a_proof_without_mac2() -> None:
    async def scene() -> None:
        bench = await opened()
        card, prepared = await bench.prepared()
        bench.sams.set_mute(1, mute=True)
        outcome = await card.debit(prepared)
        assert isinstance(outcome, DebitProof)
        assert not outcome.mac2_checked

    on_virtual_time(scene())


def test_after_a_reset_of_the_sam_mac2_of_an_older_session_is_not_sent_to_it() -> None:
    async def scene() -> None:
        bench = await opened()
        card, prepared = await bench.prepared()
        bench.field.plan_tear(Tear(DEBIT, executed=True))
        await card.debit(prepared)
        await bench.reader.close()
        await bench.reader.open()
        assert await settled(bench, prepared) == (Verdict.POSTED, False)

    on_virtual_time(scene())


def test_a_debit_that_the_card_refuses_is_refused() -> None:
    async def scene() -> None:
        bench = await opened()
        card, prepared = await bench.prepared()
        outcome = await card.debit(replace(prepared, mac1=bytes(4)))
        assert isinstance(outcome, RefusedDebit)
        assert bench.balance_fen == 5000

    on_virtual_time(scene())
