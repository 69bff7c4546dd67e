"""What a driver's key makes of the next tap: it pays for several riders, or for somebody who rides along. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from edge.domain.charge import Charge, ChargePart
from edge.domain.frozen import frozen
from edge.domain.tariff.state import CounterRow, Effect, Outcome, PricedDecision

RIDERS_MAX: Final = 9
"""One digit on the driver's keypad."""
RIDER: Final = "rider"
COMPANION: Final = "companion"
"""Names of the parts of a charge: one part for each who boards."""


@frozen
class Boarding:
    """Who boards for one tap: ``riders`` of them.

    The first is the medium's own holder, the others ride along; with ``companion`` the holder is aboard already, and
    all of them ride along. ``driver`` is the number of who pressed the key, at ``armed_ms``.
    """

    riders: int = 1
    companion: bool = False
    driver: str = ""
    armed_ms: int = 0

    def __post_init__(self) -> None:
        """Refuse what no key can mean, with ``ValueError``."""
        if not 1 <= self.riders <= RIDERS_MAX:
            raise ValueError(f"a tap pays for 1 to {RIDERS_MAX} riders")
        if self.riders == 1 and not self.companion:
            raise ValueError("a tap that pays for its own rider needs no key")


Ask = Callable[[tuple[CounterRow, ...], bool, int], PricedDecision]
"""Prices one rider: by the counters so far, whether somebody rides along, and what the others have cost, in fen."""


def price_boarding(boarding: Boarding, counters: tuple[CounterRow, ...], ask: Ask) -> PricedDecision:
    """Price every rider by the engine, each after the counters of the one before, as one decision with a part for each.

    A rider who is refused refuses the whole tap. The transfer chain is that of the holder's own ride.
    """
    answers: list[PricedDecision] = []
    paid_fen = 0
    for number in range(boarding.riders):
        answer = ask(counters, boarding.companion or number > 0, paid_fen)
        if answer.outcome is not Outcome.APPROVED:
            return answer
        answers.append(answer)
        paid_fen += answer.charge.payer_fen
        counters = _counted(counters, answer.effects)
    names = [COMPANION if boarding.companion or number else RIDER for number in range(boarding.riders)]
    return _together([ChargePart(name, each.charge) for name, each in zip(names, answers, strict=True)], answers)


def _together(parts: list[ChargePart], answers: list[PricedDecision]) -> PricedDecision:
    first, last = answers[0], answers[-1]
    charges = [part.charge for part in parts]
    whole = Charge(
        sum(charge.list_fen for charge in charges),
        sum(charge.surcharge_fen for charge in charges),
        sum(charge.payer_fen for charge in charges),
        tuple(share for charge in charges for share in charge.shares),
    )
    return replace(
        first,
        charge=whole,
        lines=tuple(line for answer in answers for line in answer.lines),
        effects=_summed(effect for answer in answers for effect in answer.effects),
        uncertain=tuple(dict.fromkeys(name for answer in answers for name in answer.uncertain)),
        exposure_fen=sum(answer.exposure_fen for answer in answers),
        parts=tuple(parts),
        prompt=last.prompt,
        voice=last.voice,
    )


def _counted(counters: tuple[CounterRow, ...], effects: Iterable[Effect]) -> tuple[CounterRow, ...]:
    """Return the counters after what one rider adds."""
    rows = {(row.counter, row.bucket): row for row in counters}
    for effect in effects:
        row = rows.get((effect.counter, effect.bucket), CounterRow(effect.counter, effect.bucket, 0))
        rows[effect.counter, effect.bucket] = replace(row, known=row.known + effect.add)
    return tuple(rows[key] for key in sorted(rows))


def _summed(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Return one effect for each counter, period and rule, in the order of the first."""
    found: dict[tuple[str, str, str, bytes], Effect] = {}
    for effect in effects:
        key = (effect.counter, effect.bucket, effect.rule, effect.subject)
        known = found.get(key)
        found[key] = effect if known is None else replace(known, add=known.add + effect.add)
    return tuple(found.values())
