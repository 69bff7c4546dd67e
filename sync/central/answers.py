"""What the centre answers, whoever carries it: a request as a value in, an answer as a value out. No HTTP library."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final

from edge.domain.errors import OneCardError, RemoteProtocolError
from edge.domain.exchange import NONCE_BYTES
from edge.domain.frozen import frozen
from edge.domain.tap import TERMINAL_NAME
from sync.batch import NUMBER_MAX
from sync.central.admission import retry_after_s
from sync.central.centre import Centre, Receipt
from sync.central.intake import Accepted, Forked, Gap, Revoked
from sync.central.problems import (
    ALL_PROBLEMS,
    BEYOND_END,
    CODE_OF,
    CROWDED,
    NOT_FOUND,
    PROBLEM_TYPE,
    PROBLEMS,
    SEQUENCE_GAP,
    UNAVAILABLE,
    WRONG_TYPE,
    Problem,
    hint_of,
    problem_body,
    problem_of,
)
from sync.paths import ACK_TYPE, ARTIFACT_TYPE, BATCH_TYPE, CHAIN_TYPE, KEYS_TYPE, KIT_TYPE, TIME_TYPE

WAIT_S_MAX: Final = 25.0
WHOLE_BYTES_MAX: Final = 16 * 1024 * 1024
NONCE: Final = re.compile(rf"[0-9a-f]{{{2 * NONCE_BYTES}}}")
WAIT: Final = re.compile(r"[0-9]{1,9}")
SHA256: Final = re.compile(r"[0-9a-f]{64}")
RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{1,15})")
NOT_MODIFIED: Final = 304
IMMUTABLE: Final = "public, max-age=31536000, immutable"


@frozen
class Answer:
    """What goes back: status, media type, body, and the headers beside them.

    ``facts`` do not go back: they are what log and figures tell of it. Where ``until`` is set, the answer is made anew
    once that is done: nothing but the question is kept in memory meanwhile.
    """

    status: int = 200
    content_type: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    until: asyncio.Future[None] | None = None

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """Return the same answer with these headers too."""
        return replace(self, headers={**self.headers, **headers})


def refused(problem: Problem, detail: str, code: str = "", **members: object) -> Answer:
    """Return a problem document; ``code`` is the error's behind it, ``members`` are the type's own members."""
    body = problem_body(problem, detail, code, **members)
    return Answer(problem.status, PROBLEM_TYPE, body, facts={"problem": problem.name, "detail": detail})


def problem_type(name: str) -> Answer:
    """Return what the type of a problem document leads to."""
    problem = ALL_PROBLEMS.get(name)
    if problem is None:
        return refused(NOT_FOUND, "no problem of this name")
    code = CODE_OF.get(name, problem.code)
    told = {"title": problem.title, "status": problem.status, "code": code, "hint": hint_of(problem, code)}
    return Answer(content_type="application/json", body=json.dumps(told).encode())


def refused_by(error: OneCardError, terminal: str = "") -> Answer:
    """Return the problem document of a coded error; where it may pass, each terminal is sent to a slot of its own."""
    problem = problem_of(error)
    answer = refused(problem, str(error), error.code)
    return answer.with_headers(_retry_after(retry_after_s(terminal))) if problem is UNAVAILABLE else answer


def crowded(after_s: int) -> Answer:
    """Return what a terminal is told that found no place."""
    return refused(CROWDED, f"come again in {after_s} s").with_headers(_retry_after(after_s))


def _retry_after(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}


def wrong_type(content_type: str) -> Answer | None:
    """Return what a body of this type is answered before it is read; None where it may be a batch."""
    return None if content_type == BATCH_TYPE else refused(WRONG_TYPE, f"expected {BATCH_TYPE}")


async def batches(centre: Centre, terminal: str, body: bytes) -> Answer:
    """Receive one batch."""
    receipt = await centre.receive(terminal, body)
    verdict = receipt.verdict
    if isinstance(verdict, Gap):
        answer = _signed_problem(SEQUENCE_GAP, receipt, expected_seq=receipt.ack.expected_seq)
    elif isinstance(verdict, Forked | Revoked):
        answer = _signed_problem(PROBLEMS[verdict.code], receipt, verdict.code)
    else:
        answer = Answer(content_type=ACK_TYPE, body=receipt.signed)
    return replace(answer, facts=_facts(receipt))


async def enrol(centre: Centre, body: bytes) -> Answer:
    """Answer an enrolment."""
    return Answer(content_type=KIT_TYPE, body=await centre.enrol(body))


async def grants(centre: Centre, body: bytes, shown_by: str = "") -> Answer:
    """Take back a grant of our own that a backup did not hold; ``shown_by`` is whose certificate was shown."""
    await centre.adopt(body, shown_by)
    return Answer(204)


async def certificate(centre: Centre, terminal: str, body: bytes) -> Answer:
    """Return the next certificate of the terminal that showed its present one."""
    return Answer(content_type=CHAIN_TYPE, body=await centre.trust.renew(body, terminal))


async def manifest(centre: Centre, etag: str, wait_s: float = 0.0, terminal: str = "") -> Answer:
    """Return the newest edition's manifest for a terminal, or 304 where ``etag`` names it.

    Where ``wait_s`` is above nothing the 304 is to wait for news, at most so long.
    """
    place = centre.parking.place(wait_s) if wait_s > 0 else None  # before the look: nothing comes between
    answer = await _newest(centre, etag, terminal)
    if answer.status == NOT_MODIFIED:
        return replace(answer, until=place)
    if place is not None:
        place.cancel()
    return answer


async def _newest(centre: Centre, etag: str, terminal: str) -> Answer:
    found = await centre.manifest(terminal)
    if found is None:
        return refused(NOT_FOUND, "no edition has been published")
    file, sha256 = found
    tag = f'"{sha256.hex()}"'
    if etag == tag:
        return Answer(NOT_MODIFIED, headers={"ETag": tag})
    return Answer(content_type=ARTIFACT_TYPE, body=file, headers={"ETag": tag, "Cache-Control": "no-cache"})


def keys(centre: Centre) -> Answer:
    """Return how the centre came to the key that it signs by."""
    return Answer(content_type=KEYS_TYPE, body=centre.keys.succession, headers={"Cache-Control": "no-cache"})


async def signed_time(centre: Centre, nonce: str, terminal: str = "") -> Answer:
    """Return the time, signed for a nonce in hexadecimal that the asker made up."""
    if not NONCE.fullmatch(nonce):
        raise RemoteProtocolError("WIRE_MALFORMED", f"a nonce is {NONCE_BYTES} bytes in hexadecimal")
    signed = await centre.signed_time(bytes.fromhex(nonce), terminal)
    return Answer(content_type=TIME_TYPE, body=signed, headers={"Cache-Control": "no-store"})


def terminal_of(text: str | None) -> str:
    """Return the name of the terminal that asks, empty where none was said; raises ``WIRE_MALFORMED`` for no name."""
    if text is None:
        return ""
    if not TERMINAL_NAME.fullmatch(text):
        raise RemoteProtocolError("WIRE_MALFORMED", "terminal is the name of a terminal")
    return text


def wait_of(text: str) -> float:
    """Return the seconds that a client is willing to wait, bounded; raises ``WIRE_MALFORMED`` for no such number."""
    if not WAIT.fullmatch(text):
        raise RemoteProtocolError("WIRE_MALFORMED", "wait_s is a whole number of seconds")
    return min(float(text), WAIT_S_MAX)


def range_of(text: str) -> tuple[int, int] | None:
    """Return start and count of one range of bytes with both ends (RFC 9110 14.1.2), None for anything else."""
    found = RANGE.fullmatch(text)
    return (int(found[1]), int(found[2]) - int(found[1]) + 1) if found and int(found[2]) >= int(found[1]) else None


async def segment(centre: Centre, name: str, span: tuple[int, int] | None = None, etag: str = "") -> Answer:
    """Return the artifact or part whose SHA-256 in hexadecimal is ``name``, or a range of it.

    For ever the same bytes: any proxy may keep them, and who has them (``etag``) is told so without a look. Whole, it
    has at most ``WHOLE_BYTES_MAX`` bytes; the parts of lists are fetched range by range. The type is that of the whole
    either way (RFC 9110 15.3.7): a proxy that fetches slices puts whole files together from them.
    """
    if not SHA256.fullmatch(name):
        raise RemoteProtocolError("WIRE_MALFORMED", "a segment is named by its SHA-256 in hexadecimal, lower case")
    sha256, headers = bytes.fromhex(name), {"ETag": f'"{name}"', "Cache-Control": IMMUTABLE, "Accept-Ranges": "bytes"}
    if etag == headers["ETag"]:
        return Answer(NOT_MODIFIED, headers=headers)
    start, count = span or (0, WHOLE_BYTES_MAX + 1)
    file = await centre.segment(sha256, start, min(count, WHOLE_BYTES_MAX + 1))
    if file is None:
        return refused(NOT_FOUND, "no segment of this hash").with_headers({"Cache-Control": "no-store"})
    if span is None and len(file) > WHOLE_BYTES_MAX:
        return refused(PROBLEMS["WIRE_TOO_LARGE"], "ask for ranges of this segment")
    if span is None:
        return Answer(content_type=ARTIFACT_TYPE, body=file, headers=headers)
    size = await centre.segment_size(sha256)
    if not file:
        return refused(BEYOND_END, f"it has {size} bytes").with_headers({"Content-Range": f"bytes */{size}"})
    told = f"bytes {start}-{start + len(file) - 1}/{size}"
    return Answer(206, ARTIFACT_TYPE, file, {**headers, "Content-Range": told})


def _signed_problem(problem: Problem, receipt: Receipt, code: str = "", **members: object) -> Answer:
    """Answer with the signed statement inside: a portal between us could otherwise stop a terminal."""
    return refused(problem, "see the signed ack", code, ack=receipt.signed.hex(), **members)


def _facts(receipt: Receipt) -> dict[str, object]:
    """Return what log and figures tell of a batch: of what was new in it, where anything was."""
    ack, verdict = receipt.ack, receipt.verdict
    new = verdict.booked if isinstance(verdict, Accepted) else ()
    return {
        "terminal": ack.terminal,
        "epoch": ack.epoch,
        "first_seq": ack.first_seq,
        "last_seq": ack.last_seq,
        "acked_seq": ack.acked_seq,
        "result": verdict.code.lower() if isinstance(verdict, Forked | Revoked) else type(verdict).__name__.lower(),
        "entries": len(new),
        "taps": sum(item.earned and not item.code for item in new),
        "aside": sum(bool(item.code) for item in new),
        **_health(receipt, min((item.entry.time_ms for item in new if item.entry is not None), default=None)),
    }


def _health(receipt: Receipt, oldest_ms: int | None) -> dict[str, object]:
    """Return what a terminal says of itself, unsigned, where it is sound; and how old its oldest new entry is."""
    now_ms, told = receipt.ack.server_time_ms, receipt.device
    found: dict[str, object] = {}
    backlog, sent_ms = told.get("backlog"), told.get("sent_ms")
    if type(backlog) is int and 0 <= backlog < NUMBER_MAX:
        found["backlog"] = backlog
    if type(sent_ms) is int and 0 <= sent_ms < NUMBER_MAX:
        found["offset_s"] = abs(now_ms - sent_ms) / 1000
    if oldest_ms is not None:
        found["age_s"] = max(0.0, (now_ms - oldest_ms) / 1000)
    return found
