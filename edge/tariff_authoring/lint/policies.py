"""Policies: who rides by default, how taps are read, which days there are, and what is said aloud."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from edge.domain.tariff.calendar import WEEKDAYS, clock_seconds, weekday_mask
from edge.domain.tariff.document import TimeframeRow
from edge.domain.tariff.reading import Problem
from edge.tariff_authoring.lint import Subject

SPOKEN_BADLY = ("老", "残", "低保", "贫", "困难", "岁", "学生", "elder", "senior", "disabled", "poor", "student", "age")


def check_categories(subject: Subject) -> Iterator[Problem]:
    """Exactly one category is everybody's default."""
    document = subject.document
    defaults = [row.rider_category_id for row in document.rider_categories if row.is_default_fare_category]
    if document.fare_leg_rules and len(defaults) != 1:
        what = "no default category" if not defaults else f"{len(defaults)} default categories"
        yield Problem("rider_categories", what, "write is_default_fare_category = 1 on exactly one")


def check_tap_policies(subject: Subject) -> Iterator[Problem]:
    """Every network has a policy; with tap-out it prices both missing taps; limits and their price come together."""
    document = subject.document
    for network in document.networks:
        path = f"x_tap_policy.{network.network_id}"
        policy = document.x_tap_policy.get(network.network_id)
        if policy is None:
            yield Problem(path, "the network has no tap policy", 'write one: mode = "in" or "in_out"')
            continue
        for name in ("missing_out", "missing_in"):
            if policy.mode == "in_out" and getattr(policy, name) is None:
                yield Problem(
                    f"{path}.{name}", "a network with tap-out does not price a missing tap", "write its charge"
                )
        if (policy.overtime is None) != (policy.max_minutes == 0):
            yield Problem(f"{path}.overtime", "a time limit and its price come together", "write both or neither")


def check_timeframes(subject: Subject) -> Iterator[Problem]:
    """Bands have both ends or none, run forwards, and do not overlap inside one timeframe."""
    rows = subject.plain.get("timeframes", [])
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and ("start_time" in row) != ("end_time" in row):
            yield Problem(
                f"timeframes.{row.get('timeframe_group_id')}", "only one end is written", "write both or neither"
            )
    groups: dict[tuple[str, str], list[TimeframeRow]] = defaultdict(list)
    for frame in subject.document.timeframes:
        path = f"timeframes.{frame.timeframe_group_id}"
        start, end = clock_seconds(frame.start_time), clock_seconds(frame.end_time)
        if end > 24 * 3600:
            yield Problem(f"{path}.end_time", "past 24:00", "write two bands, one per day")
        if start >= end:
            yield Problem(path, "it ends before it begins", "write two bands where midnight lies between")
        groups[frame.timeframe_group_id, frame.service_id].append(frame)
    for (name, _), frames in groups.items():
        ordered = sorted(frames, key=lambda row: clock_seconds(row.start_time))
        for before, after in itertools.pairwise(ordered):
            if clock_seconds(after.start_time) < clock_seconds(before.end_time):
                yield Problem(f"timeframes.{name}", "two bands of one day overlap", "let one end where the next begins")


def check_calendars(subject: Subject) -> Iterator[Problem]:
    """Weekdays are words, dates are dates, and a set of holidays has days in every year between its first and last."""
    document = subject.document
    for name, row in document.x_calendars.items():
        try:
            weekday_mask(row.weekdays)
        except ValueError:
            allowed = ", ".join(day[:3] for day in WEEKDAYS)
            yield Problem(
                f"x_calendars.{name}.weekdays", f"{row.weekdays!r} names no weekdays", f"use {allowed}, - and ,"
            )
    for name, days in document.x_day_sets.items():
        years = set()
        for day in days:
            try:
                years.add(date.fromisoformat(day).year)
            except ValueError:
                yield Problem(f"x_day_sets.{name}", f"{day!r} is no date", 'write "2024-10-01"')
        holes = sorted(set(range(min(years, default=0), max(years, default=-1) + 1)) - years)
        for year in holes:
            yield Problem(f"x_day_sets.{name}", f"no day of {year}", "add that year's days")
    start = document.bundle.effective.from_
    used = {name for row in document.x_calendars.values() for name in row.minus}
    for name in sorted(used & set(document.x_day_sets)):
        days = document.x_day_sets[name]
        if start and days and max(days) < start[:4]:
            yield Problem(
                f"x_day_sets.{name}", f"its last day is {max(days)}, before the bundle begins", "add newer years"
            )


def check_prompts(subject: Subject) -> Iterator[Problem]:
    """Nothing spoken or shown to the public names a category, an age or a poverty band; keys mean something."""
    document = subject.document
    categories = {row.rider_category_id for row in document.rider_categories}
    known = categories | {"low_balance", "passback", "duplicate", "deny", "insufficient", "balance_below_entry_minimum"}
    for name, prompt in document.x_prompts.items():
        path = f"x_prompts.{name}"
        if name not in known:
            yield Problem(path, "nothing gives this prompt", f"use one of: {', '.join(sorted(known))}")
        said = f"{prompt.voice} {prompt.text}".lower().split()
        loud = next(
            (word for word in SPOKEN_BADLY for part in said if word == part or (word in part and not word.isascii())),
            "",
        )
        if loud:
            yield Problem(path, f"it says {loud} in public", "use a neutral text; the driver's lamp may tell")
        if name == "low_balance" and prompt.at_most is None:
            yield Problem(f"{path}.at_most", "no limit", "write the balance up to which it is given")
