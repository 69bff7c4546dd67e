"""Signing in and out at the fleet pages, and who is there."""

from __future__ import annotations

import math
from functools import partial
from typing import Final

from aiohttp import web

from sync.central.fleet.acts import ACT_ID_BYTES, DONE, note_work
from sync.central.fleet.answering import Call, Fleet, refused, told
from sync.central.fleet.menu import FLEET_PAGES
from sync.central.fleet.problems import CROWDED, LOCKED, WRONG
from sync.central.fleet.sessions import TOKEN_BYTES, begin_work, csrf_of, end_work
from sync.central.fleet.tries import forgive_work, slots_of, try_work
from sync.central.fleet.users import Role, Standing, standing_work

NAME_MAX: Final = 64
PASSWORD_MAX: Final = 256
CROWDED_S: Final = 2
UNKNOWN: Final = "(unknown)"
"""Who tried a name that nobody has."""


async def login(call: Call) -> web.StreamResponse:
    """Let somebody in by name and password. Who is not let in is told the same, known or not, after as long."""
    fleet, name = call.fleet, call.text("name")[:NAME_MAX]
    standing = await fleet.read(lambda: standing_work(name))
    wrong = await not_let_in(call, name, standing, call.text("password"))
    if wrong is not None:
        if wrong.status == WRONG.status:
            await _note_wrong(fleet, name if standing.role else "")
        return wrong
    token = fleet.centre.random_bytes(TOKEN_BYTES)
    await fleet.write(partial(begin_work, token, name, standing.change_no))
    await _note(fleet, name, "login")
    return _with_cookie(fleet, told(_told_of(name, Role(standing.role), csrf_of(token))), token.hex())


async def not_let_in(call: Call, name: str, standing: Standing, password: str) -> web.Response | None:
    """Return the refusal of a password that is wrong, or comes too soon after wrong ones; None for the right one."""
    fleet = call.fleet
    if fleet.passwords.is_crowded:
        return refused(CROWDED, "every place is taken", Retry_After=str(CROWDED_S))
    slots = slots_of(name, fleet.site.address(call.request))
    wait_ms = await fleet.write(partial(try_work, slots))
    if wait_ms:
        return refused(LOCKED, "wait before the next try", Retry_After=str(math.ceil(wait_ms / 1000)))
    if not await fleet.passwords.fits(standing.password_hash, password[:PASSWORD_MAX]):
        return refused(WRONG, "not let in")
    await fleet.write(partial(forgive_work, slots))
    return None


async def logout(call: Call) -> web.StreamResponse:
    """End the session."""
    await call.fleet.write(partial(end_work, call.who))
    await _note(call.fleet, call.who.name, "logout")
    return _with_cookie(call.fleet, told({}), "")


async def me(call: Call) -> web.StreamResponse:
    """Say whose session it is."""
    return told(_told_of(call.who.name, call.who.role, call.who.csrf))


def _told_of(name: str, role: Role, csrf: str) -> dict[str, object]:
    pages = [{"name": page.name, "within": page.within} for page in FLEET_PAGES if role.may(page.role)]
    return {"name": name, "role": role.value, "csrf": csrf, "pages": pages}


async def _note(fleet: Fleet, name: str, act: str) -> None:
    await fleet.write(partial(note_work, fleet.centre.random_bytes(ACT_ID_BYTES), name, act, DONE))


async def _note_wrong(fleet: Fleet, name: str) -> None:
    """Write a wrong password down; those of names that nobody has share one row, and take as long to write."""
    act_id = fleet.centre.random_bytes(ACT_ID_BYTES) if name else bytes(ACT_ID_BYTES)
    await fleet.write(partial(note_work, act_id, name or UNKNOWN, "login", WRONG.code))


def _with_cookie(fleet: Fleet, answer: web.Response, token: str) -> web.Response:
    """Give a browser the token of a session, or take it away where it is empty."""
    site = fleet.site
    age_s = None if token else 0
    answer.set_cookie(
        site.cookie, token, max_age=age_s, path="/", httponly=True, samesite="Strict", secure=site.is_secure
    )
    return answer
