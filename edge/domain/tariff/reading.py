"""Plain trees to model values: strict about keys and types, and every problem is told with its path.

A model is a frozen keyword-only dataclass whose fields are made by :func:`key`: the documentation of a key stands with
the key, and the bundle reference is rendered from it.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from edge.domain.frozen import frozen
from edge.domain.money import FEN_MAX

T = TypeVar("T")

REMARKS: Final = frozenset({"x_source", "x_note"})
"""Keys that any table may carry: where a figure comes from, and a caveat. The compiled form leaves them out."""

DATE: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
CLOCK: Final = re.compile(r"([01][0-9]|2[0-4]):[0-5][0-9](:[0-5][0-9])?")
INSTANT: Final = re.compile(DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})")
DECIMAL: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
FORMS: Final = {"date": DATE, "clock": CLOCK, "instant": INSTANT}


@frozen
class Problem:
    """What is wrong with a bundle: the key's path, what was found, and what to write instead."""

    path: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}; {self.remedy}"


class UnreadableError(Exception):
    """A value that cannot be read; its problem is already noted."""


def key(
    doc: str,
    *,
    default: object = dataclasses.MISSING,
    unit: str = "",
    example: str = "",
    form: str = "",
    low: int = 0,
    high: int = FEN_MAX,
) -> Any:  # noqa: ANN401 - as above
    """Declare one key of a table: its documentation, its default (none: required), its unit and its bounds."""
    about = {"doc": doc, "unit": unit, "example": example, "form": form, "low": low, "high": high}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=dict, metadata=about)
    return dataclasses.field(default=default, metadata=about)


def plain_name(field_name: str) -> str:
    """Return the key of a field: ``from_`` and ``not_`` stand for words that Python keeps for itself."""
    return field_name.removesuffix("_")


@cache
def fields_of(wanted: type) -> dict[str, tuple[dataclasses.Field[Any], Any]]:
    """Return the keys of a model in order, each with its field and its type."""
    hints = get_type_hints(wanted)
    return {plain_name(field.name): (field, hints[field.name]) for field in dataclasses.fields(wanted) if field.init}


def nearest(name: str, known: Sequence[str]) -> str:
    """Return the remedy for a name that nobody knows: the nearest one that is known, else all of them."""
    import difflib  # noqa: PLC0415 - loaded for a wrong name alone

    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"


class Reading:
    """One reading of a plain tree: notes every problem, fills in the parameters.

    A string ``$name`` stands for the parameter ``name``; ``$$`` at the start writes a dollar sign. ``own_facts`` are
    the bundle's own facts, each with the fact that it stands for: itself, or the one that it is another name of.
    """

    def __init__(self, params: Mapping[str, object], own_facts: Mapping[str, str] = MappingProxyType({})) -> None:
        self.problems: list[Problem] = []
        self.params = params
        self.own_facts = own_facts
        self.params_used: set[str] = set()

    def refuse(self, path: str, what: str, remedy: str) -> UnreadableError:
        """Note a problem; returns what the caller raises."""
        self.problems.append(Problem(path, what, remedy))
        return UnreadableError(path)

    def resolve(self, plain: object, path: str) -> object:
        """Return the parameter's value where ``plain`` names one, else ``plain``."""
        if not isinstance(plain, str) or not plain.startswith("$"):
            return plain
        if plain.startswith("$$"):
            return plain[1:]
        name = plain[1:]
        if name not in self.params:
            raise self.refuse(path, f"unknown parameter {plain}", f"declare x_params.{name}")
        self.params_used.add(name)
        return self.params[name]

    def table(self, wanted: Callable[..., T], plain: object, path: str) -> T:
        """Read one table into its model; every unreadable key is noted before this raises."""
        plain = self.resolve(plain, path)
        if not isinstance(plain, Mapping):
            raise self.refuse(path, f"a table is wanted, not {_kind_of(plain)}", "write a table { key = value }")
        values: dict[str, object] = {}
        sound = self._known_keys(cast("type", wanted), plain, path)
        for name, (field, hint) in fields_of(cast("type", wanted)).items():
            if name not in plain:
                required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
                if required:
                    self.refuse(
                        f"{path}.{name}".lstrip("."), "the key is missing", f"write it: {field.metadata['doc']}"
                    )
                    sound = False
                continue
            try:
                values[field.name] = self.value(hint, plain[name], f"{path}.{name}".lstrip("."), field.metadata)
            except UnreadableError:
                sound = False
        if not sound:
            raise UnreadableError(path)
        return wanted(**values)

    def _known_keys(self, wanted: type, plain: Mapping[str, object], path: str) -> bool:
        known = fields_of(wanted)
        strange = [name for name in plain if name not in known and name not in REMARKS]
        for name in strange:
            self.refuse(f"{path}.{name}".lstrip("."), "unknown key", nearest(str(name), list(known)))
        return not strange

    def value(self, hint: Any, plain: object, path: str, about: Mapping[str, Any]) -> object:  # noqa: ANN401 - a type
        """Read one value of the type ``hint``; raises :class:`UnreadableError` after noting the problem."""
        plain = self.resolve(plain, path)
        origin = get_origin(hint)
        if origin in (Union, types.UnionType):
            return self._either(hint, plain, path, about)
        if origin is tuple:
            return self._sequence(get_args(hint), plain, path, about)
        if origin is dict:
            return self._mapping(get_args(hint)[1], plain, path, about)
        if origin is Literal:
            return self._choice(get_args(hint), plain, path)
        if hasattr(hint, "from_plain"):
            return hint.from_plain(self, plain, path)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return hint(self._choice(tuple(member.value for member in hint), plain, path))
        if dataclasses.is_dataclass(hint):
            return self.table(cast("type", hint), plain, path)
        return self._scalar(hint, plain, path, about)

    def _either(self, hint: object, plain: object, path: str, about: Mapping[str, Any]) -> object:
        options = [option for option in get_args(hint) if option is not types.NoneType]
        for option in options:
            if option is int and type(plain) is int:
                return self._scalar(int, plain, path, about)
        return self.value(options[-1], plain, path, about)

    def _sequence(self, options: tuple[Any, ...], plain: object, path: str, about: Mapping[str, Any]) -> object:
        repeated = len(options) == 2 and options[1] is Ellipsis  # noqa: PLR2004 - tuple[X, ...]
        if repeated and isinstance(plain, str):
            plain = [plain]
        if not isinstance(plain, list | tuple):
            raise self.refuse(path, f"a list is wanted, not {_kind_of(plain)}", "write [ ... ]")
        if not repeated and len(plain) != len(options):
            raise self.refuse(path, f"{len(plain)} items", f"write {len(options)} items")
        hints = [options[0]] * len(plain) if repeated else list(options)
        if repeated and options[0] is int and all(type(item) is int for item in plain):
            return tuple(plain)
        read: list[object] = []
        sound = True
        for index, (hint, item) in enumerate(zip(hints, plain, strict=True)):
            try:
                read.append(self.value(hint, item, f"{path}[{index}]", about))
            except UnreadableError:
                sound = False
        if not sound:
            raise UnreadableError(path)
        return tuple(read)

    def _mapping(self, hint: object, plain: object, path: str, about: Mapping[str, Any]) -> dict[str, object]:
        if not isinstance(plain, Mapping):
            raise self.refuse(path, f"a table is wanted, not {_kind_of(plain)}", "write a table { name = value }")
        return {
            str(name): self.value(hint, item, f"{path}.{name}", about)
            for name, item in plain.items()
            if name not in REMARKS
        }

    def _choice(self, allowed: tuple[object, ...], plain: object, path: str) -> object:
        if plain not in allowed or isinstance(plain, bool):
            words = ", ".join(str(word) for word in allowed)
            raise self.refuse(path, f"{plain!r} is not one of the words known here", f"write one of: {words}")
        return plain

    def _scalar(self, hint: object, plain: object, path: str, about: Mapping[str, Any]) -> object:
        if hint is object:
            return plain
        if hint is Fraction:
            return self._number(plain, path, about)
        if type(plain) is not hint:
            remedy = "quote it" if hint is str else f"write {_written(hint)}"
            raise self.refuse(path, f"{_kind_of(plain)} where {_written(hint)} is wanted", remedy)
        if hint is int:
            self._bounded(plain, path, about)
        form = about.get("form", "")
        if hint is str and form and not FORMS[form].fullmatch(cast("str", plain)):
            raise self.refuse(
                path, f"{plain!r} is no {form}", f"write it like {about['example'] or FORMS[form].pattern}"
            )
        return plain

    def _number(self, plain: object, path: str, about: Mapping[str, Any]) -> Fraction:
        if type(plain) is int or (isinstance(plain, str) and DECIMAL.fullmatch(plain)):
            number = Fraction(plain)
            self._bounded(number, path, about)
            return number
        raise self.refuse(
            path, f"{_kind_of(plain)} where a number is wanted", 'write an integer, or a decimal as "2.5"'
        )

    def _bounded(self, number: Any, path: str, about: Mapping[str, Any]) -> None:  # noqa: ANN401 - int or Fraction
        low, high = about.get("low", 0), about.get("high", FEN_MAX)
        if not low <= number <= high:
            raise self.refuse(path, f"{number} is out of bounds", f"write a value from {low} to {high}")


def _kind_of(plain: object) -> str:
    names = {int: "an integer", str: "text", bool: "true/false", list: "a list", dict: "a table", float: "a float"}
    return names.get(type(plain), f"a bare {type(plain).__name__}")


def _written(hint: object) -> str:
    return {int: "an integer", str: "text", bool: "true or false"}.get(cast("type", hint), str(hint))
