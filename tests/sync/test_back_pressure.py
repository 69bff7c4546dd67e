"""What the centre's server does when too much comes at once, or too little: places, slots, deadlines, bounds."""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import aiohttp
import pytest

from edge.domain.errors import StoreError
from sync.central.admission import RETRY_AFTER_S, SPREAD_S, SPREAD_S_MAX, Admission, retry_after_s
from sync.paths import BATCH_TYPE, batches_path
from tests.conformance.central_store import enrolled
from tests.sync.served import served_centre


class Seconds:
    """A clock that goes on by ``step_s`` whenever it is looked at."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._now_s = 0.0

    def __call__(self) -> float:
        self._now_s += self._step_s
        return self._now_s


def visited(admission: Admission, times: int) -> None:
    for _ in range(times):
        with admission.place():
            pass


def test_places_are_given_and_given_back() -> None:
    admission = Admission(Seconds(0.1), places=2)
    with admission.place():
        assert not admission.is_full
        with admission.place():
            assert admission.is_full
    assert not admission.is_full


def test_the_slots_of_a_fleet_are_spread_evenly_and_stay_the_same() -> None:
    slots = Counter(retry_after_s(f"BUS-{number}") for number in range(10_000))
    assert sorted(slots) == list(range(RETRY_AFTER_S, RETRY_AFTER_S + SPREAD_S))
    assert max(slots.values()) < 1.2 * min(slots.values())
    assert retry_after_s("BUS-1") == retry_after_s("BUS-1")


def test_row_64_the_more_are_turned_away_the_wider_are_they_spread() -> None:
    admission = Admission(Seconds(0.5), places=2)
    visited(admission, 200)
    with admission.place():
        told = [admission.turn_away(f"BUS-{number}") for number in range(400)]
    early, late = told[:20], told[-20:]
    assert max(early) <= RETRY_AFTER_S + SPREAD_S + 10
    assert max(late) > RETRY_AFTER_S + 4 * SPREAD_S
    assert max(told) < RETRY_AFTER_S + SPREAD_S_MAX


def test_once_there_is_room_nobody_is_sent_far_away() -> None:
    admission = Admission(Seconds(0.5), places=2)
    visited(admission, 200)
    with admission.place():
        for number in range(400):
            admission.turn_away(f"BUS-{number}")
    visited(admission, 1)
    assert admission.turn_away("BUS-1") <= RETRY_AFTER_S + SPREAD_S


def head(length: int) -> bytes:
    fields = ["Host: x", f"Content-Type: {BATCH_TYPE}", f"Content-Length: {length}"]
    return "\r\n".join([f"POST {batches_path('BUS-1')} HTTP/1.1", *fields, "", ""]).encode()


async def status_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Return status and header fields, in lower case, of one answer."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    return int(lines[0].split()[1]), fields


async def test_row_64_who_finds_no_place_is_sent_to_a_slot_and_served_later(tmp_path: Path) -> None:
    async with served_centre(tmp_path, places=1) as (centre, url), AsyncExitStack() as stack:
        ledger = await enrolled(centre)
        ledger.ride(1)
        packed = ledger.packed()
        port = int(url.rsplit(":", 1)[1])
        slow_reader, slow_writer = await asyncio.open_connection("127.0.0.1", port)
        stack.callback(slow_writer.close)
        slow_writer.write(head(len(packed)) + packed[:9])
        session = await stack.enter_async_context(aiohttp.ClientSession())
        answers: list[tuple[int, int]] = []
        while not answers or answers[-1][0] != 503:  # until the slow one has its place
            async with session.post(
                url + batches_path("BUS-1"), data=packed, headers={"Content-Type": BATCH_TYPE}
            ) as answer:
                assert answer.status in (200, 503)
                answers.append((answer.status, int(answer.headers.get("Retry-After", "0"))))
        assert answers[-1][1] >= RETRY_AFTER_S
        slow_writer.write(packed[9:])
        assert (await status_of(slow_reader))[0] == 200
        async with session.post(
            url + batches_path("BUS-1"), data=packed, headers={"Content-Type": BATCH_TYPE}
        ) as answer:
            assert answer.status == 200
        assert [line.entries for line in (await centre.books()).streams] == [2]


async def test_a_store_in_trouble_sends_each_terminal_to_its_own_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> None:
        raise StoreError("STORE_UNREACHABLE", "on purpose")

    async with served_centre(tmp_path) as (centre, url), aiohttp.ClientSession() as session:
        monkeypatch.setattr(centre, "receive", down)
        told = {}
        for number in range(30):
            path = url + batches_path(f"BUS-{number}")
            async with session.post(path, data=b"", headers={"Content-Type": BATCH_TYPE}) as answer:
                assert answer.status == 503
                told[number] = int(answer.headers["Retry-After"])
    assert told == {number: retry_after_s(f"BUS-{number}") for number in told}
    assert len(set(told.values())) > 5


STARTS = {"nothing": b"", "half a line": b"POST /v1/term", "half a head": b"POST / HTTP/1.1\r\nHost: x\r\nX: "}


@pytest.mark.parametrize("name", STARTS)
async def test_a_connection_that_begins_and_never_asks_is_closed(name: str, tmp_path: Path) -> None:
    async with served_centre(tmp_path, head_timeout_s=0.2) as (_, url):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        writer.write(STARTS[name])
        async with asyncio.timeout(30):
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()


async def test_a_connection_that_asks_stays_open(tmp_path: Path) -> None:
    async with served_centre(tmp_path, head_timeout_s=0.05) as (_, url):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        for _ in range(2):
            writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            status, fields = await status_of(reader)
            await reader.readexactly(int(fields["content-length"]))
            assert status == 200
            await asyncio.sleep(0.2)  # four times what a silent one would have had
        writer.close()


async def test_a_head_above_the_limit_is_refused(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (_, url):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000 + b"\r\n\r\n")
        assert (await status_of(reader))[0] == 400
        writer.close()


async def test_a_body_is_not_unpacked_because_a_header_says_so(tmp_path: Path) -> None:
    """Otherwise a bomb would go off before the bounds of batches are looked at."""
    async with served_centre(tmp_path) as (centre, url), aiohttp.ClientSession() as session:
        ledger = await enrolled(centre)
        ledger.ride(1)
        fields = {"Content-Type": BATCH_TYPE, "Content-Encoding": "gzip"}
        body = gzip.compress(ledger.packed())
        async with session.post(url + batches_path("BUS-1"), data=body, headers=fields) as answer:
            assert answer.status == 422


NO_NAMES = {"a zero character": "%00", "bytes that are no text": "%ff%fe", "a path": "..%2f..", "very long": "x" * 500}


@pytest.mark.parametrize("name", NO_NAMES)
async def test_a_terminal_whose_name_is_none_is_unknown(name: str, tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, url):
        ledger = await enrolled(centre)
        ledger.terminal = {"a zero character": "\0"}.get(name, "BUS-1")
        ledger.ride(1)
        packed = ledger.packed()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        line = head(len(packed)).replace(b"BUS-1", NO_NAMES[name].encode())
        writer.write(line + packed)
        assert (await status_of(reader))[0] == 404
        writer.close()
