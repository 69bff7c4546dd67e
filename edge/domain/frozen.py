"""Value types (:func:`frozen`) and parts with state (:func:`mutable`), made in a third of the time of a dataclass.

A terminal defines hundreds of classes of fields before its first tap. ``dataclass(frozen=True, slots=True)`` compiles
six functions for each, half a millisecond of a desktop's processor: three fifths of a start. Here the standard library
still makes the dataclass (``fields``, ``replace``, ``asdict``, ``match``, default factories work as ever), but of its
functions ``__init__`` alone is compiled; equality, hash, text and the refusal to change are shared by all classes.

``order``, ``InitVar``, ``field(hash=...)``, copying and pickling are not offered: who needs them takes ``dataclass``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, Final, NoReturn, TypeVar, cast, dataclass_transform, overload

T = TypeVar("T")

_ABSENT: Final = object()


@overload
def frozen(plain: type[T], /) -> type[T]: ...
@overload
def frozen(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(plain: type[T] | None = None, /, *, kw_only: bool = False) -> type[T] | Callable[[type[T]], type[T]]:
    """Make of a class of fields what ``dataclass(frozen=True, slots=True)`` makes of it."""

    def make(plain: type[T]) -> type[T]:
        return _made(plain, _OF_FROZEN, "_set_{0}(self, {1})", kw_only=kw_only)

    return make if plain is None else make(plain)


@dataclass_transform(field_specifiers=(field,))
def mutable(plain: type[T], /) -> type[T]:
    """Make of a class of fields what ``dataclass(slots=True)`` makes of it."""
    return _made(plain, _OF_MUTABLE, "self.{0} = {1}", kw_only=False)


def _made(plain: type[T], shared: Mapping[str, object], setting: str, *, kw_only: bool) -> type[T]:
    for name, function in shared.items():
        if name not in vars(plain):
            setattr(plain, name, function)
    plain.__doc__ = plain.__doc__ or plain.__name__  # else a signature would be worked out for it
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(plain)
    declared = fields(made)
    compared = [each.name for each in declared if each.compare] or ["__class__"]
    made._compared = attrgetter(*compared)  # noqa: SLF001 - the class is being made here
    made.__init__ = _initializer(made, declared, setting)
    return cast("type[T]", made)


def _initializer(made: type, declared: tuple[Field[Any], ...], setting: str) -> Any:  # noqa: ANN401 - a function
    """Compile the class's ``__init__``; ``setting`` says how a field is set: through its slot, or as an attribute."""
    known: dict[str, Any] = {"_absent": _ABSENT}
    known |= {f"_set_{each.name}": getattr(made, each.name).__set__ for each in declared}
    lines = [f"def __init__(self{''.join(_parameters(declared))}):", " pass"]
    lines += [f" {setting.format(each.name, value)}" for each in declared if (value := _value(each, known))]
    if hasattr(made, "__post_init__"):
        lines.append(" self.__post_init__()")
    exec("\n".join(lines), known)  # noqa: S102 - from names of fields alone
    known["__init__"].__qualname__ = f"{made.__qualname__}.__init__"
    return known["__init__"]


def _value(one: Field[Any], known: dict[str, object]) -> str:
    """Return the text of a field's value, empty for none at all; what it needs is added to ``known``."""
    name, default = one.name, f"_default_{one.name}"
    if one.default_factory is not MISSING:
        known[default] = one.default_factory
        return f"{default}() if {name} is _absent else {name}" if one.init else f"{default}()"
    if one.default is not MISSING:
        known[default] = one.default
        return name if one.init else default
    return name if one.init else ""


def _parameters(declared: tuple[Field[Any], ...]) -> list[str]:
    taken = [each for each in declared if each.init]
    by_place = [f", {_parameter(each)}" for each in taken if not each.kw_only]
    by_name = [f", {_parameter(each)}" for each in taken if each.kw_only]
    return [*by_place, ", *", *by_name] if by_name else by_place


def _parameter(one: Field[Any]) -> str:
    if one.default_factory is not MISSING:
        return f"{one.name}=_absent"
    return one.name if one.default is MISSING else f"{one.name}=_default_{one.name}"


def _equal(self: Any, other: Any) -> Any:  # noqa: ANN401 - of any class
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self._compared(self) == self._compared(other)


def _hash(self: Any) -> int:  # noqa: ANN401 - of any class
    return hash(self._compared(self))


@recursive_repr()
def _text(self: Any) -> str:  # noqa: ANN401 - of any class
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_to_set(_made: object, name: str, _value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_made: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


_OF_MUTABLE: Final[Mapping[str, object]] = {"__repr__": _text, "__eq__": _equal, "__hash__": None}
_OF_FROZEN: Final[Mapping[str, object]] = {
    **_OF_MUTABLE,
    "__hash__": _hash,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
}
