"""The till's pages over HTTP on loopback: the only door to aiohttp here. Actions are POSTs of the page itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from edge.control.messages import Message
from edge.domain.errors import OneCardError, RemoteProtocolError
from edge.domain.meals.shift import STAFF
from edge.till.diner import diner_view
from edge.till.feed import Feed
from edge.till.roster import Roster, Standing
from edge.till.sessions import Refusal, Session, Sessions
from edge.till.staff_file import Role

COOKIE: Final = "onecard_till"
CSRF_HEADER: Final = "X-Till-Token"
BODY_BYTES_MAX: Final = 4_096
BEAT_S: Final = 15.0
"""A line without news still shows that it is alive."""
STATUSES: Final[Mapping[str, int]] = {"CONTROL_MALFORMED": 400, "CONTROL_ABSENT": 503}
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
ACTIONS: Final[Mapping[str, frozenset[Role]]] = {
    "offer": frozenset(Role),
    "cancel": frozenset(Role),
    "sales": frozenset(Role),
    "report": frozenset(Role),
    "shift.open": frozenset(Role),
    "shift.close": frozenset({Role.LEAD}),
    "void": frozenset({Role.LEAD}),
    "receipt": frozenset(Role),
}
"""What each role may ask the terminal."""


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the pages."""

    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Till:
    """Everything a request needs. ``hosts`` are the names by which this server may be called."""

    feed: Feed
    sessions: Sessions
    roster: Roster
    pages: Mapping[str, Page]
    hosts: Callable[[], frozenset[str]]


TILL: Final = web.AppKey("till", Till)
Route = Callable[[Till, web.Request], Awaitable[web.StreamResponse]]


def application(till: Till) -> web.Application:
    """Return the application of one till."""
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    app[TILL] = till
    for method, path, route in (
        ("POST", "/api/login", _login),
        ("POST", "/api/logout", _logout),
        ("GET", "/api/me", _me),
        ("POST", "/api/do/{action}", _do),
        ("GET", "/events/staff", _staff_events),
        ("GET", "/events/diner", _diner_events),
        ("GET", "/texts.json", _texts),
        ("GET", "/{name:.*}", _page),
    ):
        app.router.add_route(method, path, _guarded(route))
    return app


def _guarded(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Answer only to our own names (a foreign page may point its name here), and turn errors into JSON."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        till = request.app[TILL]
        if request.headers.get("Host", "") not in till.hosts():
            return _refused(421, "host")
        try:
            return await route(till, request)
        except OneCardError as error:
            told = {"code": error.code, "message": str(error.args[0]), "hint": error.hint}
            return _json(told, STATUSES.get(error.code, 409))
        except web.HTTPRequestEntityTooLarge:
            return _refused(413, "too_large")

    return guarded


def _json(told: Mapping[str, object], status: int = 200) -> web.Response:
    body = json.dumps(told, ensure_ascii=False)
    return web.Response(text=body, status=status, content_type="application/json", headers=HEADERS)


def _refused(status: int, why: str) -> web.Response:
    """Return a refusal; ``why`` is a key of the pages' texts."""
    return _json({"code": why}, status)


async def _members(request: web.Request) -> dict[str, Any] | None:
    """Return the JSON object of a request, None where it is none."""
    try:
        told = json.loads(await request.read()) if request.content_type == "application/json" else None
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


async def _page(till: Till, request: web.Request) -> web.StreamResponse:
    page = till.pages.get(request.match_info["name"] or "staff.html")
    if page is None:
        return _refused(404, "nowhere")
    return web.Response(body=page.content, content_type=page.kind, charset="utf-8", headers=HEADERS)


async def _texts(till: Till, _request: web.Request) -> web.StreamResponse:
    """Return the pages' texts, with those of the edition in force in place of the built-in ones."""
    texts = json.loads(till.pages["texts.json"].content)
    try:
        over = await till.feed.call("till.texts")
    except RemoteProtocolError:
        over = {}  # no terminal is there, or one of an older release: the built-in texts are shown
    for name in ("prompt", "menu"):
        table = texts.setdefault(name, {})
        for key, words in over.get(name, {}).items():
            table[key] = {**table.get(key, {}), **words}
    return _json(texts)


async def _login(till: Till, request: web.Request) -> web.StreamResponse:
    told = await _members(request)
    staff, pin = (str((told or {}).get(name, "")) for name in ("staff", "pin"))
    if told is None or len(staff) > 16 or len(pin) > 16:  # noqa: PLR2004 - an id and a PIN are short
        return _refused(400, "pin_wrong")
    standing = await _standing(till, staff)
    found = till.sessions.login(staff, pin, standing.row, standing.idle_ms)
    if standing.row is not None:  # an id that nobody has is not written anywhere
        await _note(till, "refused" if isinstance(found, Refusal) else "login", staff)
    if isinstance(found, Refusal):
        return _refused(429 if found is Refusal.LOCKED else 401, found.value)
    answer = _json({**_told_of(found), "roster": standing.source})
    answer.set_cookie(COOKIE, found.key, httponly=True, samesite="Strict", path="/")
    return answer


async def _note(till: Till, word: str, staff: str) -> None:
    """Write an act of staff into the journal."""
    await till.feed.call("till.note", staff=staff, subject=f"staff.{word}")


async def _standing(till: Till, staff: str) -> Standing:
    """Look somebody up; what cannot be an id is nobody's, and the terminal is not asked."""
    return await till.roster.standing(staff) if STAFF.fullmatch(staff) else Standing(None, "")


def _told_of(session: Session) -> Message:
    may = [action for action, roles in ACTIONS.items() if session.role in roles]
    return {"staff": session.staff, "role": session.role.value, "token": session.csrf, "may": may}


def _session(till: Till, request: web.Request) -> Session | None:
    return till.sessions.of(request.cookies.get(COOKIE, ""))


async def _acting(till: Till, request: web.Request) -> Session | web.Response:
    """Return who acts, by cookie and by the token that only the page knows; else the refusal.

    Whom the roster does not let in any more is signed out, also in the middle of a session; a new role holds at once.
    """
    session = _session(till, request)
    if session is None:
        return _refused(401, "signed_out")
    if not session.says(request.headers.get(CSRF_HEADER, "")):
        return _refused(403, "signed_out")
    row = (await till.roster.standing(session.staff)).row
    if row is None:
        till.sessions.logout(session.key)
        return _refused(401, "signed_out")
    session.role = Role(row.role)
    return session


async def _me(till: Till, request: web.Request) -> web.StreamResponse:
    session = _session(till, request)
    return _refused(401, "signed_out") if session is None else _json(_told_of(session))


async def _logout(till: Till, request: web.Request) -> web.StreamResponse:
    session = await _acting(till, request)
    if isinstance(session, web.Response):
        return session
    till.sessions.logout(session.key)
    await _note(till, "logout", session.staff)
    answer = _json({})
    answer.del_cookie(COOKIE, path="/")
    return answer


async def _do(till: Till, request: web.Request) -> web.StreamResponse:
    """Ask the terminal for an action, in the name of whose session it is."""
    session, action = await _acting(till, request), request.match_info["action"]
    if isinstance(session, web.Response):
        return session
    if action not in ACTIONS:
        return _refused(404, "nowhere")
    if session.role not in ACTIONS[action]:
        return _refused(403, "role")
    told = await _members(request)
    if told is None or "verb" in told:
        return _refused(400, "malformed")
    answer = await till.feed.call(f"till.{action}", **{**told, "staff": session.staff})
    return _json({name: part for name, part in answer.items() if name != "ok"})


async def _diner_events(till: Till, request: web.Request) -> web.StreamResponse:
    return await _stream(till, request, diner_view)


async def _staff_events(till: Till, request: web.Request) -> web.StreamResponse:
    if _session(till, request) is None:
        return _refused(401, "signed_out")
    return await _stream(till, request, lambda state: state)


async def _stream(till: Till, request: web.Request, view: Callable[[Message], Message]) -> web.StreamResponse:
    """Push pictures as server-sent events (WHATWG HTML 9.2); the last id that a screen saw says where to resume."""
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
    await response.prepare(request)
    pictures = till.feed.after(request.headers.get("Last-Event-ID", ""))
    sent = ""
    try:
        async for number, picture in _with_beats(pictures):
            told = json.dumps(view(picture), ensure_ascii=False) if number else sent
            line = f"id: {number}\ndata: {told}\n\n" if told != sent else ":\n\n"
            await response.write(line.encode())
            sent = told
    except ConnectionError:
        pass  # the screen went away; it resumes by itself
    return response


async def _with_beats(pictures: AsyncIterator[tuple[str, Message]]) -> AsyncIterator[tuple[str, Message]]:
    """Yield pictures, and an empty id where none came for a while."""
    waiting = asyncio.ensure_future(anext(pictures))
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=BEAT_S)
            if not done:
                yield "", {}
                continue
            yield waiting.result()
            waiting = asyncio.ensure_future(anext(pictures))
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
