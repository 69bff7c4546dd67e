"""What is asked of the centre over HTTP: method, path, and who answers. ``openapi.json`` says the same for clients."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from edge.domain.frozen import frozen
from sync.central import answers
from sync.central.admission import Admission
from sync.central.answers import Answer, refused
from sync.central.centre import Centre
from sync.central.contract import CONTRACT_PATH, PROBLEMS_PATH, contract
from sync.central.measuring import Measures
from sync.central.problems import METHOD_UNKNOWN, NOT_FOUND
from sync.central.tls import PEER
from sync.paths import (
    CERTIFICATES_PATH,
    ENROL_PATH,
    GRANTS_PATH,
    KEYS_PATH,
    MANIFEST_PATH,
    SEGMENTS_PATH,
    TIME_PATH,
    batches_path,
)

BODY_TIMEOUT_S: Final = 20.0
ADMISSION: Final = web.AppKey("admission", Admission)
METRICS_PATH: Final = "/metrics"
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
FORWARDED: Final = frozenset({"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"})
NOWHERE: Final = "/{rest:.*}"


@frozen
class Route:
    """One operation of the contract; ``path`` is its template there too."""

    method: str
    path: str
    answer: Callable[[Centre, web.Request], Awaitable[Answer]]


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
    peer = request.get(PEER)
    return await answers.grants(centre, await _body(request), peer.terminal if peer is not None else "")


async def _certificates(centre: Centre, request: web.Request) -> Answer:
    peer = request.get(PEER)
    if peer is None or not centre.trust.issues:
        return refused(NOT_FOUND, "no certificates are asked for, or none are issued here")
    return await answers.certificate(centre, peer.terminal, await _body(request))


async def _manifest(centre: Centre, request: web.Request) -> Answer:
    wait_s = answers.wait_of(request.query.get("wait_s", "0"))
    etag = request.headers.get("If-None-Match", "")
    return await answers.manifest(centre, etag, wait_s, _named(request))


async def _segment(centre: Centre, request: web.Request) -> Answer:
    asked, span = request.headers.get("If-None-Match", ""), answers.range_of(request.headers.get("Range", ""))
    return await answers.segment(centre, request.match_info["sha256"], span, asked)


async def _time(centre: Centre, request: web.Request) -> Answer:
    return await answers.signed_time(centre, request.match_info["nonce"], _named(request))


async def _keys(centre: Centre, _request: web.Request) -> Answer:
    return answers.keys(centre)


def _named(request: web.Request) -> str:
    """Return which terminal asks: by its certificate where it has shown one, else by its own word."""
    peer = request.get(PEER)
    return peer.terminal if peer is not None else answers.terminal_of(request.query.get("terminal"))


async def _live(_centre: Centre, _request: web.Request) -> Answer:
    return Answer(content_type="text/plain", body=b"alive\n")


async def _ready(centre: Centre, _request: web.Request) -> Answer:
    await centre.pulse()
    return Answer(content_type="text/plain", body=b"ready\n")


async def _contract(_centre: Centre, _request: web.Request) -> Answer:
    return Answer(content_type="application/json", body=contract())


async def _problem(_centre: Centre, request: web.Request) -> Answer:
    return answers.problem_type(request.match_info["name"])


def metrics_by(measures: Measures | None) -> Route:
    """Return the route of the figures: told to this machine alone, for they say how the city's money stands."""

    async def metrics(_centre: Centre, request: web.Request) -> Answer:
        if measures is None:
            return refused(NOT_FOUND, "no figures are kept: pip install 'onecard-edge[metrics]'")
        if not _asked_from_here(request):
            return refused(NOT_FOUND, "figures are told on the centre's own machine")
        return Answer(content_type=METRICS_TYPE, body=await measures.exposition())

    return Route("GET", METRICS_PATH, metrics)


def _asked_from_here(request: web.Request) -> bool:
    """Say whether a request comes from this machine itself, and through no proxy that says so."""
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    passed_on = FORWARDED.intersection(request.headers)
    return isinstance(peer, tuple) and peer[0] in LOOPBACK and not passed_on


async def nowhere(_centre: Centre, request: web.Request) -> Answer:
    """Answer what no route takes: another method than the path knows, or a path that is none."""
    found = [await resource.resolve(request) for resource in request.app.router.resources()]
    methods = sorted(set().union(*(allowed for _, allowed in found)) - {"*"})
    if methods:
        answer = refused(METHOD_UNKNOWN, f"{request.path} takes {', '.join(methods)}")
        return answer.with_headers({"Allow": ", ".join(methods)})
    return refused(NOT_FOUND, f"no {request.method} {request.path}")


ROUTES: Final = (
    Route("POST", ENROL_PATH, _enrol),
    Route("POST", CERTIFICATES_PATH, _certificates),
    Route("POST", GRANTS_PATH, _grants),
    Route("POST", batches_path("{terminal}"), _batches),
    Route("GET", MANIFEST_PATH, _manifest),
    Route("GET", SEGMENTS_PATH + "{sha256}", _segment),
    Route("GET", TIME_PATH + "{nonce}", _time),
    Route("GET", KEYS_PATH, _keys),
    Route("GET", "/livez", _live),
    Route("GET", "/readyz", _ready),
    Route("GET", CONTRACT_PATH, _contract),
    Route("GET", PROBLEMS_PATH + "{name}", _problem),
)
