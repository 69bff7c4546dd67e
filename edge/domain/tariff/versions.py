"""Versions of one tariff: which is in force is decided by the time of the event, so a future one takes over by itself.

A metro ride is priced by the version in force at tap-in, everything else by the one at the tap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from edge.domain.errors import PolicyError
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import DAY_ONE, DAY_S
from edge.domain.tariff.facts import Facts
from edge.domain.tariff.scenes import set_scene
from edge.domain.tariff.state import TapEvent


def deciding_ms(bundle: Bundle, facts: Facts, event: TapEvent) -> int | None:
    """Return the instant that chooses the version, None where neither event nor facts tell it.

    Where only the civil date is known, it is the first second of that day.
    """
    if event.entered_ms is not None or event.time_ms is not None:
        return event.entered_ms if event.entered_ms is not None else event.time_ms
    scene = set_scene(bundle, facts, event, 1)
    if scene.day is None or scene.day.date is None:
        return None
    days = scene.day.date.toordinal() - DAY_ONE
    seconds = days * DAY_S + (scene.clock_s or 0) - bundle.document.bundle.utc_offset_min * 60
    return seconds * 1000


def in_force(versions: Iterable[Bundle], at_ms: int | None) -> Bundle:
    """Return the version in force at an instant; without one, the version whose end is open.

    Raises ``POLICY_MISSING`` where no version is in force.
    """
    ordered = by_start(versions)
    for bundle in reversed(ordered):
        start, end = bundle.span_ms
        if at_ms is None and end is None:
            return bundle
        if at_ms is not None and (start is None or start <= at_ms) and (end is None or at_ms < end):
            return bundle
    raise PolicyError("POLICY_MISSING", "no version of the tariff is in force at that time")


def by_start(versions: Iterable[Bundle]) -> Sequence[Bundle]:
    """Return versions in order of their start."""
    return sorted(versions, key=lambda bundle: (bundle.span_ms[0] or 0, bundle.id))


def version_for(versions: Sequence[Bundle], facts: Facts, event: TapEvent) -> Bundle:
    """Return the version that prices an event; raises ``POLICY_MISSING`` where none is in force."""
    if len(versions) == 1 and versions[0].span_ms == (None, None):
        return versions[0]
    return in_force(versions, deciding_ms(versions[0], facts, event))
