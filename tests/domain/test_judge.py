"""A torn debit is settled by counter and log records, never by balance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.debit import Evidence, Verdict, judge
from edge.domain.medium import LogRecord
from tests.domain.samples import PREPARED, PSAM

OURS = LogRecord(6, 0, 100, 9, PSAM, "20260601120000")
EARLIER = LogRecord(5, 0, 300, 9, PSAM, "20260601083512")
LOAD = LogRecord(6, 0, 5000, 2, b"\x88" * 6, "20260601123000")
LATER = LogRecord(7, 0, 200, 9, b"\x99" * 6, "20260601130000")


def changed(**parts: Any) -> LogRecord:  # noqa: ANN401 - any field of the record
    return replace(OURS, **parts)


CASES: dict[str, tuple[Evidence, Verdict, str]] = {
    "our record is the newest": (Evidence(6, (OURS, EARLIER)), Verdict.POSTED, "log_record_is_ours"),
    "our record under a later ride": (Evidence(7, (LATER, OURS, EARLIER)), Verdict.POSTED, "log_record_is_ours"),
    "our record, and a counter that does not count": (Evidence(5, (OURS,)), Verdict.POSTED, "log_record_is_ours"),
    "the counter has not moved": (Evidence(5, (EARLIER,)), Verdict.VOIDED, "counter_unchanged"),
    "the counter has not moved and the log is empty": (Evidence(5, ()), Verdict.VOIDED, "counter_unchanged"),
    "our number in another terminal's record": (
        Evidence(6, (changed(terminal=b"\x99" * 6),)),
        Verdict.VOIDED,
        "log_record_of_another",
    ),
    "our number with another amount": (
        Evidence(6, (changed(amount_fen=101),)),
        Verdict.VOIDED,
        "log_record_of_another",
    ),
    "our number with another time": (
        Evidence(6, (changed(time="20260601120001"),)),
        Verdict.VOIDED,
        "log_record_of_another",
    ),
    "our number as another kind": (Evidence(6, (changed(kind=6),)), Verdict.VOIDED, "log_record_of_another"),
    "our number in a load's record alone": (Evidence(6, (LOAD,)), Verdict.UNDECIDED, "record_rolled_out"),
    "our number in a load's record, and our own": (Evidence(6, (LOAD, OURS)), Verdict.POSTED, "log_record_is_ours"),
    "our number in a load's record, and another's": (
        Evidence(6, (LOAD, changed(terminal=b"\x99" * 6))),
        Verdict.VOIDED,
        "log_record_of_another",
    ),
    "our number in a load's record, and the counter has not moved": (
        Evidence(5, (LOAD, EARLIER)),
        Verdict.VOIDED,
        "counter_unchanged",
    ),
    "the counter moved and no record is left": (Evidence(6, ()), Verdict.UNDECIDED, "record_rolled_out"),
    "the record has rolled out": (Evidence(20, (LATER,)), Verdict.UNDECIDED, "record_rolled_out"),
    "our record on a card whose MAC2 was found wrong": (
        Evidence(6, (OURS,), mac2_refused=True),
        Verdict.UNDECIDED,
        "mac2_refused",
    ),
    "an unmoved counter on a card whose MAC2 was found wrong": (
        Evidence(5, (), mac2_refused=True),
        Verdict.UNDECIDED,
        "mac2_refused",
    ),
    "a counter that fell": (Evidence(4, ()), Verdict.UNDECIDED, "record_rolled_out"),
}


@pytest.mark.parametrize(("evidence", "verdict", "rule"), CASES.values(), ids=CASES.keys())
def test_evidence_decides(evidence: Evidence, verdict: Verdict, rule: str) -> None:
    assert judge(PREPARED, evidence) == (verdict, rule)


records = st.builds(
    LogRecord,
    st.integers(4, 8),
    st.just(0),
    st.sampled_from([100, 300]),
    st.sampled_from([2, 6, 9]),
    st.sampled_from([PSAM, b"\x99" * 6]),
    st.sampled_from(["20260601120000", "20260601120001"]),
)


@given(counter=st.integers(4, 8), log=st.lists(records, max_size=4))
def test_posted_is_said_only_where_our_whole_record_stands_in_the_log(counter: int, log: list[LogRecord]) -> None:
    verdict, _ = judge(PREPARED, Evidence(counter, tuple(log)))
    if verdict is Verdict.POSTED:
        assert OURS in log
    if verdict is Verdict.VOIDED:
        assert counter == PREPARED.counter or any(record.sequence == 6 and record.kind != 2 for record in log)
