"""Civil days, calendars, periods and ages. Everything here is given a day; nothing asks for one.

The city has one fixed offset from UTC (China: +08:00, no summer time); days are civil days in it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, Literal

from edge.domain.frozen import frozen

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
DAY_ONE: Final = 719_163
"""Ordinal of 1970-01-01 in the proleptic Gregorian calendar."""

Asof = Literal["birthday", "first_of_month", "next_month"]
LeapBirthday = Literal["feb_28", "mar_1"]


@frozen
class CivilDay:
    """One day as calendars see it: its weekday (Monday 0) and either its date or what it is called.

    ``named`` is set where only the kind of day is known: ``statutory_holidays`` or ``makeup_workdays``, else empty.
    """

    weekday: int
    date: date | None = None
    named: str = ""


NAMED_DAYS: Final = {
    "workday": CivilDay(0),
    "weekday": CivilDay(0),
    "weekend": CivilDay(5),
    "holiday": CivilDay(2, named="statutory_holidays"),
    "statutory_holiday": CivilDay(2, named="statutory_holidays"),
    "makeup_workday": CivilDay(5, named="makeup_workdays"),
    **{name: CivilDay(number) for number, name in enumerate(WEEKDAYS)},
}
"""Kinds of days that can stand in for a date."""


def local(time_ms: int, utc_offset_min: int) -> tuple[CivilDay, int]:
    """Return the civil day and the whole seconds since its midnight of ``time_ms`` (ms UTC since 1970)."""
    days, seconds = divmod(time_ms // 1000 + utc_offset_min * 60, DAY_S)
    day = date.fromordinal(DAY_ONE + days)
    return CivilDay(day.weekday(), day), seconds


def midnight_before_ms(time_ms: int, utc_offset_min: int) -> int:
    """Return when the civil day of ``time_ms`` began; both in ms UTC since 1970."""
    return time_ms // 1000 * 1000 - local(time_ms, utc_offset_min)[1] * 1000


def clock_seconds(text: str) -> int:
    """Return seconds since midnight of ``HH:MM`` or ``HH:MM:SS`` (24:00 is 86400)."""
    hours, minutes, *rest = (int(part) for part in text.split(":"))
    return hours * HOUR_S + minutes * 60 + (rest[0] if rest else 0)


def weekday_mask(text: str) -> frozenset[int]:
    """Return the weekdays of ``mon-fri``, ``sat,sun``, ``mon-sun`` ...; raises ``ValueError`` for anything else."""
    short = [name[:3] for name in WEEKDAYS]
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        start, end = short.index(first), short.index(last or first)
        if end < start:
            raise ValueError(f"{part} runs backwards")
        days |= set(range(start, end + 1))
    return frozenset(days)


def bucket(period: str, day: date | None, session: str) -> str:
    """Return the name of the period that a charge falls into; empty where its day is not known.

    Weeks run Monday to Sunday and are named by their Monday.
    """
    if day is None or period == "ever":
        return ""
    if period == "calendar_month":
        return day.isoformat()[:7]
    if period == "calendar_year":
        return day.isoformat()[:4]
    if period == "iso_week":
        return (day - timedelta(days=day.weekday())).isoformat()
    if period == "meal_session":
        return f"{day.isoformat()}/{session}"
    return day.isoformat()


def age_on(birth: date, day: date, asof: Asof = "birthday", leap: LeapBirthday = "mar_1") -> int:
    """Return the age in full years on ``day``.

    ``birthday`` counts from the birthday on, ``first_of_month`` from the first day of its month, ``next_month`` from
    the first day of the month after it. ``leap`` says on which day someone born on 29 February has the birthday in a
    year without one.
    """
    turned = _birthday(birth, day.year, leap)
    if asof == "first_of_month":
        turned = turned.replace(day=1)
    elif asof == "next_month":
        turned = (turned.replace(day=1) + timedelta(days=32)).replace(day=1)
    return max(day.year - birth.year - (day < turned), 0)


def _birthday(birth: date, year: int, leap: LeapBirthday) -> date:
    if (birth.month, birth.day) != (2, 29):
        return birth.replace(year=year)
    try:
        return birth.replace(year=year)
    except ValueError:
        return date(year, 2, 28) if leap == "feb_28" else date(year, 3, 1)
