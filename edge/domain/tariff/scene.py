"""What rules look at while one event is priced: facts, day, places, and the bundle's look-up tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from typing import cast

from edge.domain.frozen import frozen, mutable
from edge.domain.tariff.calendar import Asof, CivilDay, LeapBirthday, age_on
from edge.domain.tariff.facts import Facts


@frozen
class Calendar:
    """Weekdays, without the days of some sets, with the days of others (``plus`` wins)."""

    weekdays: frozenset[int]
    minus: tuple[str, ...]
    plus: tuple[str, ...]


@frozen
class Band:
    """A band of the day in seconds since midnight, start included, end excluded, on the days of a calendar."""

    start_s: int
    end_s: int
    calendar: str


@frozen
class Lookup:
    """The tables of one bundle that conditions refer to by name."""

    day_sets: Mapping[str, frozenset[date]]
    calendars: Mapping[str, Calendar]
    timeframes: Mapping[str, tuple[Band, ...]]
    areas: Mapping[str, frozenset[str]]
    leap_birthday: LeapBirthday

    def is_day_of(self, day: CivilDay, day_set: str) -> bool:
        """Say whether a day belongs to a set of days."""
        if day.date is not None:
            return day.date in self.day_sets[day_set]
        return day.named == day_set

    def calendar_holds(self, name: str, day: CivilDay) -> bool:
        """Say whether a calendar runs on a day."""
        calendar = self.calendars[name]
        if any(self.is_day_of(day, day_set) for day_set in calendar.plus):
            return True
        if any(self.is_day_of(day, day_set) for day_set in calendar.minus):
            return False
        return day.weekday in calendar.weekdays


@mutable
class Scene:
    """One event while it is priced. ``day`` and ``clock_s`` are those of the tap that decides (tap-in, or the tap)."""

    facts: Facts
    lookup: Lookup
    day: CivilDay | None
    clock_s: int | None
    leaving: tuple[CivilDay | None, int | None]
    network: str = ""
    leg_group: str = ""
    medium: str = ""
    category: str = ""
    boarding: int = 1
    ages: dict[str, int | None] = field(default_factory=dict)

    def age(self, asof: Asof = "birthday") -> int | None:
        """Return the holder's age on the day of the event, None where it cannot be known."""
        if asof not in self.ages:
            self.ages[asof] = self._age(asof)
        return self.ages[asof]

    def _age(self, asof: Asof) -> int | None:
        told = self.facts.number("age")
        birth = cast("date | None", self.facts.get("birth"))
        if told is not None or birth is None or self.day is None or self.day.date is None:
            return told
        return age_on(birth, self.day.date, asof, self.lookup.leap_birthday)

    def in_timeframe(self, name: str) -> bool:
        """Say whether the event lies in a timeframe: by the session that is told, else by day and clock."""
        told = self.facts.word("session")
        if told:
            return told == name and self._calendar_of(name)
        return self.clock_in_timeframe(name, self.day, self.clock_s)

    def leaves_in_timeframe(self, name: str) -> bool:
        """Say whether alighting lies in a timeframe."""
        return self.clock_in_timeframe(name, *self.leaving)

    def clock_in_timeframe(self, name: str, day: CivilDay | None, clock_s: int | None) -> bool:
        """Say whether a time of day lies in a timeframe (start included, end excluded) on a day of its calendar."""
        return clock_s is not None and any(
            band.start_s <= clock_s < band.end_s
            and (not band.calendar or (day is not None and self.lookup.calendar_holds(band.calendar, day)))
            for band in self.lookup.timeframes[name]
        )

    def _calendar_of(self, name: str) -> bool:
        """Say whether the calendar of a told session runs; a day that is not known is not held against the holder."""
        day = self.day
        return day is None or any(
            not band.calendar or self.lookup.calendar_holds(band.calendar, day) for band in self.lookup.timeframes[name]
        )

    def session(self) -> str:
        """Return the timeframe that the event lies in, empty where none."""
        told = self.facts.word("session")
        return told or next((name for name in sorted(self.lookup.timeframes) if self.in_timeframe(name)), "")
