"""What every answer of the fleet pages is made of: the parts of a fleet, a call, JSON, problems, and acts."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import field
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from aiohttp import web

from edge.domain.errors import OneCardError, RemoteProtocolError
from edge.domain.frozen import frozen
from edge.page_files import Page
from edge.telemetry import log
from sync.central.centre import Centre
from sync.central.courier import Ask
from sync.central.fleet.acts import ACT_ID_BYTES, BEGUN, DONE, begin_act_work, end_act_work
from sync.central.fleet.problems import FAILED, MALFORMED, REFUSED, document_of
from sync.central.fleet.sessions import Session
from sync.central.fleet.site import Site
from sync.central.fleet.users import Role
from sync.central.problems import PROBLEM_TYPE, Problem
from sync.central.store.port import Work

R = TypeVar("R")

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
LOG: Final = logging.getLogger("onecard.fleet")


class Passwords(Protocol):
    """Hashes of passwords; see :class:`sync.central.fleet.passwords.ArgonPasswords`."""

    @property
    def is_crowded(self) -> bool:
        """Say whether who comes now would wait long."""
        ...

    async def hashed(self, password: str) -> str:
        """Return a hash; raises ``CONFIG_VALUE``."""
        ...

    async def fits(self, password_hash: str, password: str) -> bool:
        """Say whether a password is the one of a hash; an empty hash is nobody's."""
        ...


@frozen
class Fleet:
    """Everything that an answer needs. ``ask`` does one of the operator's verbs; ``site`` is where pages are seen."""

    centre: Centre
    ask: Ask
    passwords: Passwords
    now_ms: Callable[[], int]
    site: Site
    pages: Mapping[str, Page]

    async def read(self, work: Callable[[], Work[R]]) -> R:
        """Read one thing from the store."""
        return await self.centre.read(work)

    async def write(self, work: Callable[[int], Work[R]]) -> R:
        """Do one piece of work at the time of now, ms UTC."""
        return await self.centre.write(work)


@frozen
class Call:
    """One request of somebody; nobody where ``session`` is None, which only routes without a role are given."""

    fleet: Fleet
    request: web.Request
    session: Session | None = None
    members: Mapping[str, Any] = field(default_factory=dict)

    @property
    def who(self) -> Session:
        """Return whose request it is."""
        if self.session is None:
            raise RuntimeError("a route without a role asks who calls")
        return self.session

    def text(self, name: str) -> str:
        """Return a member of the body that is text, empty where there is none; raises ``WIRE_MALFORMED``."""
        value = self.members.get(name, "")
        if not isinstance(value, str):
            raise RemoteProtocolError("WIRE_MALFORMED", f"{name} is text")
        return value

    def asked(self, name: str) -> str:
        """Return a parameter of the query, empty where there is none."""
        return self.request.query.get(name, "")

    @asynccontextmanager
    async def acting(self, act: str, subject: str) -> AsyncIterator[None]:
        """Write an act down before the block does it, and after it how it ended; errors pass."""
        fleet, act_id, outcome = self.fleet, self.fleet.centre.random_bytes(ACT_ID_BYTES), BEGUN
        begun = partial(begin_act_work, act_id, self.who.name, act, subject)
        await fleet.write(begun)
        try:
            yield
            outcome = DONE
        except OneCardError as error:
            outcome = error.code
            raise
        finally:
            await fleet.write(lambda _: end_act_work(act_id, outcome))
            log(LOG, logging.INFO, "fleet.acted", user=self.who.name, act=act, subject=subject, outcome=outcome)


FLEET: Final = web.AppKey("fleet", Fleet)
Respond = Callable[[Call], Awaitable[web.StreamResponse]]
SMALL_BYTES: Final = 16 * 1024


@frozen
class FleetRoute:
    """Method, path and who answers. ``role`` is the least that may ask; None: anybody, also who is not signed in.

    What is no GET takes a JSON object of at most ``body_bytes_max``.
    """

    method: str
    path: str
    role: Role | None
    respond: Respond
    body_bytes_max: int = SMALL_BYTES


def told(members: Mapping[str, object], status: int = 200) -> web.Response:
    """Return an answer in JSON."""
    body = json.dumps(members, ensure_ascii=False)
    return web.Response(text=body, status=status, content_type="application/json", headers=HEADERS)


def refused(problem: Problem, detail: str, code: str = "", **headers: str) -> web.Response:
    """Return a problem document (RFC 9457); ``code`` is the error's behind it, whose hint is told."""
    document = {**document_of(problem, code), "detail": detail}
    body = json.dumps(document, ensure_ascii=False).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(body=body, status=problem.status, headers={**HEADERS, **named, "Content-Type": PROBLEM_TYPE})


def refused_by(error: OneCardError) -> web.Response:
    """Return the problem document of a coded error: what the store cannot do now may pass, everything else does not."""
    if error.family == "store":
        return refused(FAILED, str(error.args[0]), error.code, Retry_After="5")
    problem = MALFORMED if error.code == "WIRE_MALFORMED" else REFUSED
    return refused(problem, str(error.args[0]), error.code)
