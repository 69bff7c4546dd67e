"""What ``frozen`` and ``mutable`` make of a class of fields is what ``dataclass`` makes of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Any, Final, TypeVar, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.frozen import frozen, mutable

PAIRS: Final[Mapping[str, tuple[Callable[[type], type], Callable[[type], type]]]] = {
    "frozen": (frozen, dataclass(frozen=True, slots=True)),
    "frozen, by name": (frozen(kw_only=True), dataclass(frozen=True, slots=True, kw_only=True)),
    "mutable": (mutable, dataclass(slots=True)),
}

T = TypeVar("T")

Shape = Sequence[Mapping[str, Any]]
"""What is said of each field, as ``dataclasses.field`` takes it."""

flags = {"repr": st.booleans(), "compare": st.booleans()}
plain = st.fixed_dictionaries(flags)
defaulted = st.fixed_dictionaries({**flags, "init": st.booleans(), "default": st.integers(0, 3)})
made_anew = st.fixed_dictionaries({**flags, "init": st.booleans(), "default_factory": st.just(list)})
by_name = st.fixed_dictionaries({**flags, "kw_only": st.just(True)}, optional={"default": st.integers(0, 3)})
shapes: st.SearchStrategy[Shape] = st.tuples(
    st.lists(plain, max_size=3), st.lists(defaulted | made_anew, max_size=3), st.lists(by_name, max_size=2)
).map(lambda parts: [said for part in parts for said in part])
arguments = st.lists(st.integers(0, 2), max_size=9)
both_kinds = pytest.mark.parametrize("kind", PAIRS)


def _classes(kind: str, shape: Shape) -> tuple[Any, Any]:
    """Return one class of fields, made by us and by the standard library."""
    names = [f"field_{number}" for number in range(len(shape))]

    def plain_class() -> type:
        declared = {name: field(**said) for name, said in zip(names, shape, strict=True)}
        return type("Fare", (), {"__annotations__": dict.fromkeys(names, "int"), **declared})

    ours, theirs = PAIRS[kind]
    return ours(plain_class()), theirs(plain_class())


def _made(fare: Callable[..., T], by_place: int, values: Sequence[int]) -> T | None:
    """Make one of the class, the first arguments by place and the others by name; None where they do not fit."""
    takes = [each.name for each in dataclasses.fields(cast("Any", fare)) if each.init][by_place : len(values)]
    try:
        return fare(*values[:by_place], **dict(zip(takes, values[by_place:], strict=False)))
    except TypeError:
        return None


@both_kinds
@settings(max_examples=30)
@given(shape=shapes, by_place=st.integers(0, 5), one=arguments, other=arguments)
def test_it_is_made_told_and_compared_as_a_dataclass_is(
    kind: str, shape: Shape, by_place: int, one: list[int], other: list[int]
) -> None:
    ours, theirs = _classes(kind, shape)
    first, second = _made(ours, by_place, one), _made(ours, by_place, other)
    wanted, unlike = _made(theirs, by_place, one), _made(theirs, by_place, other)
    assert repr(first) == repr(wanted)
    assert repr(second) == repr(unlike)
    assert (first == second) is (wanted == unlike)
    assert ours.__match_args__ == theirs.__match_args__
    if first is not None and wanted is not None:
        assert dataclasses.asdict(first) == dataclasses.asdict(wanted)
        assert not hasattr(first, "__dict__")


@settings(max_examples=30)
@given(shape=shapes, one=arguments)
def test_equal_values_have_one_hash(shape: Shape, one: list[int]) -> None:
    fare, _ = _classes("frozen", [said for said in shape if "default_factory" not in said])
    assert hash(_made(fare, 0, one)) == hash(_made(fare, 0, one))


@frozen
class Fare:
    """One with everything that the product uses."""

    line: str
    cents: int = 100
    parts: list[int] = field(default_factory=list)
    note: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.cents < 0:
            raise ValueError("a fare is never negative")


@frozen
class NightFare(Fare):
    """One that inherits fields."""

    night: bool = True


@mutable
class Drawer:
    """A part with state."""

    coins: int = 0


def test_a_frozen_one_refuses_change() -> None:
    fare = Fare("318")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'cents'"):
        fare.cents = 1  # type: ignore[misc] # what is tested
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'line'"):
        del fare.line
    assert fare == Fare("318", 100, [])


def test_a_check_after_making_is_made() -> None:
    with pytest.raises(ValueError, match="never negative"):
        Fare("318", -1)
    with pytest.raises(ValueError, match="never negative"):
        dataclasses.replace(Fare("318"), cents=-1)


def test_fields_are_inherited_and_kinds_differ() -> None:
    assert NightFare("318", 200) != Fare("318", 200)
    assert [each.name for each in dataclasses.fields(NightFare)] == ["line", "cents", "parts", "note", "night"]
    match NightFare("318"):
        case NightFare(line, cents, night=night):
            assert (line, cents, night) == ("318", 100, True)


def test_a_default_factory_is_called_for_each() -> None:
    assert Fare("318").parts is not Fare("318").parts


def test_what_is_missing_is_named_with_its_class() -> None:
    with pytest.raises(TypeError, match=r"Fare\.__init__\(\) missing 1 required positional argument: 'line'"):
        Fare()  # type: ignore[call-arg] # what is tested


def test_a_mutable_one_changes_and_has_no_hash() -> None:
    drawer = Drawer()
    drawer.coins += 1
    assert drawer == Drawer(1)
    with pytest.raises(TypeError, match="unhashable type: 'Drawer'"):
        hash(drawer)


def test_what_a_class_says_itself_stays() -> None:
    @frozen
    class Hidden:
        digits: str

        def __repr__(self) -> str:
            return "Hidden(*)"

        def __eq__(self, other: object) -> bool:
            return self is other

        def __hash__(self) -> int:
            return 7

    one = Hidden("4520")
    assert (repr(one), hash(one), one == Hidden("4520")) == ("Hidden(*)", 7, False)
