"""Prices: steps without gaps, matrices without holes, products that exist and do not turn in circles, sane amounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from edge.domain.tariff.document import ProductRow
from edge.domain.tariff.facts import FACTS
from edge.domain.tariff.reading import Problem
from edge.domain.tariff.tables import STEP_NUMBERS, MatrixTable, StepTable
from edge.tariff_authoring.lint import Subject

WRITTEN_START = 3
AMOUNT_KEYS = frozenset({"amount", "fen", "add", "charge", "price", "floor", "ceiling", "plus", "max", "min_spend"})


def check_products(subject: Subject) -> Iterator[Problem]:
    """Every product has exactly one price, and its table is whole."""
    for row in subject.document.fare_products:
        path = f"fare_products.{row.fare_product_id}"
        prices = sum(part is not None for part in (row.amount, row.x_table, row.x_formula))
        if prices != 1:
            yield Problem(path, f"{prices} prices", "write exactly one of amount, x_table, x_formula")
        if row.x_table is not None and isinstance(row.x_table.table, StepTable):
            yield from _steps(subject, row.x_table.table, f"{path}.x_table")
        elif row.x_table is not None and isinstance(row.x_table.table, MatrixTable):
            yield from _matrix(row.x_table.table, f"{path}.x_table")
    for index, table in enumerate(subject.document.x_distances):
        yield from _matrix(table, f"x_distances[{index}]")


def _steps(subject: Subject, table: StepTable, path: str) -> Iterator[Problem]:
    yield from numeric(subject, table.by, f"{path}.by")
    if not table.steps:
        yield Problem(f"{path}.steps", "no step at all", "write [[end, fen], ...]")
    if table.beyond is None:
        yield Problem(
            f"{path}.beyond", "nothing is said past the last step", "write beyond = { every = ..., add = ... }"
        )
    before: Fraction | None = None
    for number, row in enumerate(table.steps):
        where = f"{path}.steps[{number}]"
        if len(row) not in STEP_NUMBERS or row[-1].denominator != 1:
            yield Problem(where, "no step", "write [end, fen] or [start, end, fen], the price a whole number")
            continue
        yield from _step(table, row, before, where)
        before = row[-2]


def numeric(subject: Subject, name: str, path: str) -> Iterator[Problem]:
    """Refuse a fact that is no number, or that is only another name."""
    own = {row.id: row for row in subject.document.x_facts}
    kind = FACTS[name].type if name in FACTS else own[name].type if name in own else ""
    if name in own and own[name].same_as:
        yield Problem(path, f"{name} is another name of {own[name].same_as}", f'write "{own[name].same_as}"')
    elif kind not in {"count", "number"}:
        yield Problem(path, f"{name} is no numeric fact", "name distance_m, km, or a fact of your own")


def _step(table: StepTable, row: tuple[Fraction, ...], before: Fraction | None, where: str) -> Iterator[Problem]:
    if before is not None and row[-2] <= before:
        yield Problem(where, f"the end {row[-2]} is not above the end before", "sort the steps, one row per end")
    if len(row) == WRITTEN_START and before is not None:
        whole = table.upper == "inclusive" and row[0].denominator == before.denominator == 1
        start = before + 1 if whole else before
        if row[0] != start:
            fault = "a gap before it" if row[0] > start else "an overlap with the step before"
            yield Problem(where, f"{fault}: it starts at {row[0]}", f"start it at {start}")


def _matrix(table: MatrixTable, path: str) -> Iterator[Problem]:
    if len(set(table.places)) != len(table.places):
        yield Problem(f"{path}.places", "a place stands twice", "name each place once")
    forms = [name for name in ("rows", "pairs", "fares") if getattr(table, name)]
    if len(forms) != 1:
        yield Problem(path, f"{len(forms)} forms of prices", "write exactly one of rows, pairs, fares, file")
        return
    wrong = [row for row in table.rows if len(row) != len(table.places)]
    if table.rows and (wrong or len(table.rows) != len(table.places)):
        yield Problem(f"{path}.rows", "rows and places differ in number", "write one row and one column per place")
        return
    strange = {place for pair in table.pairs for place in pair[:2]} - set(table.places)
    if strange:
        yield Problem(f"{path}.pairs", f"unknown places: {', '.join(sorted(strange))}", "list them in places")
    names = {f"{origin}{table.separator}{end}" for origin in table.places for end in table.places}
    for name in sorted(set(table.fares) - names):
        yield Problem(
            f"{path}.fares.{name}", "no pair of places has this name", "write boarding place, separator, alighting"
        )
    missing = [
        (one, two) for one in table.places for two in table.places if one != two and table.find(one, two) is None
    ]
    if missing and not table.sparse:
        first = " to ".join(missing[0])
        remedy = "add them, or write symmetric = true, or sparse = true where there is no such trip"
        yield Problem(path, f"{len(missing)} pairs have no price, the first is {first}", remedy)


def check_formulas(subject: Subject) -> Iterator[Problem]:
    """Formulas name one way of reckoning and do not turn in circles."""
    rows = {row.fare_product_id: row for row in subject.document.fare_products}
    for name, row in rows.items():
        if row.x_formula is None:
            continue
        path = f"fare_products.{name}.x_formula"
        formula = row.x_formula
        ways = sum(map(bool, (formula.min_of, formula.max_of, formula.sum_of, formula.percent_of)))
        if ways != 1:
            yield Problem(path, f"{ways} ways of reckoning", "write exactly one of min_of, max_of, sum_of, percent_of")
        if _reaches(rows, name, name, frozenset()):
            yield Problem(path, "the product is made of itself", "break the circle")


def _reaches(rows: Mapping[str, ProductRow], start: str, wanted: str, seen: frozenset[str]) -> bool:
    row = rows.get(start)
    parts = row.x_formula.parts() if row is not None and row.x_formula is not None else ()
    return any(part == wanted or (part not in seen and _reaches(rows, part, wanted, seen | {part})) for part in parts)


def check_amounts(subject: Subject) -> Iterator[Problem]:
    """No amount is absurd."""
    limit = subject.document.bundle.amount_max
    for section, value in subject.plain.items():
        if section not in {"x_distances", "x_params", "x_facts", "bundle"}:
            yield from _absurd(value, section, limit)


def _absurd(value: object, path: str, limit: int) -> Iterator[Problem]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in AMOUNT_KEYS and type(inner) is int and inner > limit:
                yield Problem(
                    f"{path}.{name}", f"{inner} fen is absurd", f"correct it, or raise bundle.amount_max ({limit})"
                )
            elif name == "steps" and isinstance(inner, list):
                yield from _absurd_steps(inner, f"{path}.{name}", limit, "percent_by" in str(value.get("kind", "")))
            else:
                yield from _absurd(inner, f"{path}.{name}", limit)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _absurd(inner, f"{path}[{index}]", limit)


def _absurd_steps(steps: list[object], path: str, limit: int, percents: bool) -> Iterator[Problem]:  # noqa: FBT001 - a fact
    for index, row in enumerate(steps):
        last = row[-1] if isinstance(row, list) and row else 0
        if not percents and type(last) is int and last > limit:
            yield Problem(
                f"{path}[{index}]", f"{last} fen is absurd", f"correct it, or raise bundle.amount_max ({limit})"
            )
