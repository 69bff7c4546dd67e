"""Scenes of a bus: taps that a driver's key made pay for several riders, or for somebody who rides along."""

from __future__ import annotations

from dataclasses import replace

from edge.domain.boarding import Boarding
from edge.terminal.boardings import Boardings
from tests.scenarios.line_tariffs import shipped
from tests.tariff.paper_line import LOST, PaperLine, purse

ARMED_MS = 10_000


async def riders(line: PaperLine) -> None:
    """Pay for three on one purse, for a companion inside the passback window, and without the money for all."""
    line.install(90, [shipped("qd-bus")])
    own, boardings = line.line, Boardings(line.clock, ARMED_MS)
    line.line = replace(own, boardings=boardings)
    line.line.service.stop, line.clock.off_s = "", 0
    for boarding, wish in (
        (Boarding(3, driver="1042"), {}),
        (Boarding(companion=True, driver="1042"), {}),
        (Boarding(9, driver="1042"), {"balance_fen": 300}),
    ):
        line.clock.now_ms += 20_000
        boardings.arm(boarding)
        await line.tap(purse(41, **wish), after_s=1)
    boardings.arm(Boarding(2, driver="1042"))
    await line.tap(purse(42), LOST, after_s=1)
    line.line = own
