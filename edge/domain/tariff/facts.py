"""What a decision is told: facts by name, each with type and range. Out of range is a coded error, never a price."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Final, cast

from edge.domain.errors import PolicyError
from edge.domain.frozen import frozen
from edge.domain.money import FEN_MAX
from edge.domain.tariff.calendar import DAY_S, NAMED_DAYS, clock_seconds
from edge.domain.tariff.reading import CLOCK, DATE, DECIMAL

Value = int | bool | str | Fraction | date | tuple[str, ...]
"""A fact's value: a fact of type ``time`` is an instant in ISO form or seconds since midnight."""

WORD_CHARACTERS_MAX: Final = 64
SECONDS_MAX: Final = 400 * DAY_S


@frozen
class FactType:
    """Type, unit and range of one fact."""

    type: str
    doc: str
    unit: str = ""
    low: int = 0
    high: int = FEN_MAX
    same_as: str = ""


def _flag(doc: str) -> FactType:
    return FactType("flag", doc)


def _word(doc: str) -> FactType:
    return FactType("word", doc)


def _fen(doc: str, low: int = 0) -> FactType:
    return FactType("count", doc, "fen", low)


FACTS: Final[Mapping[str, FactType]] = MappingProxyType(
    {
        # who
        "age": FactType("count", "age in full years; wins over birth", "years", 0, 130),
        "birth": FactType("date", "date of birth; with the day of the event it gives the age"),
        "entitlement": FactType("words", "what the holder is entitled to: disabled, student, elderly, conscript ..."),
        "resident_of": _word("district in which the holder is registered"),
        "resident_town": _word("town or sub-district of it in which the holder is registered"),
        "hardship": _flag("the holder lives in recognised hardship"),
        "lowincome": _flag("the holder has low income"),
        "bed_contract": _flag("the holder has a family care bed"),
        "dementia": _flag("the holder has severe dementia"),
        "disability_level": FactType("count", "level of disability, 1 the gravest", "", 1, 9),
        "target_group": _flag("the holder belongs to the programme's target group"),
        "group": _word("group of the programme that the holder is registered in"),
        "band": _word("band of the programme that the holder is registered in"),
        "deceased": _flag("the status list names the holder as deceased"),
        "in_institution": _flag("the status list names the holder as living in a care institution"),
        "proven_category": FactType(
            "words", "rider categories that a list proves: they fit whatever their x_when says"
        ),
        # with what
        "medium": _word("fare_media_id of the medium; without one no medium is known"),
        "balance_fen": _fen("balance of the medium before the charge", -FEN_MAX),
        "balance_after_fen": _fen("balance of the medium after the charge", -FEN_MAX),
        "pass_id": _word("fare_product_id of the pass that the medium carries"),
        "pass_age_s": FactType("count", "time since the first tap of the pass", "s", 0, SECONDS_MAX),
        "companion": _flag("the tap pays for somebody who rides along"),
        # where and when
        "from": _word("place of boarding: station, stop or zone"),
        "to": _word("place of alighting"),
        "towards": _word("terminus that the vehicle runs towards"),
        "route": _word("name of the route"),
        "distance_m": FactType("count", "distance travelled", "m", 0, 10_000_000),
        "stops_travelled": FactType("count", "number of stops or zones travelled", "", 0, 10_000),
        "date": FactType("date", "civil date of the event"),
        "day": FactType("day", "kind of the day, where no date is known: workday, saturday, statutory_holiday ..."),
        "time": FactType("time", "time of a tap that is neither in nor out"),
        "tap_in": FactType("time", "time of tap-in, a time of day or an ISO time stamp"),
        "tap_out": FactType("time", "time of tap-out, a time of day or an ISO time stamp"),
        "stay_s": FactType("count", "time between tap-in and tap-out", "s", 0, SECONDS_MAX),
        "same_station": _flag("tap-out is at the station of tap-in"),
        "travelled": _flag("the holder has ridden; staff say false, and only then leaving again is free"),
        "operator_fault": _flag("the operator caused the delay"),
        "gap_s": FactType("count", "time since the anchor of the window, or since the last tap", "s", 0, SECONDS_MAX),
        "same_vehicle": _flag("the vehicle is that of the leg before"),
        "same_terminal": _flag("the terminal is that of the leg before"),
        "boarding": FactType("count", "number of this boarding in its chain, the first is 1", "", 1, 10_000),
        "priced_below_normal": _flag("the last tap of this medium was priced below the normal price"),
        # what it costs
        "list_fen": _fen("list price; wins over the price tables"),
        "delivery_fee_fen": _fen("delivery fee beside the meal"),
        "menu": _word("code of the set meal"),
        "session": _word("timeframe_group_id of the meal session; wins over the clock"),
        "site": _word("where the site lies, seen from the holder's home: home, other_town, other_district"),
        "home_district": _flag("the site lies in the holder's home district"),
        "km": FactType("number", "distance of a delivery", "km", 0, 1_000),
    }
)


class Facts:
    """Checked facts. Build with :func:`read_facts`; missing facts are missing, a missing flag is false."""

    __slots__ = ("values",)

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values = values

    def get(self, name: str) -> Value | None:
        """Return a fact, None where it is not known."""
        return self.values.get(name)

    def number(self, name: str) -> int | None:
        """Return a whole-number fact."""
        return cast("int | None", self.values.get(name))

    def word(self, name: str) -> str:
        """Return a word, empty where it is not known."""
        return cast("str", self.values.get(name, ""))

    def flag(self, name: str) -> bool:
        """Return a flag, false where it is not known."""
        return bool(self.values.get(name, False))

    def plain(self) -> dict[str, object]:
        """Return the facts as plain values that :func:`read_facts` reads back to the same facts."""
        return {name: _plain(FACTS.get(name), value) for name, value in sorted(self.values.items())}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Facts) and self.values == other.values

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.values)))

    def __repr__(self) -> str:
        return f"Facts({dict(self.values)!r})"


def _plain(kind: FactType | None, value: Value) -> object:
    if kind is not None and kind.type == "time" and isinstance(value, int):
        return f"{value // 3600:02d}:{value // 60 % 60:02d}:{value % 60:02d}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(float(value))
    return list(value) if isinstance(value, tuple) else value


NO_FACTS: Final = Facts({})


def read_facts(plain: Mapping[str, object], own: Mapping[str, FactType] = MappingProxyType({})) -> Facts:
    """Check facts against the vocabulary and the bundle's ``own`` facts.

    Raises ``FACTS_INVALID`` for an unknown name, a wrong type, or a value out of its range.
    """
    values: dict[str, Value] = {}
    for name, value in plain.items():
        kind = own.get(name) or FACTS.get(name)
        if kind is not None and kind.same_as:
            name, kind = kind.same_as, FACTS.get(kind.same_as)  # noqa: PLW2901 - the fact's other name
        if kind is None:
            raise PolicyError("FACTS_INVALID", f"{name}: no such fact")
        if value is not None:
            values[name] = _checked(name, kind, value)
    return Facts(values)


def _checked(name: str, kind: FactType, value: object) -> Value:
    read: Value
    try:
        read = READERS[kind.type](value)
    except (ValueError, TypeError, OverflowError):
        raise PolicyError("FACTS_INVALID", f"{name}: not a {kind.type}") from None
    if kind.type in {"count", "number"} and not kind.low <= cast("int", read) <= kind.high:
        raise PolicyError("FACTS_INVALID", f"{name}: outside {kind.low} to {kind.high}")
    return read


def _read_count(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _read_flag(value: object) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _read_word(value: object) -> str:
    if type(value) is int:
        return str(value)
    if not isinstance(value, str) or not 0 < len(value) <= WORD_CHARACTERS_MAX:
        raise TypeError
    return value


def _read_words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_read_word(value),)
    if not isinstance(value, list | tuple):
        raise TypeError
    return tuple(_read_word(item) for item in value)


def _read_date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not DATE.fullmatch(value):
        raise TypeError
    return date.fromisoformat(value)


def _read_day(value: object) -> str:
    if value not in NAMED_DAYS:
        raise ValueError
    return str(value)


def _read_time(value: object) -> Value:
    if not isinstance(value, str):
        raise TypeError
    if CLOCK.fullmatch(value):
        seconds = clock_seconds(value)
        if seconds >= DAY_S:
            raise ValueError
        return seconds
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return value


def _read_number(value: object) -> Fraction:
    if isinstance(value, str) and DECIMAL.fullmatch(value):
        return Fraction(value)
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise TypeError
    return Fraction(value)


READERS: Final[Mapping[str, Callable[[object], Value]]] = {
    "count": _read_count,
    "flag": _read_flag,
    "word": _read_word,
    "words": _read_words,
    "date": _read_date,
    "day": _read_day,
    "time": _read_time,
    "number": _read_number,
}
"""Types of facts; a bundle's ``x_facts`` use the same words."""
