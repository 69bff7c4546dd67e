"""From a sale to its price: the diner's own meal, further meals at their list price, and the delivery beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final

from edge.domain.charge import Charge, ChargePart
from edge.domain.meals.sale import Party, Sale
from edge.domain.tariff.state import EventKind, PricedDecision, Quota

Ask = Callable[[EventKind, Mapping[str, object]], PricedDecision]
"""Prices one event of the sale's medium and moment, told these facts beside the medium's."""

MEAL: Final = "meal"
FURTHER: Final = "further_meals"
DELIVERY: Final = "delivery"
METRES: Final = 1000


def price_sale(sale: Sale, ask: Ask) -> PricedDecision:
    """Price a sale as one decision with a charge of several parts; raises ``FACTS_INVALID`` as the engine does.

    The list price is that of all meals, the delivery's fee stands beside it as a surcharge.
    """
    own = sale.party == Party.DINER
    meal = ask(EventKind.MEAL, {**_meal_facts(sale), "companion": not own})
    parts = [_part(MEAL, meal)]
    if sale.quantity > 1:
        rest_fen = meal.charge.list_fen * (sale.quantity - 1)
        parts.append(ChargePart(FURTHER, Charge(rest_fen, 0, rest_fen)))
    answer = meal
    if sale.delivery_m >= 0:
        facts = {"km": Fraction(sale.delivery_m, METRES), "delivery_fee_fen": sale.delivery_fen}
        delivery = ask(EventKind.DELIVERY, {**facts, "companion": not own})
        parts.append(_part(DELIVERY, delivery))
        answer = _together(meal, delivery)
    return replace(answer, charge=_whole(parts), parts=tuple(parts))


def _meal_facts(sale: Sale) -> dict[str, object]:
    return {"menu": sale.menu} if sale.menu else {"list_fen": sale.unit_fen}


def _part(name: str, answer: PricedDecision) -> ChargePart:
    grants = tuple(dict.fromkeys(effect.rule for effect in answer.effects if effect.rule != effect.counter))
    return ChargePart(name, answer.charge, grants)


def _together(meal: PricedDecision, delivery: PricedDecision) -> PricedDecision:
    return replace(
        meal,
        lines=(*meal.lines, *delivery.lines),
        effects=(*meal.effects, *delivery.effects),
        uncertain=tuple(dict.fromkeys((*meal.uncertain, *delivery.uncertain))),
        exposure_fen=meal.exposure_fen + delivery.exposure_fen,
        quotas=tuple(_summed(*pair) for pair in zip(meal.quotas, delivery.quotas, strict=True)),
    )


def _summed(one: Quota, other: Quota) -> Quota:
    """Return one quota with what both events add; they read the same counters at the same moment."""
    return replace(one, added=one.added + other.added)


def _whole(parts: list[ChargePart]) -> Charge:
    """Return the sum of the parts."""
    fee_fen = sum(part.charge.list_fen for part in parts if part.name == DELIVERY)
    return Charge(
        sum(part.charge.list_fen for part in parts) - fee_fen,
        fee_fen,
        sum(part.charge.payer_fen for part in parts),
        tuple(share for part in parts for share in part.charge.shares),
    )
