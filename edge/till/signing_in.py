"""Who acts at the staff page: signing in and out, what each role may, and the session of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from edge.control.messages import Message
from edge.domain.staff import STAFF
from edge.till.answering import Till, json_answer, members_of, refused
from edge.till.roster import Standing
from edge.till.sessions import Refusal, Session
from edge.till.staff_file import Role

COOKIE: Final = "onecard_till"
CSRF_HEADER: Final = "X-Till-Token"
ACTIONS: Final[Mapping[str, frozenset[Role]]] = {
    "offer": frozenset(Role),
    "cancel": frozenset(Role),
    "by_hand": frozenset({Role.CASHIER, Role.LEAD}),
    "collect": frozenset({Role.CASHIER, Role.LEAD}),
    "sales": frozenset(Role),
    "report": frozenset(Role),
    "shift.open": frozenset(Role),
    "shift.close": frozenset({Role.LEAD}),
    "shift.reopen": frozenset({Role.LEAD}),
    "void": frozenset(Role),
    "report.print": frozenset(Role),
    "receipt": frozenset(Role),
}
"""What each role may ask the terminal."""


async def login(till: Till, request: web.Request) -> web.StreamResponse:
    """Let somebody in by id and PIN."""
    told = await members_of(request)
    staff, pin = (str((told or {}).get(name, "")) for name in ("staff", "pin"))
    if told is None or len(staff) > 16 or len(pin) > 16:  # noqa: PLR2004 - an id and a PIN are short
        return refused(400, "pin_wrong")
    standing = await _standing(till, staff)
    found = Refusal.LOCKED if standing.wait_ms else till.sessions.login(staff, pin, standing.row, standing.idle_ms)
    if standing.row is not None and found is not Refusal.LOCKED:  # nobody fills the journal, by no id or a locked one
        await note(till, "refused" if isinstance(found, Refusal) else "login", staff)
    if isinstance(found, Refusal):
        return refused(429 if found is Refusal.LOCKED else 401, found.value)
    answer = json_answer({**_told_of(found), "roster": standing.source})
    answer.set_cookie(COOKIE, found.key, httponly=True, samesite="Strict", path="/")
    return answer


async def note(till: Till, word: str, staff: str) -> None:
    """Write an act of staff into the journal."""
    await till.feed.call("till.note", staff=staff, subject=f"staff.{word}")


async def _standing(till: Till, staff: str) -> Standing:
    """Look somebody up; what cannot be an id is nobody's, and the terminal is not asked."""
    return await till.roster.standing(staff, signing_in=True) if STAFF.fullmatch(staff) else Standing(None, "")


def _told_of(session: Session) -> Message:
    may = [action for action, roles in ACTIONS.items() if session.role in roles]
    return {"staff": session.staff, "role": session.role.value, "token": session.csrf, "may": may}


def session_of(till: Till, request: web.Request) -> Session | None:
    """Return the session of a request's cookie."""
    return till.sessions.of(request.cookies.get(COOKIE, ""))


async def acting(till: Till, request: web.Request) -> Session | web.Response:
    """Return who acts, by cookie and by the token that only the page knows; else the refusal.

    Whom the roster does not let in any more is signed out, also in the middle of a session; a new role holds at once.
    """
    session = session_of(till, request)
    if session is None:
        return refused(401, "signed_out")
    if not session.says(request.headers.get(CSRF_HEADER, "")):
        return refused(403, "signed_out")
    row = (await till.roster.standing(session.staff)).row
    if row is None:
        till.sessions.logout(session.key)
        return refused(401, "signed_out")
    session.role = Role(row.role)
    return session


async def me(till: Till, request: web.Request) -> web.StreamResponse:
    """Say whose session it is."""
    session = session_of(till, request)
    return refused(401, "signed_out") if session is None else json_answer(_told_of(session))


async def logout(till: Till, request: web.Request) -> web.StreamResponse:
    """End the session."""
    session = await acting(till, request)
    if isinstance(session, web.Response):
        return session
    till.sessions.logout(session.key)
    await note(till, "logout", session.staff)
    answer = json_answer({})
    answer.del_cookie(COOKIE, path="/")
    return answer
