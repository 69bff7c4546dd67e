"""Log lines are JSON and carry no card number; counters are plain text."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.medium import CardNumber
from edge.telemetry import REDACTED, JsonLines, log, log_to, redact

NUMBER = "3104930499900000017"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    log_to(stream, "bus-07")
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_is_one_json_object_with_event_and_facts(stream: io.StringIO) -> None:
    log(logging.getLogger("edge"), logging.INFO, "tap.accepted", epoch=3, seq=17, tap="0102030405060708", fen=100)
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "event": "tap.accepted",
        "terminal": "bus-07",
        "epoch": 3,
        "seq": 17,
        "tap": "0102030405060708",
        "fen": 100,
    }


def test_a_line_for_people_has_the_facts_behind_the_event(stream: io.StringIO) -> None:
    log_to(stream, words=True)
    log(logging.getLogger("onecard.central"), logging.WARNING, "request.refused", status=403, detail=f"card {NUMBER}")
    assert stream.getvalue() == f"warning request.refused status=403 detail=card {REDACTED}\n"


LEAKS: dict[str, object] = {
    "text": f"card {NUMBER} left",
    "the number alone": NUMBER,
    "an integer": int(NUMBER),
    "groups of four": "6225 0000 0000 0000 017",
    "groups with dashes": "6225-0000-0000-0017",
    "a list": [1, [NUMBER]],
    "a mapping": {"card": {"number": NUMBER}},
    "a key": {NUMBER: 1},
    "a wrapped exception": ValueError(f"bad {NUMBER}"),
    "thirteen digits": "1234567890123",
    "track 2 of a bank card": "6225000000000017D2512201",
    "file 15 of a purse": "020103104930499900000017202401012044",
}


@pytest.mark.parametrize("fact", LEAKS.values(), ids=LEAKS.keys())
def test_a_number_is_taken_out_of(fact: object, stream: io.StringIO) -> None:
    log(logging.getLogger("edge"), logging.ERROR, "card.odd", what=fact)
    written = stream.getvalue()
    assert REDACTED in written
    assert "0000" not in written
    assert "1234567890123" not in written


def test_a_number_is_taken_out_of_message_and_traceback(stream: io.StringIO) -> None:
    try:
        int(f"{NUMBER}x")
    except ValueError:
        logging.getLogger("edge").exception("failed for %s", NUMBER)
    assert NUMBER not in stream.getvalue()
    assert "ValueError" in json.loads(stream.getvalue())["error"]


KEPT: dict[str, object] = {
    "twelve digits of a PSAM": "452001210001",
    "twelve digits and a letter": "123456789012a345",
    "a short number": 4_600,
    "a masked card": str(CardNumber(NUMBER)),
    "nothing": None,
    "a boolean": True,
    "a fraction": 0.25,
}


@pytest.mark.parametrize("fact", KEPT.values(), ids=KEPT.keys())
def test_stays_as_it_is(fact: object) -> None:
    assert redact(fact) == fact


@given(before=st.text(alphabet="ab .:=", max_size=5), digits=st.text(alphabet="0123456789", min_size=13, max_size=19))
def test_no_run_of_card_length_survives(before: str, digits: str) -> None:
    assert digits not in str(redact(f"{before.rstrip('ab')} {digits}."))


@pytest.mark.parametrize(
    ("key", "value"), [("time_ms", 1_780_286_400_000), ("tap", "1234567890123456"), ("hash", "1" * 64)]
)
def test_times_tap_ids_and_hashes_may_be_long(key: str, value: object) -> None:
    assert redact({key: value}) == {key: value}


def test_a_record_without_facts_is_a_line_too() -> None:
    record = logging.LogRecord("edge", logging.WARNING, __file__, 1, "plain %s", ("words",), None)
    assert json.loads(JsonLines().format(record))["event"] == "plain words"
