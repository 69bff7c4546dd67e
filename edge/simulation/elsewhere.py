"""Rides and top-ups of a card somewhere else: at another city's terminal, at once, outside the simulated time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from drivers.apdu import CARD, Response
from drivers.cards.epurse import Application, PurseSettings
from drivers.conversation import Conversation
from drivers.issuers import load_issuers
from drivers.sams import psam as sam
from drivers.sams.psam import PsamSettings
from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard
from edge.domain.debit import DebitOrder, DebitProof, TripFacts
from edge.domain.errors import CardError

T = TypeVar("T")

PSAM: Final = bytes.fromhex("330100000001")
COUNTER: Final = bytes.fromhex("330100000002")
FARE_FEN: Final = 100
TRIP: Final = TripFacts(kind=6, industry=2, line_station=bytes(7), city="3301", acquirer=bytes(8))


def ride_elsewhere(card: PurseCard, rides: int, now_ms: int) -> int:
    """Ride ``rides`` times at another operator's terminal, as long as the money lasts; returns how often."""
    application = Application(PurseSettings(issuers=load_issuers()))
    psam = Psam(PSAM)
    return sum(1 for ride in range(rides) if _ride(card, psam, application, now_ms + 1000 * ride))


def top_up_elsewhere(card: PurseCard, amount_fen: int, now_ms: int) -> None:
    """Load money at some counter."""
    card.top_up(amount_fen, COUNTER, _card_time(now_ms))


def _ride(card: PurseCard, psam: Psam, application: Application, now_ms: int) -> bool:
    facts = _spoken(sam.start(PsamSettings()), card, psam)
    try:
        medium = _spoken(application.snapshot(), card, psam)
        order = DebitOrder(FARE_FEN, _card_time(now_ms), TRIP)
        prepared = _spoken(application.prepare(order, medium, facts), card, psam)
    except CardError:
        return False
    return isinstance(_spoken(application.debit(prepared, facts), card, psam), DebitProof)


def _spoken(conversation: Conversation[T], card: PurseCard, psam: Psam) -> T:
    """Run a conversation on a card and a PSAM by plain calls."""
    try:
        command = next(conversation)
        while True:
            chip = card.process if command.channel == CARD else psam.process
            command = conversation.send(Response.parse(chip(command.apdu)))
    except StopIteration as finished:
        value: T = finished.value
        return value


def _card_time(now_ms: int) -> str:
    return (datetime.fromtimestamp(now_ms / 1000, UTC) + timedelta(hours=8)).strftime("%Y%m%d%H%M%S")
