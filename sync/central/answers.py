"""What the centre answers, whoever carries it: a request as a value in, an answer as a value out. No HTTP library."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from edge.domain.errors import OneCardError, RemoteProtocolError
from edge.domain.exchange import NONCE_BYTES
from sync.central.admission import retry_after_s
from sync.central.centre import Centre, Receipt
from sync.central.intake import Forked, Gap, Revoked
from sync.central.problems import (
    CROWDED,
    NOT_FOUND,
    PROBLEM_TYPE,
    PROBLEMS,
    SEQUENCE_GAP,
    UNAVAILABLE,
    WRONG_TYPE,
    Problem,
    problem_body,
    problem_of,
)
from sync.paths import ACK_TYPE, ARTIFACT_TYPE, BATCH_TYPE, KIT_TYPE, PART_TYPE, TIME_TYPE

WAIT_S_MAX: Final = 25.0
WHOLE_BYTES_MAX: Final = 16 * 1024 * 1024
NONCE: Final = re.compile(rf"[0-9a-f]{{{2 * NONCE_BYTES}}}")
RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{1,15})")
LOG: Final = logging.getLogger("onecard.central")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: status, media type, body, and the headers beside them."""

    status: int = 200
    content_type: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def refused(problem: Problem, detail: str, **members: object) -> Answer:
    """Return a problem document; ``members`` are the type's own members."""
    return Answer(problem.status, PROBLEM_TYPE, problem_body(problem, detail, **members))


def refused_by(error: OneCardError, terminal: str = "") -> Answer:
    """Return the problem document of a coded error; where it may pass, each terminal is sent to a slot of its own."""
    problem = problem_of(error)
    LOG.warning("refused: %s %s", problem.name, error)
    answer = refused(problem, str(error), code=error.code)
    return replace(answer, headers=_retry_after(retry_after_s(terminal))) if problem is UNAVAILABLE else answer


def crowded(after_s: int) -> Answer:
    """Return what a terminal is told that found no place."""
    return replace(refused(CROWDED, f"come again in {after_s} s"), headers=_retry_after(after_s))


def _retry_after(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}


def wrong_type(content_type: str) -> Answer | None:
    """Return what a body of this type is answered before it is read; None where it may be a batch."""
    return None if content_type == BATCH_TYPE else refused(WRONG_TYPE, f"expected {BATCH_TYPE}")


async def batches(centre: Centre, terminal: str, body: bytes) -> Answer:
    """Receive one batch."""
    receipt = await centre.receive(terminal, body)
    verdict = receipt.verdict
    LOG.info("batch: %s", _told(receipt))
    if isinstance(verdict, Gap):
        return _signed_problem(SEQUENCE_GAP, receipt, expected_seq=receipt.ack.expected_seq)
    if isinstance(verdict, Forked | Revoked):
        return _signed_problem(PROBLEMS[verdict.code], receipt, code=verdict.code)
    return Answer(content_type=ACK_TYPE, body=receipt.signed)


async def enrol(centre: Centre, body: bytes) -> Answer:
    """Answer an enrolment."""
    return Answer(content_type=KIT_TYPE, body=await centre.enrol(body))


async def grants(centre: Centre, body: bytes) -> Answer:
    """Take back a grant of our own that a backup did not hold."""
    await centre.adopt(body)
    return Answer(204)


async def manifest(centre: Centre, etag: str, wait_s: float = 0.0) -> Answer:
    """Return the newest edition's manifest, or 304 where ``etag`` still names it after ``wait_s``."""
    found = await centre.manifest()
    if found is not None and wait_s > 0 and etag == f'"{found[1].hex()}"':
        await centre.published(wait_s)
        found = await centre.manifest()
    if found is None:
        return refused(NOT_FOUND, "no edition has been published")
    file, sha256 = found
    tag = f'"{sha256.hex()}"'
    if etag == tag:
        return Answer(304, headers={"ETag": tag})
    return Answer(content_type=ARTIFACT_TYPE, body=file, headers={"ETag": tag, "Cache-Control": "no-cache"})


async def signed_time(centre: Centre, nonce: str) -> Answer:
    """Return the time, signed for a nonce in hexadecimal that the asker made up."""
    if not NONCE.fullmatch(nonce):
        raise RemoteProtocolError("WIRE_MALFORMED", f"a nonce is {NONCE_BYTES} bytes in hexadecimal")
    signed = await centre.signed_time(bytes.fromhex(nonce))
    return Answer(content_type=TIME_TYPE, body=signed, headers={"Cache-Control": "no-store"})


def wait_of(text: str) -> float:
    """Return the seconds that a client is willing to wait, bounded; 0 where it says nothing that can be read."""
    return min(float(text), WAIT_S_MAX) if text.isascii() and text.isdecimal() else 0.0


def range_of(text: str) -> tuple[int, int] | None:
    """Return start and count of one range of bytes with both ends (RFC 9110 14.1.2), None for anything else."""
    found = RANGE.fullmatch(text)
    return (int(found[1]), int(found[2]) - int(found[1]) + 1) if found and int(found[2]) >= int(found[1]) else None


async def segment(centre: Centre, name: str, span: tuple[int, int] | None = None) -> Answer:
    """Return the artifact or part whose SHA-256 in hexadecimal is ``name``, or a range of it.

    Whole, it has at most ``WHOLE_BYTES_MAX`` bytes; the parts of lists are fetched range by range.
    """
    try:
        sha256 = bytes.fromhex(name)
    except ValueError:
        raise RemoteProtocolError("WIRE_MALFORMED", "a segment is named by its SHA-256 in hexadecimal") from None
    start, count = span or (0, WHOLE_BYTES_MAX + 1)
    file = await centre.segment(sha256, start, min(count, WHOLE_BYTES_MAX + 1))
    if file is None:
        return refused(NOT_FOUND, "no segment of this hash")
    headers = {"ETag": f'"{sha256.hex()}"', "Cache-Control": "public, max-age=31536000, immutable"}
    if span is None and len(file) > WHOLE_BYTES_MAX:
        return refused(PROBLEMS["WIRE_TOO_LARGE"], "ask for ranges of this segment", code="WIRE_TOO_LARGE")
    if span is None:
        return Answer(content_type=ARTIFACT_TYPE, body=file, headers={**headers, "Accept-Ranges": "bytes"})
    if not file:
        return Answer(416, headers={**headers, "Content-Range": "bytes */*"})
    told = f"bytes {start}-{start + len(file) - 1}/*"
    return Answer(206, PART_TYPE, file, {**headers, "Content-Range": told})


def _signed_problem(problem: Problem, receipt: Receipt, **members: object) -> Answer:
    """Answer with the signed statement inside: a portal between us could otherwise stop a terminal."""
    return refused(problem, "see the signed ack", ack=receipt.signed.hex(), **members)


def _told(receipt: Receipt) -> str:
    ack = receipt.ack
    name = type(receipt.verdict).__name__.lower()
    span = f"{ack.terminal} epoch {ack.epoch} {ack.first_seq}..{ack.last_seq}"
    return f"{name} {span} acked {ack.acked_seq} rejected {len(ack.rejected)}"
