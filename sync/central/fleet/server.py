"""The fleet pages over HTTP: an application of its own, on an address of its own, never the terminals' front."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from aiohttp import web

from edge.domain.errors import OneCardError
from edge.telemetry import log
from sync.central.doorkeeper import HEAD_TIMEOUT_S, Doorkeeper
from sync.central.fleet.answering import (
    FLEET,
    HEADERS,
    LOG,
    Call,
    Fleet,
    FleetRoute,
    refused,
    refused_by,
)
from sync.central.fleet.problems import (
    ELSEWHERE,
    FORGED,
    MALFORMED,
    NOT_ALLOWED,
    NOT_FOUND,
    SIGNED_OUT,
    TOO_LARGE,
)
from sync.central.fleet.routes import FLEET_ROUTES
from sync.central.fleet.sessions import SEEN_EVERY_MS, Session, seen_work, session_work
from sync.central.fleet.site import HSTS
from sync.central.problems import TOO_SLOW

SAFE: Final = frozenset({"GET", "HEAD"})
"""Methods that change nothing; all others have to come from a page of ours."""
CSRF_HEADER: Final = "X-Fleet-Token"
POLL_HEADER: Final = "X-Fleet-Poll"
"""Sent with what a page asks by itself: nobody need be there."""
TOKEN_DIGITS: Final = 64
BODY_TIMEOUT_S: Final = 20.0
BODY_BYTES_MAX: Final = 8 * 1024 * 1024
DOORKEEPER: Final = web.AppKey("doorkeeper", Doorkeeper)


def fleet_application(fleet: Fleet) -> web.Application:
    """Return the application of one centre's pages."""
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    app[FLEET], app[DOORKEEPER] = fleet, Doorkeeper()
    for route in (*FLEET_ROUTES, FleetRoute("*", "/api/{rest:.*}", None, _nowhere)):
        app.router.add_route(route.method, route.path, _guarded(route))
    app.router.add_route("GET", "/{name:[a-z_]*[.]?[a-z]*}", _guarded(FleetRoute("GET", "", None, _page)))
    app.router.add_route("*", "/{rest:.*}", _guarded(FleetRoute("*", "", None, _nowhere)))
    return app


@asynccontextmanager
async def fleet_served(fleet: Fleet, shutdown_s: float) -> AsyncIterator[web.AppRunner]:
    """Set up the runner of the pages and close it; the caller adds the site where it listens."""
    app = fleet_application(fleet)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_s)
    try:
        await runner.setup()
        if runner.server is None:
            raise RuntimeError("a runner that was set up has no server")
        async with app[DOORKEEPER].watching(runner.server, HEAD_TIMEOUT_S):
            yield runner
    finally:
        await runner.cleanup()


def _guarded(route: FleetRoute) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Let in who may ask, and nobody else; what goes wrong leaves as a problem document."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        fleet = request.app[FLEET]
        request.app[DOORKEEPER].saw(request)
        try:
            answer = await _answered(route, fleet, request)
        except OneCardError as error:
            log(LOG, logging.WARNING, "fleet.failed", path=route.path, code=error.code)
            answer = refused_by(error)
        except TimeoutError:
            answer = refused(TOO_SLOW, f"no whole body within {BODY_TIMEOUT_S:.0f} s")
        if fleet.site.is_secure:
            answer.headers.update(HSTS)
        return answer

    return guarded


async def _answered(route: FleetRoute, fleet: Fleet, request: web.Request) -> web.StreamResponse:
    if request.headers.get("Host", "").lower() not in fleet.site.hosts:
        return refused(ELSEWHERE, "another name was asked for")
    is_safe = request.method in SAFE
    if not is_safe and not _is_ours(fleet, request):
        return refused(FORGED, "another page sent it")
    session = None
    if route.role is not None:
        session = await _session(fleet, request)
        if session is None:
            return refused(SIGNED_OUT, "no session, or one that is over")
        if not is_safe and not session.says(request.headers.get(CSRF_HEADER, "")):
            return refused(FORGED, "the page's token is missing or another's")
        if not session.role.may(route.role):
            return refused(NOT_ALLOWED, f"it takes the role {route.role.value}")
    members = {} if is_safe else await _members(route, request)
    if not isinstance(members, dict):
        return members
    return await route.respond(Call(fleet, request, session, members))


def _is_ours(fleet: Fleet, request: web.Request) -> bool:
    """Say whether a browser sent it from a page of ours: all browsers of today say where a POST comes from."""
    same = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return same and request.headers.get("Origin", "").lower() in fleet.site.origins


async def _session(fleet: Fleet, request: web.Request) -> Session | None:
    """Return the session of a request's cookie, and note that somebody is there."""
    text = request.cookies.get(fleet.site.cookie, "")
    try:
        token = bytes.fromhex(text) if len(text) == TOKEN_DIGITS else b""
    except ValueError:
        return None
    now_ms = fleet.now_ms()
    session = await fleet.read(lambda: session_work(token, now_ms)) if token else None
    if session is not None and POLL_HEADER not in request.headers and now_ms >= session.seen_ms + SEEN_EVERY_MS:
        await fleet.write(partial(seen_work, session))
    return session


async def _members(route: FleetRoute, request: web.Request) -> dict[str, Any] | web.Response:
    """Return the JSON object of a request, or the refusal of what is none; a long one is not even read."""
    if request.content_type != "application/json" or request.content_length is None:
        return refused(MALFORMED, "not a JSON object whose length is told")
    if request.content_length > route.body_bytes_max:
        return refused(TOO_LARGE, f"at most {route.body_bytes_max} bytes", "WIRE_TOO_LARGE")
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            members = json.loads(await request.read())
    except (ValueError, RecursionError):
        members = None
    return members if isinstance(members, dict) else refused(MALFORMED, "not a JSON object")


async def _page(call: Call) -> web.StreamResponse:
    page = call.fleet.pages.get(call.request.match_info["name"] or "index.html")
    if page is None:
        return refused(NOT_FOUND, "no such page")
    return web.Response(body=page.content, content_type=page.kind, charset="utf-8", headers=HEADERS)


async def _nowhere(call: Call) -> web.StreamResponse:
    """Answer what no route takes."""
    return refused(NOT_FOUND, f"no {call.request.method} {call.request.path}")
