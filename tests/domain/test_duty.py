"""Where a vehicle is on duty, move by move."""

from __future__ import annotations

import pytest

from edge.domain.duty import Duty, Move, Turn, duty_of, told
from edge.domain.entry import NO_TAP, Entry, Kind, Remark
from edge.domain.tap import Place, TimeQuality

HOME = Place("bus", "4520", "qingdao-bus", line="5", vehicle="spare")
AT_STOP = Duty("1042", "B17", "K5", "up", "03")
MOVES = [
    pytest.param(Move(Turn.STOP, station="04"), Duty("1042", "B17", "K5", "up", "04"), id="a stop moves on the line"),
    pytest.param(Move(Turn.LINE, line="K5"), AT_STOP, id="the same line again changes nothing"),
    pytest.param(Move(Turn.LINE, line="21"), Duty("1042", "B17", "21"), id="another line begins without a stop"),
    pytest.param(Move(Turn.LINE, line="K5", direction="down"), Duty("1042", "B17", "K5", "down"), id="back again"),
    pytest.param(Move(Turn.STOP, "", "", "21", "", "09"), Duty("1042", "B17", "21", "", "09"), id="a stop of a line"),
    pytest.param(Move(Turn.SIGNED_ON, driver="7"), Duty("7"), id="another driver begins anew"),
    pytest.param(Move(Turn.SIGNED_OFF), Duty(), id="a sign-off ends everything"),
]


@pytest.mark.parametrize(("move", "after"), MOVES)
def test_duty_after_a_move(move: Move, after: Duty) -> None:
    assert AT_STOP.after(move) == after


PLACES = [
    pytest.param(Duty(), ("5", "", "", "spare"), id="nobody signed on: the configured place"),
    pytest.param(AT_STOP, ("K5", "03", "up", "B17"), id="a known line: where the announcer says"),
    pytest.param(Duty("1", "B17", "99", "up", "03"), ("5", "", "", "B17"), id="an unknown line: the default's fare"),
]


@pytest.mark.parametrize(("duty", "expected"), PLACES)
def test_place_of_a_duty(duty: Duty, expected: tuple[str, str, str, str]) -> None:
    place = duty.place(HOME, ("K5", "21"))
    assert (place.line, place.station, place.direction, place.vehicle) == expected
    assert (place.mode, place.city, place.operator) == ("bus", "4520", "qingdao-bus")


def test_a_terminal_that_names_no_lines_serves_every_one() -> None:
    assert Duty(line="99").place(HOME, ()).line == "99"


def entry(body: Remark) -> Entry:
    return Entry(Kind.SHIFT, "bus-7", 1, 1, 0, TimeQuality.TRUSTED, 1, NO_TAP, 0, body)


@pytest.mark.parametrize("known", [True, False])
def test_an_entry_tells_the_whole_duty(known: bool) -> None:  # noqa: FBT001 - a case of the table
    body = told(Turn.STOP, AT_STOP, known=known)
    assert duty_of(entry(body)) == AT_STOP
    assert (("line_unknown", "default_fare") in body.pairs) is not known


def test_a_tills_shift_is_no_duty() -> None:
    assert duty_of(entry(Remark("shift.opened", (("number", "1"),)))) is None
