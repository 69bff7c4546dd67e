"""``when``: conditions over facts, read once into tests; a test that fails says why in words fixed beforehand.

A condition is a table; every line of it must hold. A fact that is not known satisfies nothing, except that a missing
flag is false and that ``ne`` and ``none_of`` hold for what is not known.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import date
from fractions import Fraction
from typing import Any, Final, Literal, cast

from edge.domain.frozen import frozen
from edge.domain.tariff.calendar import Asof
from edge.domain.tariff.facts import FACTS
from edge.domain.tariff.reading import REMARKS, Reading, UnreadableError, key, nearest
from edge.domain.tariff.scene import Scene

Holds = Callable[[Scene], bool]


@frozen(kw_only=True)
class DateSpan:
    """Civil dates, both included; an open end is an absent key."""

    from_: str = key("first day", form="date", default="", example="2024-09-01")
    until: str = key("last day, included", form="date", default="", example="2024-12-31")

    def holds(self, day: date | None) -> bool:
        """Say whether ``day`` lies in the span; a day that is not known does."""
        if day is None or (not self.from_ and not self.until):
            return True
        text = day.isoformat()
        return (not self.from_ or self.from_ <= text) and (not self.until or text <= self.until)


@frozen(kw_only=True)
class Match:
    """How a fact is compared; every key that is written must hold."""

    gte: Fraction | None = key("at least", default=None)
    gt: Fraction | None = key("more than", default=None)
    lte: Fraction | None = key("at most", default=None)
    lt: Fraction | None = key("less than", default=None)
    ne: object | None = key("anything but this value", default=None)
    one_of: tuple[object, ...] = key("one of these values", default=())
    none_of: tuple[object, ...] = key("none of these values", default=())
    multiple_of: int = key("a whole multiple of this number", default=0)
    asof: Asof = key(
        "for age: from which day on a birthday counts: birthday, first_of_month (of its month), next_month",
        default="birthday",
    )


NUMERIC: Final[tuple[tuple[str, str, Callable[[Any, Any], bool]], ...]] = (
    ("gte", "at least", operator.ge),
    ("gt", "above", operator.gt),
    ("lte", "at most", operator.le),
    ("lt", "below", operator.lt),
)


@frozen
class Test:
    """One line of a condition: what it looks at, the predicate, and the reason given where it fails."""

    subject: str
    holds: Holds
    reason: str
    refers: tuple[str, ...] = ()


@frozen
class When:
    """A condition. ``source`` is the table as authored; two conditions are equal when their tables are."""

    source: Mapping[str, object] = field(default_factory=dict)
    tests: tuple[Test, ...] = field(default=(), compare=False)

    @classmethod
    def from_plain(cls, reading: Reading, plain: object, path: str) -> When:
        """Read a condition table; notes problems with their path."""
        if not isinstance(plain, Mapping):
            raise reading.refuse(path, "a condition is a table", "write { fact = value }")
        tests: list[Test] = []
        sound = True
        for name, wanted in plain.items():
            if name in REMARKS:
                continue
            try:
                tests += _tests(reading, name, reading.resolve(wanted, f"{path}.{name}"), f"{path}.{name}")
            except UnreadableError:
                sound = False
        if not sound:
            raise UnreadableError(path)
        return cls(plain, tuple(tests))

    def failure(self, scene: Scene) -> str:
        """Return the reason of the first line that does not hold, empty where all do."""
        for test in self.tests:
            if not test.holds(scene):
                return test.reason
        return ""

    def holds(self, scene: Scene) -> bool:
        """Say whether every line holds."""
        return all(test.holds(scene) for test in self.tests)

    def references(self) -> Iterator[tuple[str, str]]:
        """Yield (kind, name) of everything that the condition refers to."""
        for test in self.tests:
            for name in test.refers:
                yield test.subject, name


ALWAYS: Final = When()


def _tests(reading: Reading, name: str, wanted: object, path: str) -> Iterator[Test]:
    special = SPECIAL.get(name)
    if special is not None:
        yield special(reading, wanted, path)
        return
    if name not in FACTS and name not in reading.own_facts:
        near = nearest(name, [*SPECIAL, *FACTS, *reading.own_facts])
        raise reading.refuse(path, f"unknown fact {name}", f"{near}; else declare it in x_facts")
    yield from _fact_tests(reading, reading.own_facts.get(name, name), wanted, path)


def _fact_tests(reading: Reading, name: str, wanted: object, path: str) -> Iterator[Test]:
    if isinstance(wanted, Mapping):
        match = reading.table(Match, wanted, path)
        fetch = _fetch(name, match.asof)
        for word, said, compare in NUMERIC:
            limit = getattr(match, word)
            if limit is not None:
                yield Test(name, _compared(fetch, compare, limit), f"{name} is not {said} {limit}")
        if match.one_of:
            yield Test(name, _among(fetch, match.one_of), f"{name} is none of the wanted values")
        barred = match.none_of + (() if match.ne is None else (match.ne,))
        if barred:
            yield Test(name, _barred(fetch, barred), f"{name} is excluded")
        if match.multiple_of:
            yield Test(name, _multiple(fetch, match.multiple_of), f"{name} is no multiple of {match.multiple_of}")
        return
    fetch = _fetch(name, "birthday")
    values = tuple(wanted) if isinstance(wanted, list | tuple) else (wanted,)
    if name in FACTS and FACTS[name].type in {"word", "words"}:
        values = tuple(str(value) if type(value) is int else value for value in values)
    if values == (False,):
        yield Test(name, lambda scene: not fetch(scene), f"{name} is true")
        return
    yield Test(name, _among(fetch, values), f"{name} is not {' or '.join(str(value) for value in values)}")


def _fetch(name: str, asof: Asof) -> Callable[[Scene], Any]:
    if name == "age":
        return lambda scene: scene.age(asof)
    if name == "boarding":
        return lambda scene: scene.boarding
    return lambda scene: scene.facts.values.get(name)


def _compared(fetch: Callable[[Scene], Any], compare: Callable[[Any, Any], bool], limit: object) -> Holds:
    def holds(scene: Scene) -> bool:
        value = fetch(scene)
        return value is not None and compare(value, limit)

    return holds


def _among(fetch: Callable[[Scene], Any], values: tuple[object, ...]) -> Holds:
    wanted = frozenset(values)

    def holds(scene: Scene) -> bool:
        value = fetch(scene)
        return not wanted.isdisjoint(value) if isinstance(value, tuple) else value in wanted

    return holds


def _barred(fetch: Callable[[Scene], Any], values: tuple[object, ...]) -> Holds:
    inside = _among(fetch, values)
    return lambda scene: not inside(scene)


def _multiple(fetch: Callable[[Scene], Any], divisor: int) -> Holds:
    def holds(scene: Scene) -> bool:
        value = fetch(scene)
        return value is not None and value % divisor == 0

    return holds


def _names(reading: Reading, wanted: object, path: str) -> tuple[str, ...]:
    return cast("tuple[str, ...]", reading.value(tuple[str, ...], wanted, path, {}))


def _attribute(name: str, fetch: Callable[[Scene], str]) -> Callable[[Reading, object, str], Test]:
    def read(reading: Reading, wanted: object, path: str) -> Test:
        names = _names(reading, wanted, path)
        allowed = frozenset(names)
        return Test(name, lambda scene: fetch(scene) in allowed, f"{name} is not {' or '.join(names)}", names)

    return read


def _calendar(reading: Reading, wanted: object, path: str) -> Test:
    names = _names(reading, wanted, path)

    def holds(scene: Scene) -> bool:
        day = scene.day
        return day is not None and any(scene.lookup.calendar_holds(name, day) for name in names)

    return Test("calendar", holds, f"the day is no day of {' or '.join(names)}", names)


def _timeframe(name: str, said: str, lies_in: Callable[[Scene, str], bool]) -> Callable[[Reading, object, str], Test]:
    def read(reading: Reading, wanted: object, path: str) -> Test:
        names = _names(reading, wanted, path)
        reason = f"{said} is not in {' or '.join(names)}"
        return Test(name, lambda scene: any(lies_in(scene, one) for one in names), reason, names)

    return read


def _date(reading: Reading, wanted: object, path: str) -> Test:
    span = reading.table(DateSpan, wanted, path)
    return Test("date", lambda scene: scene.day is not None and span.holds(scene.day.date), "the date is outside")


def _area(name: str, words: tuple[str, ...], choose: Literal["any", "all"]) -> Callable[[Reading, object, str], Test]:
    def read(reading: Reading, wanted: object, path: str) -> Test:
        names = _names(reading, wanted, path)
        gather = any if choose == "any" else all

        def holds(scene: Scene) -> bool:
            inside = frozenset[str]().union(*(scene.lookup.areas[area] for area in names))
            return gather(scene.facts.word(word) in inside for word in words)

        return Test(name, holds, f"the trip does not fit {name} {' or '.join(names)}", names)

    return read


def _not(reading: Reading, wanted: object, path: str) -> Test:
    inner = When.from_plain(reading, wanted, path)
    refers = tuple(f"{kind}:{name}" for kind, name in inner.references())
    return Test("not", lambda scene: not inner.holds(scene), "an exception applies", refers)


def _any(reading: Reading, wanted: object, path: str) -> Test:
    if not isinstance(wanted, list | tuple):
        raise reading.refuse(path, "a list of conditions is wanted", "write [{ ... }, { ... }]")
    parts = [When.from_plain(reading, part, f"{path}[{index}]") for index, part in enumerate(wanted)]
    refers = tuple(f"{kind}:{name}" for part in parts for kind, name in part.references())
    return Test("any", lambda scene: any(part.holds(scene) for part in parts), "no alternative holds", refers)


SPECIAL: Final[Mapping[str, Callable[[Reading, object, str], Test]]] = {
    "category": _attribute("category", lambda scene: scene.category),
    "media": _attribute("media", lambda scene: scene.medium),
    "network": _attribute("network", lambda scene: scene.network),
    "leg_group": _attribute("leg_group", lambda scene: scene.leg_group),
    "calendar": _calendar,
    "timeframe": _timeframe("timeframe", "the event", Scene.in_timeframe),
    "to_timeframe": _timeframe("to_timeframe", "alighting", Scene.leaves_in_timeframe),
    "date": _date,
    "from_area": _area("from_area", ("from",), "any"),
    "to_area": _area("to_area", ("to",), "any"),
    "touches": _area("touches", ("from", "to"), "any"),
    "within": _area("within", ("from", "to"), "all"),
    "not": _not,
    "any": _any,
}
"""Conditions that are no facts. ``SPECIAL_DOCS`` says what each means."""

SPECIAL_DOCS: Final[Mapping[str, str]] = {
    "category": "rider_category_id that was chosen for the holder, or a list of them",
    "media": "fare_media_id of the medium, or a list; does not hold where no medium is known",
    "network": "network_id of the leg, or a list",
    "leg_group": "leg_group_id of the leg, or a list",
    "calendar": "the day is a day of this x_calendars entry (or of one of a list); does not hold without a day",
    "timeframe": "the event lies in this timeframe_group_id (or one of a list); a told session wins over the clock",
    "to_timeframe": "alighting lies in this timeframe_group_id (or one of a list)",
    "date": "the date lies in { from, until }, both included; does not hold without a day",
    "from_area": "the place of boarding lies in this area_id (or one of a list)",
    "to_area": "the place of alighting lies in this area_id",
    "touches": "boarding or alighting lies in this area_id",
    "within": "boarding and alighting both lie in this area_id",
    "not": "a condition that must not hold",
    "any": "a list of conditions of which at least one must hold",
}
