"""The centre over HTTP: its application, who is let in, and what is told of each request."""

from __future__ import annotations

import asyncio
import base64
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from edge.domain.errors import OneCardError
from edge.telemetry import log
from sync.central import answers
from sync.central.admission import PLACES, Admission
from sync.central.answers import Answer, refused
from sync.central.centre import Centre
from sync.central.doorkeeper import HEAD_TIMEOUT_S, Doorkeeper
from sync.central.measuring import Measures, MeasuresOf, Told
from sync.central.problems import PROBLEMS, TOO_SLOW
from sync.central.routes import ADMISSION, BODY_TIMEOUT_S, NOWHERE, ROUTES, Route, metrics_by, nowhere
from sync.central.squeeze import BODY_BYTES_MAX
from sync.central.tls import Gate
from sync.central.waiting import WAITS, Waits, leave

KEEPALIVE_S: Final = 75.0
CENTRE: Final = web.AppKey("centre", Centre)
DOORKEEPER: Final = web.AppKey("doorkeeper", Doorkeeper)
MEASURES: Final = web.AppKey[Measures | None]("measures")
GATE: Final = web.AppKey("gate", Gate)
LOG: Final = logging.getLogger("onecard.central")
REQUEST_ID: Final = "X-Request-Id"
SOUND_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
ID_BYTES: Final = 10
QUIET: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds by machines: told only where they go wrong."""
BAD_REQUEST: Final = 400


def application(
    centre: Centre, places: int = PLACES, measures_of: MeasuresOf | None = None, gate: Gate | None = None
) -> web.Application:
    """Return the application that serves one centre, with ``places`` for batches at once; ``gate`` asks for names."""
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    app[CENTRE] = centre
    app[ADMISSION] = Admission(asyncio.get_running_loop().time, places)
    app[DOORKEEPER] = Doorkeeper()
    app[WAITS] = Waits()
    if gate is not None:
        app[GATE] = gate
    app.on_shutdown.append(_wake_who_waits)
    measures = app[MEASURES] = None if measures_of is None else measures_of(centre, app[ADMISSION])
    for route in (*ROUTES, metrics_by(measures), Route("*", NOWHERE, nowhere)):
        app.router.add_route(route.method, route.path, _guarded(route, measures))
    return app


async def _wake_who_waits(app: web.Application) -> None:
    """Answer those who wait for news: an end would else be held up for as long as they wait."""
    app[CENTRE].parking.wake()
    await app[WAITS].close()


def operations(public: web.Application) -> web.Application:
    """Return the application that tells this machine alone of another's figures and signs of life.

    For a front that asks for certificates, or lies behind a proxy: who watches the centre has neither.
    """
    app = web.Application()
    app[CENTRE], app[DOORKEEPER] = public[CENTRE], Doorkeeper()
    measures = public[MEASURES]
    watched = [route for route in (*ROUTES, metrics_by(measures)) if route.path in QUIET]
    for route in (*watched, Route("*", NOWHERE, nowhere)):
        app.router.add_route(route.method, route.path, _guarded(route, None))
    return app


@asynccontextmanager
async def served(
    centre: Centre,
    shutdown_s: float,
    head_timeout_s: float = HEAD_TIMEOUT_S,
    places: int = PLACES,
    measures_of: MeasuresOf | None = None,
    gate: Gate | None = None,
) -> AsyncIterator[web.AppRunner]:
    """Set up the runner of one centre's application, and close it; the caller adds the sites where it listens.

    Bodies stay as they came: what is compressed says so by its own type, and is unpacked within bounds.
    """
    app = application(centre, places, measures_of, gate)
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=shutdown_s, keepalive_timeout=KEEPALIVE_S, auto_decompress=False
    )
    try:
        await runner.setup()
        if runner.server is None:
            raise RuntimeError("a runner that was set up has no server")
        app[WAITS].server = runner.server
        async with app[DOORKEEPER].watching(runner.server, head_timeout_s):
            yield runner
    finally:
        await runner.cleanup()


def _guarded(route: Route, measures: Measures | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Turn errors into problem documents, nothing else leaves as an error page; and tell of each request."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        request.app[DOORKEEPER].saw(request)
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        answer = await _answered(route, request)
        name = _request_id(request)
        if answer.until is not None:
            if (left := leave(request, answer.until, {REQUEST_ID: name})) is not None:
                request.app[DOORKEEPER].left(request)
                return left
            answer = await _answered(route, request)
            if answer.until is not None:
                answer.until.cancel()
        told = Told(route.method, route.path, answer.status, loop.time() - begun_s, answer.facts)
        if measures is not None:
            measures.saw(told)
        _log(told, name)
        kind = {"Content-Type": answer.content_type} if answer.content_type else {}
        headers = {**kind, REQUEST_ID: name, **answer.headers}
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    return guarded


async def _answered(route: Route, request: web.Request) -> Answer:
    try:
        if (gate := request.app.get(GATE)) is not None:
            await gate.admit(request)
        return await route.answer(request.app[CENTRE], request)
    except OneCardError as error:
        return answers.refused_by(error, request.match_info.get("terminal", ""))
    except TimeoutError:
        return refused(TOO_SLOW, f"no whole body within {BODY_TIMEOUT_S:.0f} s")
    except web.HTTPRequestEntityTooLarge:
        return refused(PROBLEMS["WIRE_TOO_LARGE"], f"at most {BODY_BYTES_MAX} bytes")


def _request_id(request: web.Request) -> str:
    """Return the name that who asks, or a proxy before us, gave the request; a fresh one where it is none.

    It is told in the answer and in the log.
    """
    name = request.headers.get(REQUEST_ID, "")
    if SOUND_ID.fullmatch(name):
        return name
    return base64.b32encode(request.app[CENTRE].random_bytes(ID_BYTES)).decode("ascii").lower()


def _log(told: Told, name: str) -> None:
    """Write one line; what machines ask every few seconds is told only where it goes wrong."""
    well = told.status < BAD_REQUEST
    if well and told.route in QUIET:
        return
    level = logging.INFO if well else logging.WARNING
    took_ms = round(told.took_s * 1000, 1)
    asked = {"request": name, "method": told.method, "route": told.route, "status": told.status, "took_ms": took_ms}
    log(LOG, level, "request.answered" if well else "request.refused", **{**asked, **told.facts})
