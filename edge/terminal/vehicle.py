"""A vehicle with its driver: where it is on duty, and what the driver's keys do. Whoever tells of either ends here."""

from __future__ import annotations

from dataclasses import field
from typing import assert_never

from edge.control.messages import Message
from edge.domain.driver_key import KeyPress
from edge.domain.duty import Move, Turn
from edge.domain.frozen import mutable
from edge.domain.stops import Fix
from edge.ports.place import News
from edge.terminal.driver_desk import CHANGED, DriverDesk
from edge.terminal.duty_book import DutyBook
from edge.terminal.events import Broadcast
from edge.terminal.outcome import Outcome
from edge.terminal.stop_search import StopSearch


@mutable
class Vehicle:
    """The duty, and on a bus the desk of its driver."""

    book: DutyBook
    broadcast: Broadcast
    desk: DriverDesk | None = None
    _stops: StopSearch = field(init=False)

    def __post_init__(self) -> None:
        """Look for stops in the edition in force."""
        self._stops = StopSearch(self.book.line.reference)

    async def take(self, news: News) -> None:
        """Follow a source; a key that cannot be obeyed says so on the display alone."""
        match news:
            case Move():
                await self.move(news)
            case KeyPress():
                await self.press(news)
            case Fix():
                await self.locate(news)
            case _:
                assert_never(news)

    async def move(self, move: Move) -> bool:
        """Follow a move; says whether it was news."""
        async with self.book.between_taps:
            return await self.follow(move)

    async def locate(self, fix: Fix) -> None:
        """Follow a position to the stop that it is at; between two stops the vehicle stays at the one before."""
        station = self._stops.station_at(fix, self.book.duty)
        if station not in ("", self.book.duty.station):
            await self.move(Move(Turn.STOP, station=station))

    async def follow(self, move: Move) -> bool:
        """Follow a move while no tap is being taken; says whether it was news."""
        news = await self.book.follow(move)
        if news:
            self.broadcast.publish(CHANGED)
        return news

    async def press(self, press: KeyPress) -> str:
        """Do what a key means; returns why it cannot be done, empty where it was."""
        return "there is no driver's desk: see place.mode" if self.desk is None else await self.desk.press(press)

    def hear(self, outcome: Outcome) -> None:
        """Hear how a tap ended."""
        if self.desk is not None:
            self.desk.hear(outcome)

    def taken_back(self) -> Message | None:
        """Return what the page is told of the tap that the driver took back last; None before any."""
        return None if self.desk is None else self.desk.taken_back

    def message(self) -> Message:
        """Return the duty and what is armed."""
        duty = self.book.duty
        return {
            "driver": duty.driver,
            "vehicle": duty.vehicle,
            "line": duty.line,
            "direction": duty.direction,
            "station": duty.station,
            "line_known": self.book.on_known_line(),
            "armed": None if self.desk is None else self.desk.message(),
        }
