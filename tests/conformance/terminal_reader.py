"""What every terminal reader does with a card and a PSAM, whatever carries its commands.

Each case takes a ``Stand`` inside a simulated loop; the modules that run them say how the reader is built.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.virtual.field import Moment, Tear
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_files import Personalisation
from edge.domain.debit import (
    DebitOrder,
    DebitProof,
    OpenDebit,
    Prepared,
    TornDebit,
    TornReason,
    TripFacts,
    Verdict,
    judge,
)
from edge.domain.errors import CardError, CardRefused, ReaderError
from edge.domain.medium import PurseSnapshot
from edge.ports import CardSession, Reader, Trouble
from edge.simulation.pitch import Pitch

TRIP = TripFacts(kind=5, industry=2, line_station=bytes(7), city="4520", acquirer=bytes(8))
ORDER = DebitOrder(150, "20261102083000", TRIP)
OTHER = Personalisation(serial="3104930499900000055")


@dataclass
class Stand:
    """A reader before a pitch."""

    pitch: Pitch
    reader: Reader

    async def card(self) -> CardSession:
        presented = await self.reader.next_card()
        assert not isinstance(presented, Trouble)
        return presented

    async def ready(self, card: PurseCard, tear: Tear | None = None) -> CardSession:
        """Open, present and read a card."""
        await self.reader.open()
        self.pitch.present(card, tear)
        session = await self.card()
        assert isinstance(await session.snapshot(), PurseSnapshot)
        return session


async def debits_once(stand: Stand) -> None:
    card = PurseCard(5000, seq=8)
    session = await stand.ready(card)
    proof = await session.debit(await session.prepare(ORDER))
    assert isinstance(proof, DebitProof)
    assert (proof.mac2_checked, proof.balance_after_fen, card.balance_fen, card.counter) == (True, 4850, 4850, 9)
    assert stand.reader.psam_number() == stand.pitch.psam.number


async def notices_a_card_that_leaves(stand: Stand) -> None:
    session = await stand.ready(PurseCard(5000))
    assert not await session.removed(1000)
    stand.pitch.remove()
    assert await session.removed(2000)


async def tells_two_cards_once(stand: Stand) -> None:
    await stand.reader.open()
    stand.pitch.present(PurseCard(5000))
    stand.pitch.present(PurseCard(5000, personalisation=OTHER, uid=b"\x08\x01\x02\x03"))
    assert await stand.reader.next_card() is Trouble.TWO_CARDS
    waiting = asyncio.ensure_future(stand.reader.next_card())
    await asyncio.sleep(2)
    assert not waiting.done()
    stand.pitch.remove()
    await asyncio.sleep(1)
    stand.pitch.present(PurseCard(5000))
    assert not isinstance(await waiting, Trouble)


async def a_poor_card_refuses(stand: Stand) -> None:
    session = await stand.ready(PurseCard(100))
    with pytest.raises(CardRefused) as refused:
        await session.prepare(ORDER)
    assert refused.value.status == 0x9401


async def a_card_torn_while_it_is_read_has_left(stand: Stand) -> None:
    await stand.reader.open()
    stand.pitch.present(PurseCard(5000), Tear(Moment(step="READ BINARY")))
    session = await stand.card()
    with pytest.raises(CardError) as left:
        await session.snapshot()
    assert left.value.code == "CARD_LEFT"
    assert not stand.pitch.occupied


async def a_card_torn_in_prepare_has_left(stand: Stand) -> None:
    card = PurseCard(5000)
    session = await stand.ready(card, Tear(Moment(step="UPDATE CAPP DATA CACHE"), executed=True))
    with pytest.raises(CardError) as left:
        await session.prepare(ORDER)
    assert (left.value.code, card.counter) == ("CARD_LEFT", 0)


def torn(*, executed: bool, verdict: Verdict) -> Callable[[Stand], Awaitable[None]]:
    async def a_torn_debit_is_judged_when_the_card_returns(stand: Stand) -> None:
        card = PurseCard(5000)
        session = await stand.ready(card, Tear(Moment(step="DEBIT"), executed=executed))
        prepared = await session.prepare(ORDER)
        assert await session.debit(prepared) == TornDebit(TornReason.CARD_LEFT)
        assert await session.removed(2000)
        session = await stand.ready(card)
        evidence = await session.evidence(opened(prepared))
        assert judge(prepared, evidence)[0] is verdict
        assert (evidence.tac is not None, evidence.mac2_checked) == (executed, executed)

    return a_torn_debit_is_judged_when_the_card_returns


async def an_unplugged_reader_tears_the_debit_and_opens_again(stand: Stand) -> None:
    card = PurseCard(5000)
    session = await stand.ready(card)
    prepared = await session.prepare(ORDER)
    stand.pitch.unplug()
    assert await session.debit(prepared) == TornDebit(TornReason.LINK_LOST)
    assert card.debits == ()
    with pytest.raises(ReaderError):
        await session.removed(1000)
    await stand.reader.close()
    stand.pitch.plug()
    stand.pitch.remove()
    await stand.ready(card)


async def an_absent_reader_does_not_open(stand: Stand) -> None:
    stand.pitch.unplug()
    with pytest.raises(ReaderError) as absent:
        await stand.reader.open()
    assert absent.value.code == "LINK_ABSENT"


def opened(prepared: Prepared) -> OpenDebit:
    return OpenDebit(1, 1, bytes(8), bytes(16), 0, prepared)


CASES: dict[str, Callable[[Stand], Awaitable[None]]] = {
    "a ride is debited once and proven": debits_once,
    "a card that leaves is missed": notices_a_card_that_leaves,
    "two cards are told once": tells_two_cards_once,
    "a poor card refuses INITIALIZE": a_poor_card_refuses,
    "a card torn while it is read has left": a_card_torn_while_it_is_read_has_left,
    "a card torn in prepare has left": a_card_torn_in_prepare_has_left,
    "a debit torn before the card worked is voided": torn(executed=False, verdict=Verdict.VOIDED),
    "a debit torn after the card worked is posted": torn(executed=True, verdict=Verdict.POSTED),
    "an unplugged reader tears the debit": an_unplugged_reader_tears_the_debit_and_opens_again,
    "an absent reader does not open": an_absent_reader_does_not_open,
}
