"""Reach: a rule that can never apply is a mistake of its author, who thinks that it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from edge.domain.tariff.conditions import DateSpan, When
from edge.domain.tariff.reading import Problem
from edge.domain.tariff.rule_models import Relief
from edge.tariff_authoring.lint import Subject
from edge.tariff_authoring.lint.references import conditions, reliefs

BOUNDS = frozenset({"gte", "gt", "lte", "lt"})


def check_contradictions(subject: Subject) -> Iterator[Problem]:
    """No condition asks for what cannot be."""
    for path, when in conditions(subject.document):
        for name, wanted in when.source.items():
            if isinstance(wanted, Mapping):
                low = max((_number(wanted.get(word)) for word in ("gte", "gt") if word in wanted), default=None)
                high = min((_number(wanted.get(word)) for word in ("lte", "lt") if word in wanted), default=None)
                strict = "gt" in wanted or "lt" in wanted
                if low is not None and high is not None and (low > high or (low == high and strict)):
                    yield Problem(f"{path}.{name}", f"nothing is above {low} and below {high}", "correct the bounds")
            if wanted in ([], ()):
                yield Problem(f"{path}.{name}", "an empty list never holds", "name a value or remove the line")


def _number(value: Any) -> Fraction:  # noqa: ANN401 - a parameter or a number
    return Fraction(value) if isinstance(value, int | str) and not str(value).startswith("$") else Fraction(0)


def check_spans(subject: Subject) -> Iterator[Problem]:
    """No rule ends before it begins."""
    document = subject.document
    spans: list[tuple[str, DateSpan]] = [(f"{path}.valid", relief.valid) for path, relief in reliefs(document)]
    spans += [(f"x_meals.{row.id}.valid", row.valid) for row in document.x_meals]
    spans += [(f"x_surcharges.{row.id}.valid", row.valid) for row in document.x_surcharges]
    spans += [(f"fare_products.{row.fare_product_id}.x_valid", row.x_valid) for row in document.fare_products]
    spans += [(f"fare_leg_rules.{row.leg_group_id}.x_valid", row.x_valid) for row in document.fare_leg_rules]
    spans += [(f"rider_categories.{row.rider_category_id}.x_valid", row.x_valid) for row in document.rider_categories]
    for path, span in spans:
        if span.from_ and span.until and span.until < span.from_:
            yield Problem(path, f"it ends on {span.until}, before it begins", "correct the dates")


def check_shadows(subject: Subject) -> Iterator[Problem]:
    """No rule stands behind another that always takes its place."""
    document = subject.document
    choice = document.x_group_choice
    groups: dict[str, list[tuple[str, Relief]]] = {}
    for path, relief in reliefs(document):
        stage = getattr(relief, "stage", path.rpartition(".reliefs")[0])
        if relief.group and choice.get(relief.group) in {"exclusive", "first_that_applies"}:
            groups.setdefault(f"{stage}/{relief.group}", []).append((path, relief))
    for members in groups.values():
        ordered = sorted(members, key=lambda pair: (-pair[1].priority, pair[1].id))
        firm = [(path, row.when) for path, row in ordered if not row.uses and row.valid == DateSpan()]
        yield from _shadowed([(path, row.when) for path, row in ordered], firm)
    for meal in document.x_meals:
        lines = [(f"x_meals.{meal.id}.fixed_copay[{index}]", row.when) for index, row in enumerate(meal.fixed_copay)]
        yield from _shadowed(lines, lines)
    categories = sorted(document.rider_categories, key=lambda row: (-row.x_priority, row.rider_category_id))
    named = [
        (f"rider_categories.{row.rider_category_id}", row) for row in categories if not row.is_default_fare_category
    ]
    firm = [(path, row.x_when) for path, row in named if row.x_valid == DateSpan()]
    yield from _shadowed([(path, row.x_when) for path, row in named], firm)
    yield from _leg_shadows(subject)


def _leg_shadows(subject: Subject) -> Iterator[Problem]:
    rules = subject.document.fare_leg_rules
    for rule in rules:
        for other in rules:
            wide = not any(
                (other.from_area_id, other.to_area_id, other.from_timeframe_group_id, other.to_timeframe_group_id)
            )
            same = other.leg_group_id == rule.leg_group_id and other is not rule
            above = same and wide and other.x_valid == DateSpan() and other.rule_priority > rule.rule_priority
            if above and implies(rule.x_when.source, other.x_when.source):
                path = f"fare_leg_rules.{rule.leg_group_id}.{rule.fare_product_id}"
                yield Problem(path, f"{other.fare_product_id} always comes first", "raise its rule_priority")


def _shadowed(lines: Sequence[tuple[str, When]], firm: Sequence[tuple[str, When]]) -> Iterator[Problem]:
    places = {path: number for number, (path, _) in enumerate(lines)}
    for number, (path, when) in enumerate(lines):
        for earlier, wider in firm:
            if places[earlier] < number and implies(when.source, wider.source):
                yield Problem(path, f"{earlier} always comes first", "give the narrower rule the higher place")
                break


def implies(strong: Mapping[str, object], weak: Mapping[str, object]) -> bool:
    """Say whether whatever satisfies ``strong`` surely satisfies ``weak``."""
    return all(name in strong and _covers(strong[name], wanted) for name, wanted in weak.items())


def _covers(strong: object, weak: object) -> bool:
    if strong == weak:
        return True
    if isinstance(weak, Mapping):
        if not isinstance(strong, Mapping) or not set(weak) <= BOUNDS or not set(strong) <= BOUNDS:
            return False
        low, weak_low = _edge(strong, "gte", "gt"), _edge(weak, "gte", "gt")
        high, weak_high = _edge(strong, "lte", "lt"), _edge(weak, "lte", "lt")
        return (weak_low is None or (low is not None and low >= weak_low)) and (
            weak_high is None or (high is not None and high <= weak_high)
        )
    wide = set(weak) if isinstance(weak, list) else {weak}
    narrow = strong if isinstance(strong, list) else [strong]
    return not isinstance(strong, Mapping) and all(
        not isinstance(item, dict | list) and item in wide for item in narrow
    )


def _edge(bounds: Mapping[str, object], closed: str, opened: str) -> tuple[Fraction, bool] | None:
    """Return a bound that compares: for a low bound an open end is the higher one, for a high bound the lower one."""
    if closed in bounds:
        return _number(bounds[closed]), closed == "lte"
    if opened in bounds:
        return _number(bounds[opened]), opened == "gt"
    return None
