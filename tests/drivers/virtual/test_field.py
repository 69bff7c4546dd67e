"""Where contact is lost or held, and what card, reader and report then know."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from drivers.virtual.card_time import CardTime
from drivers.virtual.device import Reply
from drivers.virtual.field import CRC_ERROR, NO_ANSWER, Field, Hold, HoldPoint, Moment, Outcome, Tear
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.pn532_frames import ACK, wrap
from drivers.virtual.purse import PurseCard
from tests.drivers.virtual.edge_card import EdgeCard
from tests.drivers.virtual.terminal_side import SELECT_PURSE, prepare, selected, started_psam

FIRST = Moment(apdu=1)
DEBIT = Moment(step="DEBIT")


class Air:
    """A field with a card whose purchase is prepared, and what was reported and delivered."""

    def __init__(self, *, card_time: bool = False) -> None:
        self.events: list[Mapping[str, object]] = []
        self.outcomes: list[Outcome] = []
        self.field = Field(card_time=CardTime(enabled=card_time), report=self.events.append)
        self.card = PurseCard(5000)
        self.field.power(on=True)
        self.field.present(self.card)
        self.debit = prepare(selected(self.card), started_psam(), 300).debit

    def send(self, apdu: bytes) -> Outcome | None:
        """Return what came back at once."""
        before = len(self.outcomes)
        self.field.exchange(self.field.present_cards[0], apdu, self.outcomes.append)
        return self.outcomes[-1] if len(self.outcomes) > before else None

    def phases(self) -> list[object]:
        return [event["phase"] for event in self.events if event["event"] == "apdu"]


@pytest.mark.parametrize(
    ("tear", "status", "balance_fen", "phases"),
    [
        pytest.param(Tear(DEBIT), NO_ANSWER, 5000, ["lost"], id="the command never arrives"),
        pytest.param(Tear(DEBIT, executed=True), NO_ANSWER, 4700, ["executed", "lost"], id="the answer is lost whole"),
        pytest.param(Tear(DEBIT, byte=3), CRC_ERROR, 4700, ["executed", "lost"], id="the answer is cut inside"),
        pytest.param(Tear(FIRST, executed=True), NO_ANSWER, 4700, ["executed", "lost"], id="named by its number"),
    ],
)
def test_a_tear_decides_whether_the_card_has_debited(
    tear: Tear, status: int, balance_fen: int, phases: list[str]
) -> None:
    air = Air()
    air.field.plan_tear(tear)
    outcome = air.send(air.debit)
    assert outcome == Outcome(None, status, 0.0)
    assert air.card.balance_fen == balance_fen
    assert air.phases() == phases
    assert air.field.present_cards == ()


def test_a_torn_card_that_returns_proves_its_debit() -> None:
    air = Air()
    air.field.plan_tear(Tear(DEBIT, executed=True))
    air.send(air.debit)
    air.field.present(air.card)
    assert air.send(SELECT_PURSE) is not None
    proof = air.send(bytes.fromhex("805A0009020001"))
    committed = air.card.debits[0]
    assert proof is not None
    assert proof.answer == committed.mac2 + committed.tac + b"\x90\x00"


def test_a_tear_waits_for_its_moment() -> None:
    air = Air()
    air.field.plan_tear(Tear(Moment(apdu=2)))
    assert air.send(bytes.fromhex("805C000204")) is not None
    assert air.field.present_cards
    outcome = air.send(bytes.fromhex("805C000204"))
    assert outcome is not None
    assert outcome.answer is None


@pytest.mark.parametrize(
    ("point", "balance_held_fen"), [(HoldPoint.BEFORE, 5000), (HoldPoint.AFTER, 4700)], ids=["before", "after"]
)
def test_a_hold_stops_time_before_or_after_the_debit(point: HoldPoint, balance_held_fen: int) -> None:
    air = Air()
    air.field.plan_hold(Hold(DEBIT, point))
    assert air.send(air.debit) is None
    assert air.field.holding
    assert air.card.balance_fen == balance_held_fen
    air.field.release()
    assert air.outcomes[-1].answer is not None
    assert air.card.balance_fen == 4700


def test_a_card_taken_away_during_a_hold_gives_no_answer() -> None:
    air = Air()
    air.field.plan_hold(Hold(DEBIT))
    air.send(air.debit)
    air.field.remove()
    air.field.release()
    assert air.outcomes[-1] == Outcome(None, NO_ANSWER, 0.0)
    assert air.card.balance_fen == 4700


def test_events_name_the_step_and_never_the_bytes() -> None:
    air = Air()
    air.send(air.debit)
    executed = air.events[-1]
    assert executed == {"event": "apdu", "apdu": 1, "step": "DEBIT", "phase": "executed", "status": "9000"}


def test_a_third_card_finds_no_room() -> None:
    air = Air()
    air.field.present(EdgeCard())
    with pytest.raises(ValueError, match="two cards"):
        air.field.present(EdgeCard())


def test_the_model_prices_a_debit_by_its_step_and_its_bytes_over_the_air() -> None:
    air = Air(card_time=True)
    outcome = air.send(air.debit)
    assert outcome is not None
    assert outcome.took_ms == pytest.approx(35 + 0.1 * (len(air.debit) + 10))


def test_a_held_answer_comes_over_the_line_when_it_is_released() -> None:
    device, later = VirtualPn532(Field(card_time=CardTime(enabled=False))), list[Reply]()
    device.on_unsolicited = later.append
    device.field.present(EdgeCard())
    device.receive(wrap(bytes.fromhex("D44A0100")))
    device.field.plan_hold(Hold(FIRST))
    challenge = wrap(bytes.fromhex("D440010084000008"))
    assert [reply.outgoing for reply in device.receive(challenge)] == [ACK]
    device.field.release()
    assert [reply.outgoing for reply in later] == [wrap(bytes.fromhex("D54100") + bytes(8) + b"\x90\x00")]


@pytest.mark.parametrize("overtaken_by", [ACK, wrap(bytes.fromhex("D402"))], ids=["an abort", "another command"])
def test_a_held_answer_that_was_overtaken_is_never_sent(overtaken_by: bytes) -> None:
    device, later = VirtualPn532(Field(card_time=CardTime(enabled=False))), list[Reply]()
    device.on_unsolicited = later.append
    device.field.present(EdgeCard())
    device.receive(wrap(bytes.fromhex("D44A0100")))
    device.field.plan_hold(Hold(FIRST))
    device.receive(wrap(bytes.fromhex("D440010084000008")))
    device.receive(overtaken_by)
    device.field.release()
    assert later == []
