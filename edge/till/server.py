"""The till's pages over HTTP on loopback. Actions are POSTs of the page itself."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web

from edge.control.messages import refusal
from edge.domain.errors import OneCardError, RemoteProtocolError
from edge.till.answering import HEADERS, TILL, Route, Till, json_answer, members_of, refused
from edge.till.events import diner_events, passenger_events, staff_events
from edge.till.signing_in import ACTIONS, acting, login, logout, me

BODY_BYTES_MAX: Final = 4_096
STATUSES: Final[Mapping[str, int]] = {"CONTROL_MALFORMED": 400, "CONTROL_ABSENT": 503}


def application(till: Till) -> web.Application:
    """Return the application of one till."""
    return _serving(
        till,
        ("POST", "/api/login", login),
        ("POST", "/api/logout", logout),
        ("GET", "/api/me", me),
        ("POST", "/api/do/{action}", _do),
        ("GET", "/events/staff", staff_events),
        ("GET", "/events/diner", diner_events),
    )


def passenger_application(till: Till) -> web.Application:
    """Return the application of one passenger's screen: nobody signs in, and nothing can be done there."""
    return _serving(till, ("GET", "/events/passenger", passenger_events))


def _serving(till: Till, *routes: tuple[str, str, Route]) -> web.Application:
    """Return an application with these routes, the pages and their texts."""
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    app[TILL] = till
    for method, path, route in (*routes, ("GET", "/texts.json", _texts), ("GET", "/{name:.*}", _page)):
        app.router.add_route(method, path, _guarded(route))
    return app


def _guarded(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Answer only to our own names (a foreign page may point its name here), and turn errors into JSON."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        till = request.app[TILL]
        if request.headers.get("Host", "") not in till.hosts():
            return refused(421, "host")
        try:
            return await route(till, request)
        except OneCardError as error:
            told = {name: part for name, part in refusal(error).items() if name != "ok"}
            return json_answer(told, STATUSES.get(error.code, 409))
        except web.HTTPRequestEntityTooLarge:
            return refused(413, "too_large")

    return guarded


async def _page(till: Till, request: web.Request) -> web.StreamResponse:
    page = till.pages.get(request.match_info["name"] or till.first)
    if page is None:
        return refused(404, "nowhere")
    return web.Response(body=page.content, content_type=page.kind, charset="utf-8", headers=HEADERS)


async def _texts(till: Till, _request: web.Request) -> web.StreamResponse:
    """Return the pages' texts, with those of the edition in force in place of the built-in ones."""
    texts = json.loads(till.pages["texts.json"].content)
    try:
        over = await till.feed.call(till.feed.topic.texts)
    except RemoteProtocolError:
        over = {}  # no terminal is there, or one of an older release: the built-in texts are shown
    for name in ("prompt", "menu"):
        table = texts.setdefault(name, {})
        for key, words in over.get(name, {}).items():
            table[key] = {**table.get(key, {}), **words}
    return json_answer(texts)


async def _do(till: Till, request: web.Request) -> web.StreamResponse:
    """Ask the terminal for an action, in the name of whose session it is."""
    session, action = await acting(till, request), request.match_info["action"]
    if isinstance(session, web.Response):
        return session
    if action not in ACTIONS:
        return refused(404, "nowhere")
    if session.role not in ACTIONS[action]:
        return refused(403, "role")
    told = await members_of(request)
    if told is None or "verb" in told:
        return refused(400, "malformed")
    answer = await till.feed.call(f"till.{action}", **{**told, "staff": session.staff, "role": session.role.value})
    return json_answer({name: part for name, part in answer.items() if name != "ok"})
