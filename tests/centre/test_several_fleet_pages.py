"""Several processes of one centre serve the fleet pages from one database: who signs in at one is known to all."""

from __future__ import annotations

import asyncio

import pytest

from sync.central.fleet.server import CSRF_HEADER
from sync.central.store.port import CentralStore
from sync.central.store.postgres import open_postgres
from tests.fleet.fleet_stage import OPERATOR, PASSWORD, VIEWER, fleet_on

pytestmark = pytest.mark.centre


async def test_a_session_is_the_same_at_every_server(database: str, store: CentralStore) -> None:
    other = await open_postgres(database, "")
    async with fleet_on(store) as one, fleet_on(other) as two, one.browser(OPERATOR) as here:
        kept = "; ".join(f"{cookie.key}={cookie.value}" for cookie in here.cookie_jar)
        async with two.browser(Cookie=kept) as there:
            there.headers[CSRF_HEADER] = here.headers[CSRF_HEADER]
            moved = await there.post("/api/groups", json={"group": "pilot", "terminals": ["bus-1"]})
            assert moved.status == 200
            groups = (await (await here.get("/api/publications")).json())["groups"]
            assert groups == {"pilot": 1}
            assert (await there.post("/api/logout", json={})).status == 200
        assert (await here.get("/api/me")).status == 401
    await other.close()


async def test_wrong_passwords_are_counted_by_all_servers_together(database: str, store: CentralStore) -> None:
    other = await open_postgres(database, "")
    wrong, right = {"name": VIEWER, "password": "wrong"}, {"name": VIEWER, "password": PASSWORD}
    async with fleet_on(store) as one, fleet_on(other) as two, one.browser() as here, two.browser() as there:
        tried = await asyncio.gather(*(page.post("/api/login", json=wrong) for page in (here, there) for _ in range(4)))
        assert sorted(answer.status for answer in tried) == [401] * 5 + [429] * 3
        assert (await there.post("/api/login", json=right)).status == 429
    await other.close()
