"""Guards: each has something to guard, and thresholds that can be met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, cast

from edge.domain.meals.guards import NO_GUARDS, AtCap
from edge.domain.tariff.document import Document
from edge.domain.tariff.reading import Problem
from edge.tariff_authoring.lint import Doubt, Subject

PATH = "x_meal_guards"


def check_meal_guards(subject: Subject) -> Iterator[Problem]:
    """Guards stand beside meal programmes; there are sessions to be outside of, and a relief has what a cap says."""
    document = subject.document
    guards = document.x_meal_guards
    if guards != NO_GUARDS and not document.x_meals:
        yield Problem(PATH, "the bundle subsidises no meal", "write x_meals, or leave the guards out")
    if guards.off_session is not None and not document.timeframes:
        yield Problem(f"{PATH}.off_session", "no timeframe says when meals are served", "write timeframes")
    if guards.at_cap is not None:
        yield from _prices_at_cap(document, guards.at_cap)


def _prices_at_cap(document: Document, guard: AtCap) -> Iterator[Problem]:
    if not guard.prices:
        yield Problem(f"{PATH}.at_cap.prices", "no price", "write the list prices that equal a cap")
    known = set(_amounts(document))
    for fen in guard.prices:
        if fen not in known:
            yield Doubt(f"{PATH}.at_cap.prices", f"no relief of a meal has the figure {fen}", "write what a cap says")


def _amounts(document: Document) -> Iterator[int]:
    """Yield every figure of the reliefs and layers: a cap is one of them."""
    for meal in document.x_meals:
        yield from (layer.max for layer in meal.layers if layer.max is not None)
        for relief in meal.reliefs:
            figures = (getattr(relief.op, field.name) for field in fields(cast("Any", relief.op)))
            yield from (figure for figure in figures if type(figure) is int)
