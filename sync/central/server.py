"""The centre over HTTP: enrolment, batches, reference data, health. The only door to aiohttp's server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from edge.domain.errors import OneCardError
from sync.central import answers
from sync.central.admission import PLACES, Admission
from sync.central.answers import Answer, refused
from sync.central.centre import Centre
from sync.central.doorkeeper import HEAD_TIMEOUT_S, Doorkeeper
from sync.central.problems import NOT_FOUND, PROBLEMS, TOO_SLOW
from sync.central.squeeze import BODY_BYTES_MAX
from sync.paths import ENROL_PATH, GRANTS_PATH, MANIFEST_PATH, batches_path, time_path

BODY_TIMEOUT_S: Final = 20.0
KEEPALIVE_S: Final = 75.0
CENTRE: Final = web.AppKey("centre", Centre)
ADMISSION: Final = web.AppKey("admission", Admission)
DOORKEEPER: Final = web.AppKey("doorkeeper", Doorkeeper)

Route = Callable[[Centre, web.Request], Awaitable[Answer]]


def application(centre: Centre, places: int = PLACES) -> web.Application:
    """Return the application that serves one centre, with ``places`` for batches at once."""
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    app[CENTRE] = centre
    app[ADMISSION] = Admission(asyncio.get_running_loop().time, places)
    app[DOORKEEPER] = Doorkeeper()
    routes = (
        ("POST", ENROL_PATH, _enrol),
        ("POST", GRANTS_PATH, _grants),
        ("POST", batches_path("{terminal}"), _batches),
        ("GET", MANIFEST_PATH, _manifest),
        ("GET", "/v1/lists/edition/segments/{sha256}", _segment),
        ("GET", time_path("{nonce}"), _time),
        ("GET", "/livez", _live),
        ("GET", "/readyz", _ready),
        ("*", "/{rest:.*}", _nowhere),
    )
    for method, path, route in routes:
        app.router.add_route(method, path, _guarded(route))
    return app


@asynccontextmanager
async def served(
    centre: Centre, shutdown_s: float, head_timeout_s: float = HEAD_TIMEOUT_S, places: int = PLACES
) -> AsyncIterator[web.AppRunner]:
    """Set up the runner of one centre's application, and close it; the caller adds the sites where it listens.

    Bodies stay as they came: what is compressed says so by its own type, and is unpacked within bounds.
    """
    app = application(centre, places)
    runner = web.AppRunner(app, shutdown_timeout=shutdown_s, keepalive_timeout=KEEPALIVE_S, auto_decompress=False)
    try:
        await runner.setup()
        if runner.server is None:
            raise RuntimeError("a runner that was set up has no server")
        async with app[DOORKEEPER].watching(runner.server, head_timeout_s):
            yield runner
    finally:
        await runner.cleanup()


def _guarded(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Turn errors into problem documents; nothing else leaves as an error page."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        request.app[DOORKEEPER].saw(request)
        try:
            answer = await route(request.app[CENTRE], request)
        except OneCardError as error:
            answer = answers.refused_by(error, request.match_info.get("terminal", ""))
        except TimeoutError:
            answer = refused(TOO_SLOW, f"no whole body within {BODY_TIMEOUT_S:.0f} s")
        except web.HTTPRequestEntityTooLarge:
            answer = refused(PROBLEMS["WIRE_TOO_LARGE"], f"at most {BODY_BYTES_MAX} bytes", code="WIRE_TOO_LARGE")
        kind = answer.content_type or None
        return web.Response(status=answer.status, body=answer.body, content_type=kind, headers=answer.headers)

    return guarded


async def _body(request: web.Request) -> bytes:
    """Read the whole body inside the deadline, so that a slow sender holds no place for long."""
    async with asyncio.timeout(BODY_TIMEOUT_S):
        return await request.read()


async def _batches(centre: Centre, request: web.Request) -> Answer:
    wrong = answers.wrong_type(request.content_type)
    if wrong is not None:
        return wrong
    terminal, admission = request.match_info["terminal"], request.app[ADMISSION]
    if admission.is_full:
        return answers.crowded(admission.turn_away(terminal))
    with admission.place():
        return await answers.batches(centre, terminal, await _body(request))


async def _enrol(centre: Centre, request: web.Request) -> Answer:
    return await answers.enrol(centre, await _body(request))


async def _grants(centre: Centre, request: web.Request) -> Answer:
    return await answers.grants(centre, await _body(request))


async def _manifest(centre: Centre, request: web.Request) -> Answer:
    wait_s = answers.wait_of(request.query.get("wait_s", ""))
    return await answers.manifest(centre, request.headers.get("If-None-Match", ""), wait_s)


async def _segment(centre: Centre, request: web.Request) -> Answer:
    span = answers.range_of(request.headers.get("Range", ""))
    return await answers.segment(centre, request.match_info["sha256"], span)


async def _time(centre: Centre, request: web.Request) -> Answer:
    return await answers.signed_time(centre, request.match_info["nonce"])


async def _nowhere(_centre: Centre, request: web.Request) -> Answer:
    return refused(NOT_FOUND, f"no {request.method} {request.path}")


async def _live(_centre: Centre, _request: web.Request) -> Answer:
    return Answer(content_type="text/plain", body=b"alive\n")


async def _ready(centre: Centre, _request: web.Request) -> Answer:
    await centre.pulse()
    return Answer(content_type="text/plain", body=b"ready\n")
