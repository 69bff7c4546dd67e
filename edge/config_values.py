"""From TOML tables to frozen dataclasses, strictly: known keys, exact types, stated ranges.

A settings class is a frozen dataclass; a field's type says what TOML value it takes, and a check in ``Annotated`` says
which values are sensible. Settings come in layers, the last one that names a key wins, and every error names the file
that the offending key stands in.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, cast, get_args, get_origin, get_type_hints

from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen

T = TypeVar("T")
Table = Mapping[str, object]

KEY_CHARACTERS: Final = 64
CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f]")


@frozen
class Layer:
    """One table of settings, and the file it was read from."""

    source: str
    table: Table

    def dotted(self) -> Iterator[str]:
        """Yield the dotted name of every key that is set, and of every table."""
        return _dotted(self.table, "")


def _dotted(table: Table, prefix: str) -> Iterator[str]:
    for name, value in table.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{name}.")


@frozen
class Between:
    """A number between ``low`` and ``high``, both allowed."""

    low: float
    high: float

    def allows(self, value: Any) -> bool:  # noqa: ANN401 - the type is checked before
        """Say whether ``value`` lies inside."""
        return bool(self.low <= value <= self.high)

    def __str__(self) -> str:
        return f"between {self.low} and {self.high}"


@frozen
class OneOf:
    """One of the named words."""

    words: tuple[str, ...]

    def allows(self, value: Any) -> bool:  # noqa: ANN401 - the type is checked before
        """Say whether ``value`` is one of them."""
        return value in self.words

    def __str__(self) -> str:
        return "one of " + ", ".join(self.words)


@frozen
class Shape:
    """Text of a stated form; ``meaning`` is how the form is told to people."""

    pattern: str
    meaning: str

    def allows(self, value: Any) -> bool:  # noqa: ANN401 - the type is checked before
        """Say whether the whole text has the form."""
        return re.fullmatch(self.pattern, value, re.ASCII) is not None

    def __str__(self) -> str:
        return self.meaning


Check = Between | OneOf | Shape


@frozen
class Key:
    """One settings key as the reference lists it: dotted name, TOML type, default (``required``) and allowed values."""

    name: str
    type: str
    default: str
    allowed: str


def keys_of(settings: type, prefix: str = "") -> Iterator[Key]:
    """List every key that ``settings`` accepts, in order."""
    hints = _hints(settings)
    for field in dataclasses.fields(settings):
        wanted, checks = _unwrap(hints[field.name])
        if dataclasses.is_dataclass(wanted):
            yield from keys_of(cast("type", wanted), f"{prefix}{field.name}.")
            continue
        default = "required" if field.default is dataclasses.MISSING else _toml(field.default)
        yield Key(prefix + field.name, _type_name(wanted), default, "; ".join(str(check) for check in checks))


def read_settings(settings: type[T], layers: Sequence[Layer], folder: Path) -> T:
    """Build ``settings`` from layers, the last of which wins; relative paths start at ``folder``.

    Raises ``CONFIG_KEY`` for an unknown or missing key, ``CONFIG_VALUE`` for a wrong type or a value out of range;
    both name the file and the key.
    """
    return _Reading(layers, folder, settings).table(settings, layers, "")


def nearest(name: str, known: Sequence[str]) -> str:
    """Return the known name that resembles ``name`` most; dotted names are compared by their last part too."""
    import difflib  # noqa: PLC0415 - loaded for a wrong name alone

    def likeness(candidate: str) -> float:
        whole = difflib.SequenceMatcher(None, name, candidate).ratio()
        last = difflib.SequenceMatcher(None, name.rpartition(".")[2], candidate.rpartition(".")[2]).ratio()
        return whole + last

    return max(known, key=likeness)


@functools.cache
def _hints(settings: type) -> Mapping[str, Any]:
    """Return the types of a class's fields; they are read from text, which takes longer than all the rest."""
    return get_type_hints(settings, include_extras=True)


def _names(settings: type) -> tuple[str, ...]:
    """Return the dotted names of all keys and tables that ``settings`` accepts."""
    keys = [key.name for key in keys_of(settings)]
    tables = sorted({key.rpartition(".")[0] for key in keys} - {""})
    return (*tables, *keys)


@frozen
class _Reading:
    layers: Sequence[Layer]
    folder: Path
    root: type

    def table(self, settings: type[T], layers: Sequence[Layer], prefix: str) -> T:
        hints = _hints(cast("Any", settings))
        for layer in layers:
            self._refuse_unknown(layer, hints, prefix)
        fields = dataclasses.fields(cast("Any", settings))
        return settings(**{field.name: self._field(field, hints[field.name], layers, prefix) for field in fields})

    def _refuse_unknown(self, layer: Layer, hints: Mapping[str, object], prefix: str) -> None:
        for name in layer.table:
            if name not in hints:
                dotted = (prefix + name)[:KEY_CHARACTERS]
                hint = nearest(dotted, _names(self.root))
                raise ConfigError("CONFIG_KEY", f"{layer.source}: unknown key `{dotted}`; nearest known key: `{hint}`")

    def _field(self, field: dataclasses.Field[Any], hint: object, layers: Sequence[Layer], prefix: str) -> object:
        wanted, checks = _unwrap(hint)
        dotted = prefix + field.name
        naming = [layer for layer in layers if field.name in layer.table]
        if dataclasses.is_dataclass(wanted):
            parts = [Layer(layer.source, _as_table(layer, field.name, dotted)) for layer in naming]
            return self.table(cast("type", wanted), parts, dotted + ".")
        if naming:
            return self._value(naming[-1], field.name, dotted, wanted, checks)
        if field.default is dataclasses.MISSING:
            raise ConfigError("CONFIG_KEY", f"{self.layers[-1].source}: the key `{dotted}` is missing")
        return self._placed(field.default)

    def _value(self, layer: Layer, name: str, dotted: str, wanted: Any, checks: tuple[Check, ...]) -> object:  # noqa: ANN401 - a type expression
        value = layer.table[name]
        try:
            converted = _convert(wanted, value)
        except ValueError as error:
            raise _wrong(layer, dotted, f"{error}, not {_shown(value)}") from None
        for check in checks:
            items = converted if isinstance(converted, tuple) else (converted,)
            if not all(check.allows(item) for item in items):
                raise _wrong(layer, dotted, f"must be {check}, not {_shown(value)}")
        return self._placed(converted)

    def _placed(self, value: object) -> object:
        return self.folder / value if isinstance(value, Path) and value != Path() else value


def _unwrap(hint: Any) -> tuple[Any, tuple[Check, ...]]:  # noqa: ANN401 - a type expression
    if get_origin(hint) is tuple:
        item, checks = _unwrap(get_args(hint)[0])
        return types.GenericAlias(tuple, (item, ...)), checks
    if get_origin(hint) is not Annotated:
        return hint, ()
    wanted, *found = get_args(hint)
    return wanted, tuple(found)


def _as_table(layer: Layer, name: str, dotted: str) -> Table:
    value = layer.table[name]
    if not isinstance(value, dict):
        raise _wrong(layer, dotted, f"must be a table, not {_shown(value)}")
    return value


def _convert(wanted: Any, value: object) -> object:  # noqa: ANN401 - a type expression
    """Return ``value`` as ``wanted``; raises ``ValueError`` that says what was expected."""
    if get_origin(wanted) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"must be {_type_name(wanted)}")
        return tuple(_convert(get_args(wanted)[0], item) for item in value)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not (str if wanted is Path else wanted):
        raise ValueError(f"must be {_type_name(wanted)}")
    if isinstance(value, str) and CONTROL_CHARACTER.search(value):
        raise ValueError("must be text without control characters")
    return Path(value) if wanted is Path and isinstance(value, str) else value


def _type_name(wanted: Any) -> str:  # noqa: ANN401 - a type expression
    if get_origin(wanted) is tuple:
        return f"list of {_type_name(get_args(wanted)[0])}"
    return {str: "text", int: "integer", float: "number", bool: "boolean", Path: "path"}[wanted]


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Path):
        return '""' if value == Path() else f'"{value}"'
    return f'"{value}"' if isinstance(value, str) else str(value)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."  # noqa: PLR2004 - fits one line of a message


def _wrong(layer: Layer, dotted: str, problem: str) -> ConfigError:
    return ConfigError("CONFIG_VALUE", f"{layer.source}: `{dotted}` {problem}")
