"""Limits of ``onecard central load``, and that its check sees what is missing, doubled or not its own."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from edge.cli import central_load
from edge.crypto.signing import SigningKey
from edge.domain.errors import ConfigError
from edge.load.fleet import Tally
from edge.load.journal import LoadJournal
from sync.batch import check_batch
from sync.wire import decode_entry

KEY = SigningKey(b"l" * 32)


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    central_load.configure(parser.add_subparsers(dest="action"))
    return parser.parse_args(["load", *words])


BEYOND = {
    "another machine": ["--url", "https://centre.example:8440"],
    "more terminals than a machine drives": ["--terminals", "2001"],
    "no terminal": ["--terminals", "0"],
    "more taps than one terminal may send": ["--taps", "20001"],
    "more taps in all": ["--terminals", "2000", "--taps", "20000"],
    "more than a batch holds": ["--batch-taps", "251"],
    "more connections than it may open": ["--connections", "257"],
    "an outage of hours": ["--outage", "7200"],
    "an outage before its time": ["--outage", "-1"],
}


@pytest.mark.parametrize("name", BEYOND)
def test_a_plan_beyond_the_limits_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="CONFIG_VALUE"):
        central_load.plan_of(parsed(*BEYOND[name]))


def test_another_machine_is_for_who_means_it() -> None:
    plan = central_load.plan_of(parsed("--url", "https://centre.example:8440", "--yes-remote"))
    assert plan["url"] == "https://centre.example:8440"


def test_a_centre_that_has_real_terminals_is_left_alone() -> None:
    with pytest.raises(ConfigError, match="BUS-1"):
        central_load.check_empty({"streams": [{"terminal": "load-1"}, {"terminal": "BUS-1"}]})


@dataclass
class Sent:
    """What the check asks of a journal."""

    terminal: str
    seq: int
    token: bytes


def found(entries: int = 4, acked: int = 4, taps: int = 2, *, balanced: bool = True) -> dict[str, Any]:
    """Return what is told of one terminal's two taps, where the centre holds so much of them."""
    books = {
        "balanced": balanced,
        "streams": [{"terminal": "load-1", "acked_seq": acked, "entries": entries}],
        "by_medium": [{"token": "ab" * 16, "taps": taps}],
    }
    plan = {"terminals": 1, "taps": 2, "outage_s": 0.0}
    tally = Tally(0.0, 2.0, [0.3, 0.1, 0.2], Counter(CENTRE_BUSY=1))
    return central_load.told(plan, tally, [Sent("load-1", 4, b"\xab" * 16)], books)


def test_rates_and_percentiles_are_those_of_what_was_sent() -> None:
    told = found()
    assert (told["taps_per_second"], told["p50_ms"], told["p99_ms"]) == (1.0, 200.0, 300.0)
    assert central_load.lines(told)[-1] == "every tap at the centre once: true"
    assert "retries: 1 CENTRE_BUSY" in central_load.lines(told)


WRONG: dict[str, dict[str, Any]] = {
    "an entry is missing": {"entries": 3},
    "an entry is there twice": {"entries": 5},
    "less is acknowledged than was sent": {"acked": 2},
    "a tap is paid twice": {"taps": 3},
    "the books do not balance": {"balanced": False},
}


@pytest.mark.parametrize("name", WRONG)
def test_the_check_sees_that(name: str) -> None:
    told = found(**WRONG[name])
    assert told["once"] is False
    assert central_load.lines(told)[-1] == "every tap at the centre once: false"


def test_a_made_up_journal_is_chained_signed_and_readable() -> None:
    journal = LoadJournal("load-1", 1, bytes(32), KEY, bytes(16), Random(1))
    first, second = journal.batch(3, 1_000_000, 10), journal.batch(2, 2_000_000, 4)
    check_batch(first, KEY.public)
    check_batch(second, KEY.public)
    assert (second.span.first_seq, second.span.previous_hash) == (7, first.span.head_hash)
    assert {decode_entry(raw).terminal for raw in (*first.entries, *second.entries)} == {"load-1"}
