"""A centre with its fleet pages on loopback, a clock that a test moves, and three people with one password."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession, ClientTimeout, CookieJar
from argon2 import PasswordHasher

from edge.clock import SystemIds
from sync.central.admin import Admin
from sync.central.centre import Centre
from sync.central.fleet.server import CSRF_HEADER
from sync.central.fleet.serving import FleetFront, fleet_listening
from sync.central.fleet.users import COMMAND, Role, add_user_work, users_work
from sync.central.store.port import CentralStore
from sync.central.store.sqlite import open_sqlite
from tests.conformance.central_store import KEYS
from tests.sync.builders import NOON_MS

PASSWORD: Final = "correct horse battery"
VIEWER, OPERATOR, ADMIN = "vera", "olga", "ada"
ROLES: Final = {VIEWER: "viewer", OPERATOR: "operator", ADMIN: "admin"}
CHEAP_HASH: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A hash says its own cost: this one is compared in no time."""
PATIENCE: Final = ClientTimeout(total=20)


@dataclass
class FleetStage:
    """One centre; ``now_ms`` is its time."""

    centre: Centre
    admin: Admin
    address: str
    now_ms: int

    @asynccontextmanager
    async def browser(self, who: str = "", **headers: str) -> AsyncIterator[ClientSession]:
        """Open what speaks as a page of ours does, signed in as ``who``."""
        sent = {"Origin": self.address, "Sec-Fetch-Site": "same-origin", **headers}
        jar = CookieJar(unsafe=True)
        async with ClientSession(self.address, timeout=PATIENCE, cookie_jar=jar, headers=sent) as session:
            if who:
                answer = await session.post("/api/login", json={"name": who, "password": PASSWORD})
                assert answer.status == 200
                session.headers[CSRF_HEADER] = (await answer.json())["csrf"]
            yield session

    async def code_of_login(self, name: str, password: str) -> str:
        """Return the code with which a login is refused."""
        async with self.browser() as session:
            return (await self.code_of(session, "POST", "/api/login", json={"name": name, "password": password}))[1]

    async def code_of(self, session: ClientSession, method: str, path: str, **kw: Any) -> tuple[int, str]:  # noqa: ANN401 - what aiohttp takes
        """Ask; return status and code of the answer."""
        async with session.request(method, path, **kw) as answer:
            return answer.status, (await answer.json()).get("code", "")


@asynccontextmanager
async def fleet_on(store: CentralStore, origin: str = "") -> AsyncIterator[FleetStage]:
    """Serve the pages of a centre on a store, as a proxy asks for them where there is an ``origin``."""
    random_bytes = SystemIds().random_bytes
    centre = Centre(store, KEYS, lambda: stage.now_ms, random_bytes)
    admin = Admin(centre, KEYS.token_key)
    stage = FleetStage(centre, admin, "", NOON_MS)
    known = {user.name for user in await centre.read(users_work)}
    for name in ROLES.keys() - known:
        await centre.write(partial(add_user_work, name, Role(ROLES[name]), CHEAP_HASH, COMMAND))
    front = FleetFront(origin=origin)
    async with fleet_listening(front, centre, admin.call, lambda: stage.now_ms, 0.1) as stage.address:
        yield stage


@asynccontextmanager
async def fleet_in(folder: Path, origin: str = "") -> AsyncIterator[FleetStage]:
    """Serve the pages of a fresh centre on SQLite."""
    store = await open_sqlite(folder / "central.db")
    try:
        async with fleet_on(store, origin) as stage:
            yield stage
    finally:
        await store.close()
