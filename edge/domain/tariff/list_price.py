"""The list price of a leg: which rule, which product, which row of which table."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, cast

from edge.domain.errors import PolicyError
from edge.domain.tariff.amounts import percent_of
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.document import LegRule, ProductRow
from edge.domain.tariff.rule_models import MissingTap
from edge.domain.tariff.scene import Scene
from edge.domain.tariff.tables import Formula, MatrixTable, StepTable

FORMULA_DEPTH_MAX: Final = 8
PRICES: Final = {"meal": ("list_fen",), "delivery": ("delivery_fee_fen", "list_fen")}
"""Facts that tell the list price of a service, the first that is known."""


def leg_rule(bundle: Bundle, scene: Scene) -> LegRule:
    """Return the rule that prices this leg; raises ``FACTS_INVALID`` where none fits."""
    for rule in bundle.leg_rules.get(scene.leg_group, ()):
        if _fits(rule, scene):
            return rule
    if not scene.leg_group:
        raise PolicyError("FACTS_INVALID", "leg_group: not told, and the bundle has no default_leg_group")
    raise PolicyError("FACTS_INVALID", f"leg group {scene.leg_group}: no rule prices this leg")


def _fits(rule: LegRule, scene: Scene) -> bool:
    facts, areas = scene.facts, scene.lookup.areas
    if not rule.x_valid.holds(scene.day.date if scene.day else None):
        return False
    if rule.from_area_id and facts.word("from") not in areas[rule.from_area_id]:
        return False
    if rule.to_area_id and facts.word("to") not in areas[rule.to_area_id]:
        return False
    timeframe = rule.from_timeframe_group_id
    if timeframe and not scene.clock_in_timeframe(timeframe, scene.day, scene.clock_s):
        return False
    timeframe = rule.to_timeframe_group_id
    if timeframe and not scene.leaves_in_timeframe(timeframe):
        return False
    return rule.x_when.holds(scene)


def product_price(bundle: Bundle, scene: Scene, product_id: str, depth: int = 0) -> int:
    """Return the price of a product for this trip in fen; raises ``FACTS_INVALID`` where the facts give none."""
    row = _row(bundle, scene, product_id)
    if row.amount is not None:
        return row.amount
    if row.x_formula is not None:
        return _formula(bundle, scene, row.x_formula, depth)
    if row.x_table is None:
        raise PolicyError("FACTS_INVALID", f"{product_id}: no price")
    table = row.x_table.table
    if isinstance(table, StepTable):
        return table.price(_measure(bundle, scene, table.by))
    return _matrix_price(table, scene, scene.facts.word("from"), scene.facts.word("to"))


def _row(bundle: Bundle, scene: Scene, product_id: str) -> ProductRow:
    day = scene.day.date if scene.day else None
    for row in bundle.products[product_id]:
        if row.rider_category_id not in ("", scene.category) or row.fare_media_id not in ("", scene.medium):
            continue
        if row.x_valid.holds(day):
            return row
    raise PolicyError("FACTS_INVALID", f"{product_id}: no row of this product fits")


def _measure(bundle: Bundle, scene: Scene, name: str) -> int | Fraction:
    told = cast("int | Fraction | None", scene.facts.get(name))
    if told is not None:
        return told
    if name == "distance_m":
        if scene.facts.flag("same_station"):
            return 0
        for table in bundle.document.x_distances:
            metres = table.find(scene.facts.word("from"), scene.facts.word("to"))
            if metres is not None:
                return metres
    raise PolicyError("FACTS_INVALID", f"{name}: not known, and the price depends on it")


def _matrix_price(table: MatrixTable, scene: Scene, origin: str, destination: str) -> int:
    areas = scene.lookup.areas
    fen = table.find(table.resolve(origin, areas), table.resolve(destination, areas))
    if fen is None:
        raise PolicyError("FACTS_INVALID", f"no price from {origin or 'unknown'} to {destination or 'unknown'}")
    return fen


def _formula(bundle: Bundle, scene: Scene, formula: Formula, depth: int) -> int:
    if depth > FORMULA_DEPTH_MAX:
        raise PolicyError("TARIFF_INVALID", "fare products refer to each other in a circle")
    prices = [product_price(bundle, scene, part, depth + 1) for part in formula.parts()]
    if formula.percent_of:
        fen = percent_of(prices[0], formula.percent, formula.round)
    elif formula.sum_of:
        fen = sum(prices)
    else:
        fen = min(prices) if formula.min_of else max(prices)
    fen = max(fen + formula.plus, formula.floor)
    return fen if formula.ceiling is None else min(fen, formula.ceiling)


def list_price(bundle: Bundle, scene: Scene) -> tuple[int, str]:
    """Return the list price of a ride and the product it comes from; a told list price wins."""
    told = scene.facts.number("list_fen")
    if told is not None:
        return told, "list_fen"
    rule = leg_rule(bundle, scene)
    return product_price(bundle, scene, rule.fare_product_id), rule.fare_product_id


def meal_price(bundle: Bundle, scene: Scene, service: str) -> tuple[int, str]:
    """Return the price of a meal and where it comes from: told, or that of the product which the menu names.

    That of a delivery is its fee.
    """
    for name in PRICES[service]:
        told = scene.facts.number(name)
        if told is not None:
            return told, name
    menu = scene.facts.word("menu")
    if menu not in bundle.products:
        raise PolicyError("FACTS_INVALID", "list_fen: a meal has no price unless it or the menu tells one")
    return product_price(bundle, scene, menu), menu


def lone_tap_price(bundle: Bundle, scene: Scene, missing: MissingTap) -> tuple[int, bool]:
    """Return what a missing tap costs, and whether reliefs apply to it."""
    if any(scene.facts.flag(flag) for flag in missing.waive_if):
        return 0, False
    if isinstance(missing.charge, int):
        return missing.charge, missing.discount
    discount = missing.discount and missing.charge != "furthest_end_no_discount"
    row = _row(bundle, scene, leg_rule(bundle, scene).fare_product_id)
    if row.x_table is None or not isinstance(row.x_table.table, MatrixTable):
        raise PolicyError("TARIFF_INVALID", f"{row.fare_product_id}: a charge by terminus needs a stage_matrix")
    return _by_terminus(row.x_table.table, scene, missing.charge), discount


def _by_terminus(table: MatrixTable, scene: Scene, charge: str) -> int:
    boarding, alighting, towards = (scene.facts.word(name) for name in ("from", "to", "towards"))
    known = boarding or alighting
    if known not in table.index:
        raise PolicyError("FACTS_INVALID", f"{known or 'from'}: no stop of this line")
    ends: tuple[str, ...] = (table.places[0], table.places[-1])
    if charge == "to_terminus_in_direction" and towards:
        ends = (towards,) if boarding else tuple(end for end in ends if end != towards)
    pairs = [(known, end) if boarding else (end, known) for end in ends]
    prices = [fen for fen in (table.find(*pair) for pair in pairs) if fen is not None]
    if not prices:
        raise PolicyError("FACTS_INVALID", f"towards: no price between {known} and {towards or 'either end'}")
    return max(prices)
