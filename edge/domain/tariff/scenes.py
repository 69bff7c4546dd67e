"""From event and facts to a scene: which day and clock decide, which leg, medium and category it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import DAY_S, NAMED_DAYS, CivilDay, local
from edge.domain.tariff.document import CategoryRow
from edge.domain.tariff.facts import Facts, Value
from edge.domain.tariff.scene import Scene
from edge.domain.tariff.state import TapEvent

When = tuple[CivilDay | None, int | None]


def set_scene(bundle: Bundle, facts: Facts, event: TapEvent, boarding: int) -> Scene:
    """Return the scene of an event: everything that conditions look at."""
    offset = bundle.document.bundle.utc_offset_min
    arriving = _moment(facts, event.entered_ms or event.time_ms, ("tap_in", "time", "tap_out"), offset)
    leaving = _moment(facts, event.time_ms, ("tap_out", "time", "tap_in"), offset)
    told = facts.number("boarding")
    scene = Scene(facts, bundle.lookup, arriving[0], arriving[1], leaving, boarding=told or boarding)
    scene.leg_group = event.leg_group or bundle.default_leg_group
    rules = bundle.leg_rules.get(scene.leg_group, ())
    scene.network = rules[0].network_id if rules else ""
    scene.medium = facts.word("medium")
    scene.category = _category(bundle.document.rider_categories, scene)
    return scene


def _category(rows: tuple[CategoryRow, ...], scene: Scene) -> str:
    day = scene.day.date if scene.day else None
    proven = cast("tuple[str, ...]", scene.facts.get("proven_category") or ())
    fitting = [
        row
        for row in rows
        if not row.is_default_fare_category
        and row.x_valid.holds(day)
        and (row.rider_category_id in proven or row.x_when.holds(scene))
    ]
    if fitting:
        return min(fitting, key=lambda row: (-row.x_priority, row.rider_category_id)).rider_category_id
    return next((row.rider_category_id for row in rows if row.is_default_fare_category), "")


def _moment(facts: Facts, time_ms: int | None, names: tuple[str, ...], offset: int) -> When:
    if time_ms is not None:
        return local(time_ms, offset)
    told = next((facts.get(name) for name in names if facts.get(name) is not None), None)
    if isinstance(told, str):
        return local(instant_s(told, offset) * 1000, offset)
    return _told_day(facts), cast("int | None", told)


def _told_day(facts: Facts) -> CivilDay | None:
    day = cast("date | None", facts.get("date"))
    if day is not None:
        return CivilDay(day.weekday(), day)
    named = facts.word("day")
    return NAMED_DAYS[named] if named else None


def instant_s(told: Value, offset_min: int) -> int:
    """Return seconds since 1970 of an ISO time stamp; a time of day is taken on the first day of 1970, local."""
    if isinstance(told, str):
        return int((datetime.fromisoformat(told) - datetime.fromisoformat("1970-01-01T00:00:00+00:00")).total_seconds())
    return cast("int", told) - offset_min * 60


def departure_s(facts: Facts, event: TapEvent, offset_min: int) -> int | None:
    """Return when the leg began, in seconds since 1970."""
    return _instant(facts, event.entered_ms if event.entered_ms is not None else event.time_ms, "tap_in", offset_min)


def arrival_s(facts: Facts, event: TapEvent, offset_min: int) -> int | None:
    """Return when the leg was charged, in seconds since 1970."""
    return _instant(facts, event.time_ms, "tap_out", offset_min)


def _instant(facts: Facts, time_ms: int | None, name: str, offset_min: int) -> int | None:
    if time_ms is not None:
        return time_ms // 1000
    told = next((facts.get(word) for word in (name, "time", "tap_in") if facts.get(word) is not None), None)
    return None if told is None else instant_s(told, offset_min)


def stay_s(facts: Facts, event: TapEvent, offset_min: int) -> int | None:
    """Return the seconds between tap-in and tap-out, None where not known."""
    told = facts.number("stay_s")
    if told is not None:
        return told
    if event.entered_ms is not None and event.time_ms is not None:
        return max(event.time_ms // 1000 - event.entered_ms // 1000, 0)
    if facts.get("tap_in") is None or facts.get("tap_out") is None:
        return None
    gap = cast("int", arrival_s(facts, event, offset_min)) - cast("int", departure_s(facts, event, offset_min))
    return gap if gap >= 0 else gap + DAY_S
