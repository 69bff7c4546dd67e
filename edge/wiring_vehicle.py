"""The vehicle of a terminal that rides: its duty, its driver's desk, and the lines that tell of both."""

from __future__ import annotations

from contextlib import AsyncExitStack

from edge.config import TerminalConfig
from edge.ports import Clock
from edge.ports.place import PlaceSource
from edge.terminal.boardings import Boardings
from edge.terminal.driver_cards import DriverCards
from edge.terminal.driver_desk import DriverDesk
from edge.terminal.duty_book import DutyBook
from edge.terminal.place_line import PlaceLine
from edge.terminal.service import TerminalService
from edge.terminal.vehicle import Vehicle

BUS = "bus"
TILL = "till"


def boardings_of(config: TerminalConfig, clock: Clock) -> Boardings | None:
    """Return what a driver's keys arm; None where nobody drives."""
    return Boardings(clock, config.keypad.armed_ms) if config.place.mode == BUS else None


def join_vehicle(
    service: TerminalService,
    config: TerminalConfig,
    sources: dict[str, PlaceSource | None],
    stack: AsyncExitStack,
) -> None:
    """Give a terminal that is no till its vehicle, and serve the ``sources`` that there are, by name."""
    if config.place.mode == TILL:
        return
    line, broadcast = service.supervisor.line, service.broadcast
    book = DutyBook(line, config.announcer.lines, service.supervisor.between_taps)
    vehicle = service.vehicle = Vehicle(book, broadcast)
    service.supervisor.driver_cards = DriverCards(vehicle)
    if line.boardings is not None:
        waive_ms = config.keypad.waive_s * 1000
        vehicle.desk = DriverDesk(line.boardings, book, service.journal, broadcast, waive_ms)
    for name, source in sources.items():
        if source is not None:
            service.beside[name] = PlaceLine(source, vehicle.take, service.report)
            stack.push_async_callback(source.close)
