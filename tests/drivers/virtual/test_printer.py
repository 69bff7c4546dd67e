"""The virtual printer: bytes however they are cut, questions at once, troubles and pace as printers have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.virtual.device import Reply
from drivers.virtual.printer import VirtualPrinter

SLIP: Final = (
    b"\x1b@\x1c&" + "餐费 ￥15.00\n实付\n".encode("gb18030") + b"\x1d(k\x06\x001P0ABC\x1d(k\x03\x001Q0\x1dV\x00"
)
BARRIER: Final = b"\x1dr\x01"


class Watched:
    """A printer with everything that it reported and said."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.said: list[Reply] = []
        self.waits: list[tuple[float, Callable[[], None]]] = []
        self.printer = VirtualPrinter(self.events.append, lambda after_ms, work: self.waits.append((after_ms, work)))
        self.printer.on_unsolicited = self.said.append

    def ask(self, number: int) -> int:
        (reply,) = self.printer.receive(bytes((0x10, 0x04, number)))
        return reply.outgoing[0]


@given(st.lists(st.integers(0, len(SLIP)), max_size=6))
def test_a_slip_comes_out_the_same_however_its_bytes_are_cut(cuts: list[int]) -> None:
    watched, places = Watched(), sorted({0, *cuts, len(SLIP)})
    for start, end in pairwise(places):
        assert watched.printer.receive(SLIP[start:end]) == []
    assert watched.events == [{"event": "slip", "lines": ["餐费 ￥15.00", "实付"], "squares": ["ABC"], "cut": "full"}]


@given(st.integers(0, len(SLIP)))
def test_a_question_is_answered_wherever_it_stands_and_leaves_no_mark_on_paper(place: int) -> None:
    watched = Watched()
    for each in SLIP[:place] + b"\x10\x04\x01" + SLIP[place:]:
        watched.said += watched.printer.receive(bytes((each,)))
    assert [reply.outgoing for reply in watched.said] == [b"\x12"]
    assert watched.printer.slips == [["餐费 ￥15.00", "实付"]]


def test_the_half_width_yen_sign_is_rubbish_on_paper_and_the_full_width_one_is_not() -> None:
    watched = Watched()
    watched.printer.receive(b"\x1c&" + "\u00a51\n\uffe51\n".encode("gb18030") + b"\x1dV\x00")
    assert watched.printer.slips == [["\ufffd0\ufffd61", "\uffe51"]]


def test_chinese_without_chinese_mode_is_rubbish() -> None:
    watched = Watched()
    watched.printer.receive(b"\x1b@" + "餐\n".encode("gb18030") + b"\x1dV\x00")
    assert watched.printer.slips == [["\ufffd\ufffd"]]


def test_a_command_that_printers_do_not_know_is_noted() -> None:
    watched = Watched()
    watched.printer.receive(b"\x1b\x7fx\n\x1d(Z\x01\x00a\x1dV\x00")
    assert (watched.printer.paper.unknown, watched.printer.slips) == (["1b7f", "1d285a"], [["x"]])


TROUBLES: Final[Mapping[str, tuple[str, Mapping[int, int]]]] = {
    "an open cover": ("cover_open", {1: 0x1A, 2: 0x16, 4: 0x12}),
    "offline": ("offline", {1: 0x1A, 2: 0x12, 4: 0x12}),
    "a jammed cutter": ("broken", {1: 0x1A, 2: 0x52, 3: 0x1A, 4: 0x12}),
}


@pytest.mark.parametrize("name", sorted(TROUBLES))
def test_a_trouble_shows_in_the_answers_and_holds_the_slip_back(name: str) -> None:
    key, answers = TROUBLES[name]
    watched = Watched()
    setattr(watched.printer.troubles, key, True)
    watched.printer.receive(SLIP + BARRIER)
    assert {number: watched.ask(number) for number in answers} == answers
    assert (watched.printer.slips, watched.said) == ([], [])
    setattr(watched.printer.troubles, key, False)
    watched.printer.go_on()
    assert len(watched.printer.slips) == 1
    assert [reply.outgoing for reply in watched.said] == [b"\x00"]


def test_paper_that_ends_in_a_slip_keeps_the_rest_for_the_next_roll() -> None:
    watched = Watched()
    watched.printer.refill(1)
    assert watched.ask(4) == 0x1E
    watched.printer.receive(SLIP + BARRIER)
    assert (watched.ask(1), watched.ask(2), watched.ask(4)) == (0x1A, 0x32, 0x7E)
    assert watched.said == []
    watched.printer.refill(500)
    assert (len(watched.printer.slips), len(watched.said), watched.ask(4)) == (1, 1, 0x12)


def test_a_power_cut_forgets_what_waited() -> None:
    watched = Watched()
    watched.printer.refill(0)
    watched.printer.receive(SLIP + BARRIER)
    watched.printer.power_cycle()
    watched.printer.refill(500)
    assert (watched.printer.slips, watched.said) == ([], [])


def test_a_slow_printer_takes_its_time_for_every_line() -> None:
    watched = Watched()
    watched.printer.line_ms = 100
    watched.printer.receive(SLIP)
    taken = []
    while watched.waits:
        after_ms, work = watched.waits.pop()
        taken.append(after_ms)
        assert watched.printer.slips == []
        work()
    assert (taken, len(watched.printer.slips)) == ([100, 100], 1)


def test_a_mute_printer_prints_and_answers_nothing() -> None:
    watched = Watched()
    watched.printer.troubles.mute = True
    assert watched.printer.receive(b"\x10\x04\x01" + SLIP + BARRIER) == []
    assert (len(watched.printer.slips), watched.said) == (1, [])
