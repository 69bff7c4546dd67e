"""Entries and exits become journeys, and quotas claimed apart are merged, the same way wherever it happens."""

from __future__ import annotations

import pytest

from edge.domain.errors import PolicyError
from edge.domain.tariff.journeys import Direction, Journey, TapRecord, pair_journeys, price_journey
from edge.domain.tariff.quotas import Step, balance, movements
from edge.domain.tariff.state import NOTHING_KNOWN, CounterRow, EventKind
from edge.domain.tariff.versions import in_force
from edge.tariff_authoring.shelf import Shelf
from tests.tariff.city import ride

IN, OUT = Direction.IN, Direction.OUT
NEW_YEAR_MS = 1_609_430_400_000
"""2021-01-01T00:00:00+08:00: when the newer metro tariff begins."""


def tap(seq: int, minute: int, direction: Direction, station: str = "S", group: str = "metro") -> TapRecord:
    return TapRecord("gate", seq, NEW_YEAR_MS + minute * 60_000, b"x", direction, station, group)


def kinds(*taps: TapRecord, closed_before_ms: int = 0) -> list[EventKind]:
    return [one.kind for one in pair_journeys(taps, closed_before_ms=closed_before_ms).journeys]


PAIRS = {
    "an entry and an exit": ((tap(1, 0, IN), tap(2, 20, OUT)), [EventKind.RIDE]),
    "two entries and an exit": (
        (tap(1, 0, IN), tap(2, 5, IN), tap(3, 20, OUT)),
        [EventKind.MISSING_OUT, EventKind.RIDE],
    ),
    "an exit alone": ((tap(1, 0, OUT),), [EventKind.MISSING_IN]),
    "an exit that arrives before its entry": ((tap(2, 20, OUT), tap(1, 0, IN)), [EventKind.RIDE]),
    "an exit heard twice": ((tap(1, 0, IN), tap(2, 20, OUT), tap(2, 20, OUT)), [EventKind.RIDE]),
}


@pytest.mark.parametrize(("taps", "expected"), PAIRS.values(), ids=PAIRS.keys())
def test_taps_are_paired(taps: tuple[TapRecord, ...], expected: list[EventKind]) -> None:
    assert kinds(*taps) == expected


def test_an_entry_stays_open_until_the_day_is_closed() -> None:
    entry = tap(1, 0, IN)
    assert pair_journeys([entry]).open_entries == (entry,)
    assert kinds(entry, closed_before_ms=entry.time_ms + 1) == [EventKind.MISSING_OUT]


def test_joined_networks_are_one_journey() -> None:
    taps = [tap(1, 0, IN, "A"), tap(2, 9, IN, "B", "tram"), tap(3, 20, OUT, "C", "tram")]
    (journey,) = pair_journeys(taps, joins=frozenset({("metro", "tram")})).journeys
    assert (journey.entry, journey.exit) == (taps[0], taps[2])


def test_a_ride_over_new_years_eve_is_priced_by_the_version_at_tap_in() -> None:
    versions = Shelf().versions("qd-metro")
    facts = {"age": 62, "list_fen": 300}
    late = price_journey(versions, Journey(tap(1, -10, IN, "A"), tap(2, 20, OUT, "B")), facts, NOTHING_KNOWN)
    new = price_journey(versions, Journey(tap(1, 0, IN, "A"), tap(2, 20, OUT, "B")), facts, NOTHING_KNOWN)
    assert (late.bundle, late.charge.payer_fen) == ("qd-metro-2017", 150)
    assert (new.bundle, new.charge.payer_fen) == ("qd-metro-2021", 0)
    assert late.effects[0].bucket == "2021-01"


def test_stations_of_the_taps_are_the_facts() -> None:
    versions = Shelf().versions("qd-metro")
    around = Journey(tap(1, 0, IN, "A"), tap(2, 20, OUT, "A"))
    assert price_journey(versions, around, {"travelled": False}, NOTHING_KNOWN).charge.payer_fen == 0
    assert price_journey(versions, around, {}, NOTHING_KNOWN).charge.payer_fen == 200
    lone = price_journey(versions, Journey(None, tap(2, 20, OUT, "A")), {}, NOTHING_KNOWN)
    assert lone.charge.payer_fen == 900


def test_before_the_first_version_there_is_no_price() -> None:
    with pytest.raises(PolicyError, match="POLICY_MISSING"):
        in_force(Shelf().versions("qd-metro"), 0)


def test_a_reservation_is_possible_a_commit_is_known_and_a_reversal_restores() -> None:
    effects = ride({"medium": "bank", "list_fen": 200}).effects
    grants = [one for one in effects if one.counter == "promo"]
    reserved = movements(grants, b"t", Step.RESERVED)
    assert balance(reserved) == (CounterRow("promo", "", 0, 1),)
    committed = movements(grants, b"t", Step.COMMITTED)
    assert balance(committed + reserved) == (CounterRow("promo", "", 1, 0),)
    assert balance(committed + movements(grants, b"t", Step.REVERSED)) == ()
