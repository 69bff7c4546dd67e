"""Spacing and trust of the uplink, on scripted answers and a loop whose time is our own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from gzip import decompress
from typing import Any

import pytest

from edge.crypto.signing import SigningKey
from edge.domain.errors import OneCardError, UplinkError
from edge.domain.exchange import ACK_PURPOSE, Ack, RejectedEntry
from sync.batch import BATCH_FORMAT, COLUMNS_ENTRIES_MIN, COLUMNS_FORMAT, Batch, batch_hash, encode_ack
from sync.centre_link import Reply
from sync.paths import ACK_TYPE
from sync.uplink import (
    RETRY_AFTER_S_MAX,
    SWALLOWED_MAX,
    Delivered,
    Pace,
    Resume,
    Stopped,
    TooLarge,
    Unknown,
    Uplink,
)
from sync.wire import statement
from tests.sync.builders import CENTRE_KEY, Ledger

PROBLEM = "application/problem+json"
Step = Callable[[], Reply]


def reply(status: int, kind: str = "text/html", body: bytes = b"", *, retry_after: str = "") -> Step:
    return lambda: Reply(status, kind, {"Retry-After": retry_after}, body)


def unreachable() -> Reply:
    raise UplinkError("CENTRE_UNREACHABLE", "no route")


@dataclass
class Script:
    """A link that gives prepared answers; the last one for ever. Notes when each request came."""

    steps: list[Step]
    times: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def post(self, _path: str, body: bytes, _content_type: str) -> Reply:
        self.times.append(asyncio.get_running_loop().time())
        self.bodies.append(body)
        return (self.steps.pop(0) if len(self.steps) > 1 else self.steps[0])()


@dataclass
class Tried:
    """An uplink, its script and its reports."""

    script: Script
    uplink: Uplink
    reports: list[str]


def tried(*steps: Step, jitter: Callable[[float], float] = lambda ceiling: ceiling, pace: Pace | None = None) -> Tried:
    script, reports = Script(list(steps)), list[str]()

    def report(error: OneCardError) -> None:
        reports.append(error.code)

    return Tried(script, Uplink(script, CENTRE_KEY.public, pace or Pace(0.01, 0.04), jitter, report), reports)


def batch() -> Batch:
    ledger = Ledger()
    ledger.ride(1)
    return ledger.batch()


def ack_of(sent: Batch, key: SigningKey = CENTRE_KEY, **changes: Any) -> bytes:  # noqa: ANN401 - any field of an ack
    span = sent.span
    name = (span.terminal, span.epoch, span.first_seq, span.last_seq, batch_hash(span))
    ack = replace(Ack(*name, 1, span.last_seq, span.last_seq + 1, (), 0, ()), **changes)
    return encode_ack(ack, key.sign(statement(ACK_PURPOSE, ack)))


def good(sent: Batch) -> Step:
    return reply(200, ACK_TYPE, ack_of(sent))


def conflict(sent: Batch, **changes: Any) -> Step:  # noqa: ANN401 - any field of an ack
    return reply(409, PROBLEM, b'{"ack": "%s"}' % ack_of(sent, **changes).hex().encode())


async def test_a_signed_ack_delivers() -> None:
    sent = batch()
    assert isinstance(await tried(good(sent)).uplink.deliver(sent), Delivered)


async def test_every_try_sends_the_same_bytes() -> None:
    sent = batch()
    case = tried(unreachable, reply(503), reply(200), good(sent))
    await case.uplink.deliver(sent)
    assert len(case.script.bodies) == 4
    assert len(set(case.script.bodies)) == 1


@pytest.mark.parametrize("code", ["WIRE_VERSION", "WIRE_MALFORMED", "CHAIN_BROKEN"])
async def test_a_centre_that_cannot_make_entries_of_the_columns_gets_them_as_they_are(code: str) -> None:
    ledger = Ledger()
    for tap in range(COLUMNS_ENTRIES_MIN):
        ledger.ride(tap)
    sent = ledger.batch()
    case = tried(reply(422, PROBLEM, b'{"code": "%s"}' % code.encode()), good(sent))
    for _ in range(2):
        assert isinstance(await case.uplink.deliver(sent), Delivered)
    forms = [decompress(body)[1] for body in case.script.bodies]
    assert forms == [COLUMNS_FORMAT, BATCH_FORMAT, BATCH_FORMAT]


async def test_a_centre_that_reads_neither_format_refuses() -> None:
    case = tried(reply(422, PROBLEM, b'{"code": "WIRE_VERSION"}'))
    with pytest.raises(UplinkError, match="CENTRE_REFUSED"):
        await case.uplink.deliver(batch())


IMPOSTORS: dict[str, Callable[[Batch], Step]] = {
    "row 54: a page with status 200": lambda _: reply(200),
    "an ack of another type": lambda sent: reply(200, "application/octet-stream", ack_of(sent)),
    "row 45: an ack by another key": lambda sent: reply(200, ACK_TYPE, ack_of(sent, SigningKey(b"x" * 32))),
    "row 43: an ack for another batch": lambda sent: reply(200, ACK_TYPE, ack_of(sent, batch_hash=bytes(32))),
    "an ack for another terminal": lambda sent: reply(200, ACK_TYPE, ack_of(sent, terminal="OTHER")),
    "row 43: an ack for another epoch": lambda sent: reply(200, ACK_TYPE, ack_of(sent, epoch=7)),
    "row 44: an ack for more than was sent": lambda sent: reply(200, ACK_TYPE, ack_of(sent, acked_seq=99)),
    "an ack for less than was sent": lambda sent: reply(200, ACK_TYPE, ack_of(sent, acked_seq=1)),
    "bytes that are no ack": lambda _: reply(200, ACK_TYPE, b"\xc1"),
    "row 54: a redirect": lambda _: reply(302),
    "a page with status 404": lambda _: reply(404),
    "row 45: a conflict without a signature": lambda _: reply(409, PROBLEM, b'{"type": "/problems/chain-fork"}'),
    "a conflict that is no JSON": lambda _: reply(409, PROBLEM, b"<html>"),
    "a conflict for another batch": lambda sent: conflict(sent, first_seq=7),
}


@pytest.mark.parametrize("name", IMPOSTORS)
async def test_nothing_else_counts(name: str) -> None:
    sent = batch()
    case = tried(IMPOSTORS[name](sent), good(sent))
    assert isinstance(await case.uplink.deliver(sent), Delivered)
    assert case.reports == ["CENTRE_IMPOSTOR"]


@pytest.mark.parametrize("code", ["CHAIN_FORK", "EPOCH_FENCED"])
async def test_a_signed_refusal_stops_the_journal(code: str) -> None:
    sent = batch()
    refused = (RejectedEntry(1, code),)
    stopped = Stopped(code, ack_of(sent, rejected=refused))
    assert await tried(conflict(sent, rejected=refused)).uplink.deliver(sent) == stopped


async def test_row_47_a_signed_gap_says_where_to_resume() -> None:
    sent = batch()
    delivery = await tried(conflict(sent, acked_seq=0, expected_seq=1)).uplink.deliver(sent)
    assert isinstance(delivery, Resume)
    assert delivery.ack.expected_seq == 1


async def test_a_centre_that_forgot_the_terminal_says_so() -> None:
    forgotten = reply(404, PROBLEM, b'{"code": "TERMINAL_UNKNOWN"}')
    assert await tried(forgotten).uplink.deliver(batch()) == Unknown()


def unanswered() -> Reply:
    raise UplinkError("CENTRE_UNREACHABLE", "no whole answer") from TimeoutError()


async def test_row_57_what_nobody_answers_is_tried_smaller() -> None:
    t = tried(unanswered)
    assert isinstance(await t.uplink.deliver(batch()), TooLarge)
    assert t.reports == ["CENTRE_UNREACHABLE"] * SWALLOWED_MAX


async def test_row_57_one_entry_that_nobody_answers_is_tried_on() -> None:
    ledger = Ledger()
    ledger.ride(1)
    sent = ledger.batch(1, 1)
    t = tried(*[unanswered] * (3 * SWALLOWED_MAX), good(sent))
    assert isinstance(await t.uplink.deliver(sent), Delivered)


async def test_row_50_413_asks_for_a_smaller_batch() -> None:
    assert await tried(reply(413)).uplink.deliver(batch()) == TooLarge()


@pytest.mark.parametrize("status", [400, 403, 404, 415, 422])
async def test_an_unsigned_refusal_is_not_tried_again_blindly(status: int) -> None:
    case = tried(reply(status, PROBLEM, b'{"detail": "no"}'))
    with pytest.raises(UplinkError, match="CENTRE_REFUSED"):
        await case.uplink.deliver(batch())
    assert len(case.script.times) == 1


async def test_row_50_waits_double_up_to_the_cap() -> None:
    ceilings: list[float] = []

    def jitter(ceiling: float) -> float:
        ceilings.append(ceiling)
        return 0.0

    sent = batch()
    await tried(*[unreachable] * 6, good(sent), jitter=jitter, pace=Pace(1.0, 10.0)).uplink.deliver(sent)
    assert ceilings == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


async def test_row_50_retry_after_is_a_floor() -> None:
    sent = batch()
    case = tried(reply(429, retry_after="1"), good(sent), jitter=lambda _: 0.0)
    await case.uplink.deliver(sent)
    assert case.script.times[1] - case.script.times[0] >= 1.0


HUGE: dict[str, tuple[str, float]] = {
    "seconds": ("7", 7.0),
    "nothing": ("", 0.0),
    "a date, which our clock may not understand": ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0),
    "more than anybody should wait": ("99999999", RETRY_AFTER_S_MAX),
}


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []

    async def sleep(_self: Uplink, seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(Uplink, "_pause", sleep)
    return slept


@pytest.mark.parametrize("name", HUGE)
async def test_retry_after_says(name: str, no_waiting: list[float]) -> None:
    text, seconds = HUGE[name]
    sent = batch()
    case = tried(reply(503, retry_after=text), good(sent), jitter=lambda _: 0.0)
    await case.uplink.deliver(sent)
    assert no_waiting == [seconds]


async def test_link_up_ends_the_wait_and_begins_the_spacing_anew() -> None:
    ceilings: list[float] = []

    def jitter(ceiling: float) -> float:
        ceilings.append(ceiling)
        return 3600.0 if len(ceilings) == 4 else 0.0

    sent = batch()
    case = tried(*[unreachable] * 5, good(sent), jitter=jitter, pace=Pace(0.01, 10.0))
    delivering = asyncio.create_task(case.uplink.deliver(sent))
    async with asyncio.timeout(5):
        while not delivering.done():
            if len(ceilings) >= 4:
                case.uplink.link_up()
            await asyncio.sleep(0.005)
    await delivering
    assert ceilings == [0.01, 0.02, 0.04, 0.08, 0.01]
