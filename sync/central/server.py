"""The centre over HTTP: enrolment, batches, reference data, health. The only door to aiohttp's server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from edge.domain.errors import OneCardError, RemoteProtocolError
from sync.central.centre import Centre, Receipt
from sync.central.intake import Forked, Gap
from sync.central.problems import (
    NOT_FOUND,
    PROBLEM_TYPE,
    PROBLEMS,
    RETRY_AFTER_S,
    SEQUENCE_GAP,
    TOO_SLOW,
    UNAVAILABLE,
    WRONG_TYPE,
    Problem,
    problem_body,
    problem_of,
)
from sync.central.squeeze import BODY_BYTES_MAX
from sync.paths import ACK_TYPE, ARTIFACT_TYPE, BATCH_TYPE, ENROL_PATH, KIT_TYPE, MANIFEST_PATH, batches_path

LOG: Final = logging.getLogger("onecard.central")
BODY_TIMEOUT_S: Final = 20.0
CENTRE: Final = web.AppKey("centre", Centre)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(centre: Centre) -> web.Application:
    """Return the application that serves one centre."""
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    app[CENTRE] = centre
    routes = (
        ("POST", ENROL_PATH, _enrol),
        ("POST", batches_path("{terminal}"), _batches),
        ("GET", MANIFEST_PATH, _manifest),
        ("GET", "/v1/lists/edition/segments/{sha256}", _segment),
        ("GET", "/livez", _live),
        ("GET", "/readyz", _ready),
        ("*", "/{rest:.*}", _nowhere),
    )
    for method, path, answer in routes:
        app.router.add_route(method, path, _guarded(answer))
    return app


def _guarded(answer: Answer) -> Answer:
    """Turn errors into problem documents; nothing else leaves as an error page."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await answer(request)
        except OneCardError as error:
            problem = problem_of(error)
            LOG.warning("refused: %s %s", problem.name, error)
            return _problem(problem, str(error), code=error.code)
        except TimeoutError:
            return _problem(TOO_SLOW, f"no whole body within {BODY_TIMEOUT_S:.0f} s")
        except web.HTTPRequestEntityTooLarge:
            return _problem(PROBLEMS["WIRE_TOO_LARGE"], f"at most {BODY_BYTES_MAX} bytes", code="WIRE_TOO_LARGE")

    return guarded


def _problem(problem: Problem, detail: str, **members: object) -> web.Response:
    headers = {"Retry-After": str(RETRY_AFTER_S)} if problem is UNAVAILABLE else {}
    body = problem_body(problem, detail, **members)
    return web.Response(status=problem.status, body=body, content_type=PROBLEM_TYPE, headers=headers)


async def _body(request: web.Request) -> bytes:
    """Read the whole body inside the deadline, so that a slow sender holds no place for long."""
    async with asyncio.timeout(BODY_TIMEOUT_S):
        return await request.read()


async def _batches(request: web.Request) -> web.StreamResponse:
    if request.content_type != BATCH_TYPE:
        return _problem(WRONG_TYPE, f"expected {BATCH_TYPE}")
    receipt = await request.app[CENTRE].receive(request.match_info["terminal"], await _body(request))
    verdict = receipt.verdict
    LOG.info("batch: %s", _told(receipt))
    if isinstance(verdict, Gap):
        return _signed_problem(SEQUENCE_GAP, receipt, expected_seq=receipt.ack.expected_seq)
    if isinstance(verdict, Forked):
        return _signed_problem(PROBLEMS[verdict.code], receipt, code=verdict.code)
    return web.Response(body=receipt.signed, content_type=ACK_TYPE)


def _signed_problem(problem: Problem, receipt: Receipt, **members: object) -> web.Response:
    """Answer with the signed statement inside: a portal between us could otherwise stop a terminal."""
    return _problem(problem, "see the signed ack", ack=receipt.signed.hex(), **members)


def _told(receipt: Receipt) -> str:
    ack = receipt.ack
    name = type(receipt.verdict).__name__.lower()
    span = f"{ack.terminal} epoch {ack.epoch} {ack.first_seq}..{ack.last_seq}"
    return f"{name} {span} acked {ack.acked_seq} rejected {len(ack.rejected)}"


async def _enrol(request: web.Request) -> web.StreamResponse:
    return web.Response(body=await request.app[CENTRE].enrol(await _body(request)), content_type=KIT_TYPE)


async def _manifest(request: web.Request) -> web.StreamResponse:
    found = await request.app[CENTRE].manifest()
    if found is None:
        return _problem(NOT_FOUND, "no edition has been published")
    file, sha256 = found
    tag = f'"{sha256.hex()}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    return web.Response(body=file, content_type=ARTIFACT_TYPE, headers={"ETag": tag, "Cache-Control": "no-cache"})


async def _segment(request: web.Request) -> web.StreamResponse:
    try:
        sha256 = bytes.fromhex(request.match_info["sha256"])
    except ValueError:
        raise RemoteProtocolError("WIRE_MALFORMED", "a segment is named by its SHA-256 in hexadecimal") from None
    file = await request.app[CENTRE].segment(sha256)
    if file is None:
        return _problem(NOT_FOUND, "no segment of this hash")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return web.Response(body=file, content_type=ARTIFACT_TYPE, headers=headers)


async def _nowhere(request: web.Request) -> web.StreamResponse:
    return _problem(NOT_FOUND, f"no {request.method} {request.path}")


async def _live(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="alive\n")


async def _ready(request: web.Request) -> web.StreamResponse:
    await request.app[CENTRE].pulse()
    return web.Response(text="ready\n")
