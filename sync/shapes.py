"""Value types <-> plain lists: how each type is taken apart and built is worked out once, then only followed.

A value type (a dataclass) becomes a list of its fields in order; nested types nest, enumerations become their values.
Building is strict: exact types, exact length. Only ``X | None`` may stand where there is a choice. What an older
release wrote may lack the fields appended since: ``older`` gives them their defaults, which mean what their absence
meant.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

PLAIN: Final = frozenset({int, str, bytes, bool, float, types.NoneType, list, dict})

Build = Callable[[object], object]


class ShapeError(ValueError):
    """A plain value that is not of the wanted shape; ``path`` leads to the offending part."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.path: list[str] = []

    def __str__(self) -> str:
        return f"{'.'.join(reversed(self.path))}: {self.args[0]}" if self.path else str(self.args[0])


def to_plain(value: object) -> object:
    """Turn a value type into nested lists of plain values."""
    kind: type = type(value)
    if kind in PLAIN:
        return value
    if kind is tuple:
        return [to_plain(item) for item in cast("tuple[object, ...]", value)]
    names = _names(kind)
    if names is not None:
        return [to_plain(getattr(value, name)) for name in names]
    return value.value if isinstance(value, Enum) else value


@cache
def _names(kind: type) -> tuple[str, ...] | None:
    """Return the fields of a value type in order, None for any other type."""
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None


@cache
def builder(wanted: Any, *, older: bool = False) -> Build:  # noqa: ANN401 - a type expression
    """Return the function that builds ``wanted`` from plain values and raises :class:`ShapeError`.

    ``older``: trailing fields that have a default may be absent.
    """
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        return _optional(wanted, older=older)
    if origin is tuple:
        return _tuple(get_args(wanted), older=older)
    if dataclasses.is_dataclass(wanted):
        return _record(cast("type", wanted), older=older)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return _member(wanted)
    return _plain(getattr(wanted, "__supertype__", wanted))


def _plain(wanted: type) -> Build:
    def build(plain: object) -> object:
        if type(plain) is not wanted:
            raise ShapeError(f"expected {wanted.__name__}, got {type(plain).__name__}")
        return plain

    return build


def _member(wanted: type[Enum]) -> Build:
    def build(plain: object) -> object:
        try:
            return wanted(plain)
        except ValueError:
            raise ShapeError("unknown member") from None

    return build


def _optional(wanted: object, *, older: bool) -> Build:
    chosen = [option for option in get_args(wanted) if option is not types.NoneType]
    if len(chosen) != 1:
        raise TypeError(f"{wanted}: only X | None can be on the wire")
    inner = builder(chosen[0], older=older)
    return lambda plain: None if plain is None else inner(plain)


def _tuple(options: tuple[object, ...], *, older: bool) -> Build:
    def listed(plain: object) -> list[object]:
        if type(plain) is not list:
            raise ShapeError("expected an array")
        return plain

    if len(options) == 2 and options[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...]
        each = builder(options[0], older=older)
        return lambda plain: tuple([each(item) for item in listed(plain)])
    parts = tuple(builder(option, older=older) for option in options)

    def build(plain: object) -> object:
        items = listed(plain)
        if len(items) != len(parts):
            raise ShapeError(f"expected {len(parts)} items, got {len(items)}")
        return tuple([part(item) for part, item in zip(parts, items, strict=True)])

    return build


def _record(wanted: type, *, older: bool) -> Build:
    hints, fields = get_type_hints(wanted), dataclasses.fields(wanted)
    parts = tuple((field.name, builder(hints[field.name], older=older)) for field in fields)
    least = len([field for field in fields if not older or field.default is dataclasses.MISSING])

    def build(plain: object) -> object:
        if type(plain) is not list or not least <= len(plain) <= len(parts):
            raise ShapeError(f"expected an array of {len(parts)} fields")
        values: list[object] = []
        try:
            for (_, part), item in zip(parts, plain, strict=False):  # an older array is shorter
                values.append(part(item))  # how far it came names the field that failed
        except ShapeError as error:
            error.path.append(parts[len(values)][0])
            raise
        try:
            return wanted(*values)
        except ValueError as error:
            raise ShapeError(str(error)) from error

    return build
