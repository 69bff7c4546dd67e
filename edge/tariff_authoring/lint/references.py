"""References: every name that a rule uses exists, and what exists is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edge.domain.tariff.conditions import When
from edge.domain.tariff.document import Document
from edge.domain.tariff.facts import FACTS
from edge.domain.tariff.reading import Problem
from edge.domain.tariff.rule_models import Relief, TapPolicy
from edge.tariff_authoring.lint import Doubt, Subject

SECTION_OF = {
    "category": "rider_categories",
    "media": "fare_media",
    "network": "networks",
    "leg_group": "fare_leg_rules",
    "calendar": "x_calendars",
    "timeframe": "timeframes",
    "to_timeframe": "timeframes",
    "area": "areas",
    "from_area": "areas",
    "to_area": "areas",
    "touches": "areas",
    "within": "areas",
    "counter": "x_counters",
    "funder": "x_funders",
    "product": "fare_products",
    "day_set": "x_day_sets",
    "fact": "x_facts",
    "stage": "networks.x_stages",
}
OPTIONAL_FUNDER = "operator"
WARN_UNUSED = ("counter", "funder", "area")

Reference = tuple[str, str, str]
"""(path, kind, name)"""


def known(document: Document) -> dict[str, set[str]]:
    """Return the names that exist, by kind."""
    areas = {row.area_id for row in document.areas}
    frames = {row.timeframe_group_id for row in document.timeframes}
    names = {
        "category": {row.rider_category_id for row in document.rider_categories},
        "media": {row.fare_media_id for row in document.fare_media},
        "network": {row.network_id for row in document.networks},
        "leg_group": {row.leg_group_id for row in document.fare_leg_rules},
        "calendar": set(document.x_calendars),
        "counter": {row.id for row in document.x_counters},
        "funder": {*document.x_funders, OPTIONAL_FUNDER},
        "product": {row.fare_product_id for row in document.fare_products},
        "day_set": set(document.x_day_sets),
        "fact": {row.id for row in document.x_facts} | set(FACTS),
        "stage": {stage for row in document.networks for stage in row.x_stages},
    }
    names |= dict.fromkeys(("timeframe", "to_timeframe"), frames)
    return names | dict.fromkeys(("area", "from_area", "to_area", "touches", "within"), areas)


def conditions(document: Document) -> Iterator[tuple[str, When]]:
    """Yield every condition of a bundle with its path."""
    for row in document.rider_categories:
        yield f"rider_categories.{row.rider_category_id}.x_when", row.x_when
    for leg in document.fare_leg_rules:
        yield f"fare_leg_rules.{leg.leg_group_id}.x_when", leg.x_when
    for rule in document.fare_transfer_rules:
        yield f"fare_transfer_rules.{rule.x_id}.x_when", rule.x_when
        if rule.x_outside is not None:
            yield f"fare_transfer_rules.{rule.x_id}.x_outside", rule.x_outside
    for path, relief in reliefs(document):
        yield f"{path}.when", relief.when
    named = [("x_surcharges", row.id, row.when) for row in document.x_surcharges]
    named += [("x_caps", row.id, row.when) for row in document.x_caps]
    named += [("x_counters", row.id, row.when) for row in document.x_counters]
    named += [("x_meals", row.id, row.when) for row in document.x_meals]
    yield from ((f"{section}.{name}.when", when) for section, name, when in named)
    yield from _meal_conditions(document)


def _meal_conditions(document: Document) -> Iterator[tuple[str, When]]:
    for meal in document.x_meals:
        for index, copay in enumerate(meal.fixed_copay):
            yield f"x_meals.{meal.id}.fixed_copay[{index}].when", copay.when
        for layer in meal.layers:
            yield f"x_meals.{meal.id}.layers.{layer.funder}.when", layer.when


def reliefs(document: Document) -> Iterator[tuple[str, Relief]]:
    """Yield every relief with its path: adjustments, and those of meals."""
    for row in document.x_adjustments:
        yield f"x_adjustments.{row.id}", row
    for meal in document.x_meals:
        for relief in meal.reliefs:
            yield f"x_meals.{meal.id}.reliefs.{relief.id}", relief


def references(document: Document) -> Iterator[Reference]:
    """Yield everything that refers to something."""
    for path, when in conditions(document):
        yield from _of_condition(path, when.references())
    for path, relief in reliefs(document):
        yield path, "funder", relief.funder
        yield from ((f"{path}.uses", "counter", name) for name in relief.uses)
        yield from ((f"{path}.op", "counter", name) for name in relief.op.counters())
        yield from ((f"{path}.op", "product", name) for name in relief.op.products())
    for row in document.x_adjustments:
        yield f"x_adjustments.{row.id}.stage", "stage", row.stage
    yield from ((f"x_facts.{row.id}.same_as", "fact", row.same_as) for row in document.x_facts if row.same_as)
    yield from _of_calendars(document)
    yield from _of_legs(document)
    yield from _of_the_rest(document)


def _of_condition(path: str, found: Iterable[tuple[str, str]]) -> Iterator[Reference]:
    for kind, name in found:
        inner, _, rest = name.partition(":")
        if kind in {"not", "any"} and rest:
            yield from _of_condition(path, [(inner, rest)])
        elif kind in SECTION_OF:
            yield path, kind, name


def _of_calendars(document: Document) -> Iterator[Reference]:
    for name, row in document.x_calendars.items():
        yield from ((f"x_calendars.{name}", "day_set", day_set) for day_set in row.minus + row.plus)
    for frame in document.timeframes:
        if frame.service_id:
            yield f"timeframes.{frame.timeframe_group_id}.service_id", "calendar", frame.service_id


def _of_legs(document: Document) -> Iterator[Reference]:
    for leg in document.fare_leg_rules:
        path = f"fare_leg_rules.{leg.leg_group_id}"
        yield f"{path}.network_id", "network", leg.network_id
        yield f"{path}.fare_product_id", "product", leg.fare_product_id
        areas = (leg.from_area_id, leg.to_area_id)
        yield from ((path, "area", name) for name in areas if name)
        frames = (leg.from_timeframe_group_id, leg.to_timeframe_group_id)
        yield from ((path, "timeframe", name) for name in frames if name)
    for join in document.fare_leg_join_rules:
        yield "fare_leg_join_rules", "network", join.from_network_id
        yield "fare_leg_join_rules", "network", join.to_network_id
    for rule in document.fare_transfer_rules:
        path = f"fare_transfer_rules.{rule.x_id}"
        groups = rule.from_leg_group_id + rule.to_leg_group_id
        yield from ((path, "leg_group", name) for name in groups)
        yield from ((f"{path}.x_media", "media", name) for name in rule.x_media)
        yield f"{path}.x_funder", "funder", rule.x_funder
        operation = rule.operation
        if operation is not None:
            yield from ((f"{path}.x_relief", "counter", name) for name in operation.counters())
            yield from ((f"{path}.fare_product_id", "product", name) for name in operation.products())
        if rule.fee_product:
            yield f"{path}.fare_product_id", "product", rule.fee_product
    if document.bundle.default_leg_group:
        yield "bundle.default_leg_group", "leg_group", document.bundle.default_leg_group


def _of_the_rest(document: Document) -> Iterator[Reference]:
    for row in document.fare_products:
        path = f"fare_products.{row.fare_product_id}"
        if row.rider_category_id:
            yield f"{path}.rider_category_id", "category", row.rider_category_id
        if row.fare_media_id:
            yield f"{path}.fare_media_id", "media", row.fare_media_id
        if row.x_formula is not None:
            yield from ((f"{path}.x_formula", "product", name) for name in row.x_formula.parts())
    for cap in document.x_caps:
        yield f"x_caps.{cap.id}.counter", "counter", cap.counter
        yield f"x_caps.{cap.id}.funder", "funder", cap.funder
        yield from ((f"x_caps.{cap.id}.networks", "network", name) for name in cap.networks)
    for network, policy in document.x_tap_policy.items():
        yield f"x_tap_policy.{network}", "network", network
        yield from _of_tap_policy(f"x_tap_policy.{network}", policy)
    for meal in document.x_meals:
        yield from ((f"x_meals.{meal.id}.limits.uses", "counter", name) for name in meal.limits.uses)
        yield from ((f"x_meals.{meal.id}.layers", "funder", layer.funder) for layer in meal.layers)


def _of_tap_policy(path: str, policy: TapPolicy) -> Iterator[Reference]:
    if policy.entry_min_balance is not None:
        yield from ((f"{path}.entry_min_balance", "media", name) for name in policy.entry_min_balance.media)
    for key in ("missing_out", "missing_in", "overtime"):
        flags = getattr(getattr(policy, key), "waive_if", ())
        yield from ((f"{path}.{key}.waive_if", "fact", flag) for flag in flags)


def check_references(subject: Subject) -> Iterator[Problem]:
    """Every reference leads somewhere."""
    names = known(subject.document)
    for path, kind, name in references(subject.document):
        if name not in names[kind]:
            have = ", ".join(sorted(names[kind])) or "nothing"
            yield Problem(path, f"unknown {kind} {name}", f"declare it in {SECTION_OF[kind]}; known: {have}")


def check_unused(subject: Subject) -> Iterator[Problem]:
    """Warn of what is declared and never used."""
    names = known(subject.document)
    used: dict[str, set[str]] = {kind: set() for kind in SECTION_OF}
    for _, kind, name in references(subject.document):
        used["area" if kind in {"from_area", "to_area", "touches", "within"} else kind].add(name)
    zones = {
        place
        for row in subject.document.fare_products
        if row.x_table
        for place in getattr(row.x_table.table, "places", ())
    }
    for kind in WARN_UNUSED:
        for name in sorted(names[kind] - used[kind] - {OPTIONAL_FUNDER} - zones):
            counted = kind == "counter" and any(
                row.id == name and row.measure == "paid_fen" for row in subject.document.x_counters
            )
            if not counted:
                yield Doubt(f"{SECTION_OF[kind]}.{name}", "nothing uses it", "remove it")
