"""The centre over HTTP: what it answers to good, bad and hostile requests."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from edge.crypto.signing import SigningKey
from edge.domain.errors import StoreError
from edge.domain.exchange import Grant
from sync.batch import BATCH_ENTRIES_MAX, encode_batch, open_ack
from sync.central import routes
from sync.central.artifacts import Publication
from sync.central.squeeze import BODY_BYTES_MAX
from sync.grant import seal_grant
from sync.paths import BATCH_TYPE, GRANTS_PATH, MANIFEST_PATH, batches_path, segment_path
from tests.conformance.central_store import enrolled
from tests.sync.builders import CENTRE_KEY, Ledger
from tests.sync.served import served_centre

Answer = tuple[int, str, dict[str, Any]]


async def post(url: str, body: bytes, kind: str = BATCH_TYPE, path: str = batches_path("BUS-1")) -> Answer:
    """Return status, content type, and the JSON members of a problem."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(url + path, data=body, headers={"Content-Type": kind}) as response,
    ):
        content = await response.read()
        problem = json.loads(content) if response.content_type.endswith("json") else {}
        return response.status, response.content_type, problem


def ledger_of(rides: int, epoch: int = 1, **fields: Any) -> Ledger:  # noqa: ANN401 - any field of a journal
    ledger = Ledger(epoch=epoch, **fields)
    for tap in range(rides):
        ledger.ride(tap)
    return ledger


def bomb() -> bytes:
    return gzip.compress(bytes(8 * 1024 * 1024), mtime=0)


def headless() -> bytes:
    batch = ledger_of(1).batch()
    return gzip.compress(encode_batch(batch).replace(batch.span.head_hash, bytes(32)), mtime=0)


def crowd() -> bytes:
    ledger = Ledger()
    ledger.raws.extend([b"x"] * (BATCH_ENTRIES_MAX + 1))
    return ledger.packed()


def endless() -> bytes:
    """Many members of gzip, one after the other, each within bounds."""
    return ledger_of(1).packed() * 3


def empty() -> bytes:
    batch = ledger_of(1).batch()
    return gzip.compress(encode_batch(replace(batch, entries=())), mtime=0)


def numbered(**changes: Any) -> bytes:  # noqa: ANN401 - numbers of a span
    batch = ledger_of(1).batch()
    return gzip.compress(encode_batch(replace(batch, span=replace(batch.span, **changes))), mtime=0)


BAD: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "not gzip": (lambda: b"hello", 422, "malformed"),
    "half a gzip member": (lambda: ledger_of(1).packed()[:-9], 422, "malformed"),
    "gzip with a tail": (lambda: ledger_of(1).packed() + b"x", 422, "malformed"),
    "row 49: a gzip bomb": (bomb, 413, "too-large"),
    "row 49: a body above the limit": (lambda: bytes(BODY_BYTES_MAX + 1), 413, "too-large"),
    "gzip of nonsense": (lambda: gzip.compress(b"\xc1"), 422, "malformed"),
    "entries that miss the stated head": (headless, 422, "chain-broken"),
    "a signature by another key": (lambda: ledger_of(1, key=SigningKey(b"x" * 32)).packed(), 403, "signature-wrong"),
    "an epoch that nobody gave": (lambda: ledger_of(1, epoch=9).packed(), 404, "terminal-unknown"),
    "the name of another terminal": (lambda: ledger_of(1, terminal="BUS-2").packed(), 404, "terminal-unknown"),
    "row 49: more entries than a batch may have": (crowd, 413, "too-large"),
    "several gzip members": (endless, 422, "malformed"),
    "no entries": (empty, 422, "malformed"),
    "numbers that nobody can hold": (lambda: numbered(first_seq=2**64 - 2, last_seq=2**64 - 1), 422, "malformed"),
    "an epoch that nobody can hold": (lambda: numbered(epoch=2**64 - 1), 422, "malformed"),
    "an epoch below nothing": (lambda: numbered(epoch=-1), 422, "malformed"),
    "an unknown format": (lambda: gzip.compress(b"\x95\x09\x90\xc4\x00\x90\x80"), 422, "unknown-version"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_problem_document_answers(name: str, tmp_path: Path) -> None:
    body, status, problem = BAD[name]
    async with served_centre(tmp_path) as (centre, url):
        await enrolled(centre)
        answer = await post(url, body())
        assert answer[:2] == (status, "application/problem+json")
        assert answer[2]["type"] == f"/problems/{problem}"
        assert (await centre.books()).streams == ()


async def test_another_content_type_is_refused(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (_, url):
        assert (await post(url, b"", kind="text/plain"))[:2] == (415, "application/problem+json")


async def test_an_unknown_path_is_a_problem_too(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (_, url):
        assert (await post(url, b"", path="/nowhere"))[:2] == (404, "application/problem+json")


async def test_an_enrolment_with_a_made_up_token_is_refused(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (_, url):
        status, _, problem = await post(url, b"\x95\xa1A\xc4\x00\xc4\x00\xc4\x00\x00", path="/v1/enrol")
        assert (status, problem["code"]) == (403, "ENROLMENT_REFUSED")


async def test_gap_and_fork_carry_a_signed_statement(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, url):
        ledger = await enrolled(centre)
        ledger.ride(1)
        twin = ledger.copied()
        ledger.ride(2)
        twin.ride(3)
        await centre.receive("BUS-1", ledger.packed(1, 2))
        gap = (await post(url, ledger.packed(4)))[2]
        await centre.receive("BUS-1", ledger.packed())
        fork = (await post(url, twin.packed(3)))[2]
    assert (gap["type"], gap["expected_seq"]) == ("/problems/sequence-gap", 3)
    assert open_ack(bytes.fromhex(gap["ack"]), CENTRE_KEY.public).expected_seq == 3
    assert fork["type"] == "/problems/chain-fork"
    assert [item.code for item in open_ack(bytes.fromhex(fork["ack"]), CENTRE_KEY.public).rejected] == ["CHAIN_FORK"]


async def test_a_sender_that_dawdles_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "BODY_TIMEOUT_S", 0.05)
    async with served_centre(tmp_path) as (_, url):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        fields = ["Host: x", f"Content-Type: {BATCH_TYPE}", "Content-Length: 9"]
        head = "\r\n".join([f"POST {batches_path('BUS-1')} HTTP/1.1", *fields])
        writer.write(head.encode() + b"\r\n\r\nabc")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()


async def test_a_store_in_trouble_is_busy_and_acknowledges_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served_centre(tmp_path) as (centre, url):
        ledger = await enrolled(centre)
        ledger.ride(1)

        async def broken(*_: object) -> None:
            raise StoreError("STORE_IO", "no space left")

        monkeypatch.setattr(centre, "receive", broken)
        assert (await post(url, ledger.packed()))[0] == 503


async def test_a_grant_that_another_centre_signed_is_not_taken_back(tmp_path: Path) -> None:
    grant = seal_grant(SigningKey(b"o" * 32), Grant("BUS-9", 1, b"", bytes(32), 0, spare=False))
    async with served_centre(tmp_path) as (_, url):
        assert (await post(url, grant, path=GRANTS_PATH))[0] == 403


async def test_health_is_told(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (_, url), aiohttp.ClientSession() as session:
        for path in ("/livez", "/readyz"):
            async with session.get(url + path) as response:
                assert response.status == 200


async def test_an_unchanged_manifest_is_not_sent_again(tmp_path: Path) -> None:
    async with served_centre(tmp_path) as (centre, url), aiohttp.ClientSession() as session:
        async with session.get(url + MANIFEST_PATH) as response:
            assert response.status == 404
        await centre.publish([Publication("tariff", "t", b"1"), Publication("deny_list", "d", b"")])
        async with session.get(url + MANIFEST_PATH) as response:
            tag = response.headers["ETag"]
        async with session.get(url + MANIFEST_PATH, headers={"If-None-Match": tag}) as response:
            assert response.status == 304
        async with session.get(url + segment_path(bytes(32))) as response:
            assert response.status == 404


def test_the_ratio_bound_is_above_what_entries_compress_to() -> None:
    packed = ledger_of(100).packed()
    assert len(zlib.decompress(packed, 31)) / len(packed) < 100
