"""Scenes of what may be risked: ceilings, first uses, lists that age, debts, and a clock in doubt."""

from __future__ import annotations

from typing import Final

from edge.domain.debit import Verdict
from edge.domain.holder import Debt
from edge.domain.limits import Ceilings, DebtRule, FamilyCeilings, Limits
from edge.domain.policy import CLOCK_UNKNOWN
from tests.domain.risk_cases import DAY_S, HOUR_S, LADDER
from tests.scenarios.line_tariffs import flat, promoted
from tests.tariff.paper_line import LOST, PaperLine, purse

FOREIGN: Final = {"city": "1000"}
MIDNIGHT_MS: Final = 1_811_779_200_000
"""The end of 31 May 2027 in Qingdao."""


async def ceilings(line: PaperLine) -> None:
    """Reach the ceilings of a card: by money while a debit is lost, by taps of the day, and by their pace."""
    line.line.service.stop = ""
    by_card = Ceilings(card_unsent_fen_max=600, card_day_count_max=3, velocity_count_max=2, tap_fen_max=1_000)
    line.install(
        40, [flat()], Limits(ceilings=by_card, families=(FamilyCeilings("purse", Ceilings(unsent_count_max=900)),))
    )
    await line.tap(purse(21))
    lost = await line.tap(purse(21), LOST)
    await line.tap(purse(21), after_s=HOUR_S)
    await line.tap(purse(21), after_s=HOUR_S)
    await line.settle(lost, Verdict.VOIDED)
    await line.tap(purse(22), after_s=1)
    await line.tap(purse(22), after_s=1)
    await line.tap(purse(22), after_s=1)
    line.install(41, [flat()], Limits(ceilings=Ceilings(card_day_count_max=2)))
    await line.tap(purse(22))
    await line.tap(purse(22), after_s=DAY_S)


async def first_uses(line: PaperLine) -> None:
    """Take cards that nobody knows for little, and not too many of them."""
    line.install(42, [flat()], Limits(ceilings=Ceilings(first_use_fen_max=199)))
    await line.tap(purse(23))
    line.install(43, [flat()], Limits(ceilings=Ceilings(first_use_fen_max=200, first_use_unsent_count_max=1)))
    await line.tap(purse(24))
    await line.tap(purse(24))


async def ageing_lists(line: PaperLine) -> None:
    """Go through the tiers as the deny list ages, and back when it is confirmed again."""
    line.install(44, [flat(fare_fen=150)], Limits(tiers=LADDER))
    line.line.service.confirmed_ms = line.clock.now_ms
    await line.tap(purse(22))
    await line.tap(purse(22), after_s=DAY_S)
    await line.tap(purse(22, **FOREIGN), after_s=2 * DAY_S)
    await line.tap(purse(22))
    await line.tap(purse(22), after_s=5 * DAY_S)
    line.line.service.confirmed_ms = line.clock.now_ms
    await line.tap(purse(22))
    line.clock.off_s = CLOCK_UNKNOWN
    await line.tap(purse(22))
    line.clock.off_s = 0


async def debts(line: PaperLine) -> None:
    """Tell a debt, block for it, recover it once where there is room, and not again."""
    for number, rule in enumerate(DebtRule, 45):
        line.debts = {line.line.tap(purse(22)).token: Debt(300, line.clock.now_ms, f"bus-9/2/{number}")}
        line.install(number, [flat()], Limits(debt=rule))
        await line.tap(purse(22, balance_fen=499))
        await line.tap(purse(22))
        await line.tap(purse(22))
    line.debts = {}


async def doubtful_time(line: PaperLine) -> None:
    """Ride again just before midnight by clocks that are sure, a little off, and known to nobody."""
    line.install(48, [promoted()])
    line.clock.now_ms = MIDNIGHT_MS - 900_000
    await line.tap(purse(22), after_s=0)
    for off_s in (0, 600, CLOCK_UNKNOWN):
        line.clock.off_s = off_s
        await line.tap(purse(22), after_s=60)
