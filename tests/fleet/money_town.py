"""A centre with money to look at: rides of three days, one of them closed; a code, cards; and what was set aside."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from edge.domain.charge import Charge, Line, Share
from edge.domain.entry import DeclinedTap
from sync.central.booking import TIME_MS_MAX
from tests.conformance.central_store import enrolled, send
from tests.fleet.fleet_stage import FleetStage
from tests.sync.builders import INTENT, NOON_MS, PAID, POSTED, Ledger

DAY_MS: Final = 86_400_000
TAP: Final = "00000000000000"
EXPLAINED: Final = (
    Line("terminal.in_service", applied=True, reason="passed"),
    Line("lists.not_denied", applied=True, reason="passed"),
    Line("elder", applied=True, reason="elder", fen=-50),
)
REFUSED: Final = (Line("lists.not_denied", applied=False, reason="listed"),)
FERRY: Final = replace(PAID.place, operator="harbour-ferry", line="F2", station="pier 5")
CROSSING: Final = Charge(300, 0, 120, (Share("district", 100, "elder"), Share("harbour-office", 80, "ferry")))


async def peopled(stage: FleetStage) -> Ledger:
    """Fill a centre; returns the journal of ``BUS-1``, whose entries 1 and 2 and the last two are set aside."""
    centre = stage.centre
    ledger = await enrolled(centre)
    odd = ledger.add(INTENT, tap=1, time_ms=TIME_MS_MAX + 1)
    ledger.add(POSTED, ref_seq=odd, tap=1)
    for day, rides in ((0, 4), (1, 7), (2, 5)):
        for number in range(rides):
            _day(ledger, 16 * day + number + 16, NOON_MS + day * DAY_MS + number)
    refusal = DeclinedTap("purse", INTENT.token, 1, "listed", INTENT.medium, INTENT.place, REFUSED, INTENT.state)
    ledger.add(refusal, tap=2, time_ms=NOON_MS + 2 * DAY_MS)
    lost = ledger.add(PAID, tap=3, time_ms=TIME_MS_MAX + 2)
    ledger.raws.append(b"nobody can read this")
    stage.now_ms = NOON_MS + 2 * DAY_MS + 3_600_000
    for first in range(1, ledger.last + 1, 16):
        await send(centre, ledger, first, min(first + 15, ledger.last))
    await centre.bookkeeping.close(20260601)
    await centre.bookkeeping.run()
    assert lost == ledger.last - 1
    return ledger


def _day(ledger: Ledger, tap: int, time_ms: int) -> None:
    intent = ledger.add(replace(INTENT, explanation=EXPLAINED), tap=tap, time_ms=time_ms)
    ledger.add(POSTED, ref_seq=intent, tap=tap, time_ms=time_ms)
    ledger.add(replace(PAID, place=FERRY, charge=CROSSING), tap=tap + 100, time_ms=time_ms)
