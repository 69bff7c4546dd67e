"""The tables of the bundle reference, rendered from the models: what the reader knows is what the document says."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin

from edge.domain.meals.guards import Amounts, AtCap, Burst, MealGuards, OffSession, Repeat, Travel
from edge.domain.meals.programme import Copay, Layer, Limits, Programme
from edge.domain.tariff.amounts import Rounding
from edge.domain.tariff.conditions import SPECIAL_DOCS, DateSpan, Match, When
from edge.domain.tariff.document import (
    AreaRow,
    ByHand,
    CalendarRow,
    CategoryRow,
    Document,
    Effective,
    Head,
    JoinRule,
    LegRule,
    MediaRow,
    NetworkRow,
    OwnFact,
    ProductRow,
    Prompt,
    Surcharge,
    TimeframeRow,
)
from edge.domain.tariff.facts import FACTS
from edge.domain.tariff.reading import fields_of
from edge.domain.tariff.rule_models import (
    Adjustment,
    Cap,
    Counter,
    EntryBalance,
    MissingTap,
    Offline,
    Overtime,
    Passback,
    Relief,
    TapPolicy,
    TransferRule,
    Window,
)
from edge.domain.tariff.rules import Operation, kinds
from edge.domain.tariff.tables import AnyTable, Beyond, Formula, MatrixTable, StepTable
from edge.tariff_authoring.given import EXPECT, GIVEN

FILE: Final = Path(__file__).parents[1] / "tariff_bundles" / "REFERENCE.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"

MODELS: Final[dict[str, type]] = {
    "The sections of a bundle": Document,
    "bundle": Head,
    "effective": Effective,
    "x_facts": OwnFact,
    "x_calendars": CalendarRow,
    "timeframes": TimeframeRow,
    "networks": NetworkRow,
    "areas": AreaRow,
    "fare_media": MediaRow,
    "rider_categories": CategoryRow,
    "fare_products": ProductRow,
    "x_table: steps": StepTable,
    "beyond": Beyond,
    "x_table: matrix": MatrixTable,
    "x_formula": Formula,
    "fare_leg_rules": LegRule,
    "fare_leg_join_rules": JoinRule,
    "fare_transfer_rules": TransferRule,
    "x_window": Window,
    "x_counters": Counter,
    "offline": Offline,
    "x_adjustments": Adjustment,
    "x_surcharges": Surcharge,
    "x_caps": Cap,
    "x_tap_policy": TapPolicy,
    "entry_min_balance": EntryBalance,
    "overtime": Overtime,
    "missing tap": MissingTap,
    "passback": Passback,
    "x_meals": Programme,
    "relief of a meal": Relief,
    "fixed_copay": Copay,
    "layers": Layer,
    "limits": Limits,
    "x_meal_guards": MealGuards,
    "burst": Burst,
    "repeat": Repeat,
    "travel": Travel,
    "amounts": Amounts,
    "off_session": OffSession,
    "at_cap": AtCap,
    "x_by_hand": ByHand,
    "x_prompts": Prompt,
    "round": Rounding,
    "dates": DateSpan,
    "comparison": Match,
}
"""Every model of the document, by the title of its table."""

SCALARS: Final = {int: "integer", str: "text", bool: "true/false", Fraction: "number", object: "any value"}


def tables() -> str:
    """Return all tables as Markdown."""
    parts = [_model(title, model) for title, model in MODELS.items()]
    parts += [_model(f"op: {name}", kind) for name, kind in kinds().items()]
    return "\n\n".join([*parts, _conditions(), _facts(), _given(), _expect()])


def _model(title: str, model: type) -> str:
    rows = [
        f"| `{name}` | {_typed(hint)} | {_unit(field)} | {_default(field)} | {_doc(field)} |"
        for name, (field, hint) in fields_of(model).items()
    ]
    summary = (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    head = [f"### {title}", "", " ".join(summary.split()), ""]
    if not rows:
        return "\n".join([*head, "No keys."])
    return "\n".join([*head, "| key | type | unit | default | meaning |", "|---|---|---|---|---|", *rows])


def _doc(field: dataclasses.Field[Any]) -> str:
    example = field.metadata.get("example", "")
    text = _cell(str(field.metadata["doc"]))
    return f"{text}. Example: `{_cell(example)}`" if example else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _unit(field: dataclasses.Field[Any]) -> str:
    return str(field.metadata.get("unit", ""))


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return "none"
    if field.default is dataclasses.MISSING:
        return "**required**"
    value = field.default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Fraction | int) or (isinstance(value, str) and value):
        return f"`{value}`"
    if isinstance(value, Rounding):
        return f'`{{ mode = "{value.mode.value}", to = {value.to} }}`'
    if isinstance(value, tuple) and value:
        return f"`{', '.join(map(str, value))}`"
    return "none"


def _typed(hint: Any) -> str:  # noqa: ANN401 - a type expression
    origin, options = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(_typed(option) for option in options if option is not types.NoneType)
    if origin is Literal:
        return " / ".join(f"`{option}`" for option in options if option != "")
    if origin is tuple and len(options) == 2 and options[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...]
        return f"list of {_typed(options[0])}"
    if origin is tuple:
        return f"[{', '.join(_typed(option) for option in options)}]"
    if origin is dict:
        return f"table of {_typed(options[1])}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " / ".join(f"`{member.value}`" for member in hint)
    named = {When: "condition", AnyTable: "steps or matrix", Operation: "operation"}
    return SCALARS.get(hint) or named.get(hint) or f"table: {_title_of(hint)}"


def _title_of(model: type) -> str:
    return next(title for title, known in MODELS.items() if known is model)


def _conditions() -> str:
    rows = [f"| `{name}` | {_cell(text)} |" for name, text in SPECIAL_DOCS.items()]
    return "\n".join(["### Conditions that are no facts", "", "| key | holds where |", "|---|---|", *rows])


def _facts() -> str:
    rows = [
        f"| `{name}` | {fact.type} | {fact.unit} | {_range(fact.low, fact.high, fact.type)} | {_cell(fact.doc)} |"
        for name, fact in FACTS.items()
    ]
    head = ["### Facts", "", "| fact | type | unit | range | meaning |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _range(low: int, high: int, kind: str) -> str:
    return f"{low} to {high}" if kind in {"count", "number"} else ""


PLACES: Final = {
    "fact": "fact `{name}`",
    "param": "**overrides parameter** `{name}`",
    "counter": "counter `{name}`",
    "bucket": "period of counter `{name}`",
    "chain": "open transfer window: `{name}`",
    "moment": "time of the `{name}` leg, else the fact of this name",
    "leg_before": "leg before, or fact `from`",
    "leg_now": "leg group of this leg, or fact `to`",
    "leg_named": "leg group of this leg, or of the leg before",
    "kind": "what is priced",
    "sequence": "fact `{name}`, once per ride; counters move on from ride to ride",
}


def _given() -> str:
    return "\n".join(["### given", "", "| key | type | goes to |", "|---|---|---|", *_given_rows()])


def _given_rows() -> Iterator[str]:
    for name, target in GIVEN.items():
        unit = f" x {target.unit}" if target.unit != 1 else ""
        bucket = f", {target.bucket}" if target.bucket != "*" else ""
        yield f"| `{name}` | {target.type} | {PLACES[target.place].format(name=target.name)}{unit}{bucket} |"


def _expect() -> str:
    rows = [f"| `{name}` | {text} |" for name, text in EXPECT.items()]
    return "\n".join(["### expect", "", "| key | type and meaning |", "|---|---|", *rows])


def rendered(document: str) -> str:
    """Return the reference with its tables brought up to date."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"
