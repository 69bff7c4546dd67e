"""The stop of a position: the nearest one that the duty serves, and none between two."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.domain.duty import Duty
from edge.domain.stops import Fix, Stop, StopTable, nearest

UP = Duty("1042", "B17", "K5", "up")
HALL = Stop("市政府", 36_066_000, 120_382_000, "K5", "up")
ACROSS = Stop("市政府 (对面)", 36_066_200, 120_382_000, "K5", "down")
"""22 m north of the other one, over the street."""
ANYBODY = Stop("火车站", 36_070_000, 120_320_000)


def test_a_metre_is_a_metre_north_and_east() -> None:
    thousandth_north, thousandth_east = Fix(36_067_000, 120_382_000), Fix(36_066_000, 120_383_000)
    assert HALL.metres_to(thousandth_north) == pytest.approx(111.2, abs=0.1)
    assert HALL.metres_to(thousandth_east) == pytest.approx(89.9, abs=0.1)
    assert HALL.metres_to(Fix(36_066_000, 120_382_000)) == 0


SERVED = [
    pytest.param(UP, ["市政府", "火车站"], id="the stops of the line and direction, and those of everybody"),
    pytest.param(replace(UP, direction="down"), ["市政府 (对面)", "火车站"], id="the way back"),
    pytest.param(replace(UP, direction=""), ["市政府", "市政府 (对面)", "火车站"], id="a direction that nobody told"),
    pytest.param(replace(UP, line="21"), ["火车站"], id="another line"),
    pytest.param(Duty(), ["火车站"], id="nobody signed on"),
]


@pytest.mark.parametrize(("duty", "stations"), SERVED)
def test_a_duty_serves(duty: Duty, stations: list[str]) -> None:
    assert [stop.station for stop in (HALL, ACROSS, ANYBODY) if stop.serves(duty)] == stations


AT = [
    pytest.param(Fix(36_066_050, 120_382_000), "市政府", id="the nearer of two"),
    pytest.param(Fix(36_066_150, 120_382_000), "市政府 (对面)", id="over the street"),
    pytest.param(Fix(36_065_700, 120_382_000), "市政府", id="33 m before the stop"),
    pytest.param(Fix(36_065_600, 120_382_000), None, id="44 m before it"),
    pytest.param(Fix(-36_066_000, 120_382_000), None, id="the other side of the earth"),
]


@pytest.mark.parametrize(("fix", "station"), AT)
def test_a_position_is_at(fix: Fix, station: str | None) -> None:
    found = nearest((ACROSS, HALL, ANYBODY), fix)
    assert (found and found.station) == station


WRONG = [
    pytest.param(replace(HALL, station=""), "no station", id="without a name"),
    pytest.param(replace(HALL, line="K" * 33), "32 printable", id="with a line too long"),
    pytest.param(replace(HALL, station="a\nb"), "32 printable", id="with a line break"),
    pytest.param(replace(HALL, latitude_udeg=90_000_001), "no such latitude", id="beyond the pole"),
    pytest.param(replace(HALL, reach_m=501), "1 to 500", id="with the reach of a district"),
]


@pytest.mark.parametrize(("stop", "told"), WRONG)
def test_no_stop_is(stop: Stop, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        StopTable((ANYBODY, stop))


def test_a_table_has_an_end() -> None:
    with pytest.raises(ValueError, match="at most 10000"):
        StopTable((HALL,) * 10_001)
