"""What goes with a batch about the terminal that sends it."""

from __future__ import annotations

from sync.device import device_of
from sync.feed import StreamPosition, TerminalState

OLD, NEW = StreamPosition(1, 4, 6, 5), StreamPosition(2, 10, 13, 11)
LISTS = {"tariff tariff": [3, 60]}


def test_a_terminal_in_service_tells_its_clock_versions_and_backlogs() -> None:
    told = device_of(TerminalState("BUS-1", 7, "0.2.0", (OLD, NEW), LISTS), 2, "bus-validator", 9)
    assert told == {
        "sent_ms": 9,
        "software": "0.2.0",
        "edition": 7,
        "lists": LISTS,
        "backlog": 3,
        "waiting": 5,
        "profile": "bus-validator",
    }


def test_one_that_sells_nothing_tells_why_and_what_went_wrong() -> None:
    state = TerminalState("BUS-1", 7, "0.2.0", (NEW,), LISTS, "reader_absent", {"LINK_LOST": 2})
    told = device_of(state, 2, "", 9)
    assert (told["stop"], told["faults"], "profile" in told) == ("reader_absent", {"LINK_LOST": 2}, False)
