"""Who is let in at the fleet pages, and what a request has to bring: asked from outside a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from sync.central.fleet.answering import FleetRoute
from sync.central.fleet.routes import FLEET_ROUTES
from sync.central.fleet.server import CSRF_HEADER, POLL_HEADER
from sync.central.fleet.sessions import IDLE_MS, WHOLE_MS
from sync.central.fleet.tries import FIRST_WAIT_MS
from sync.central.fleet.users import Role
from sync.central.store.sqlite import open_sqlite
from tests.fleet.fleet_stage import ADMIN, OPERATOR, PASSWORD, VIEWER, FleetStage, fleet_in, fleet_on

pytestmark = [pytest.mark.centre]


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[FleetStage]:
    async with fleet_in(tmp_path) as found:
        yield found


def place_of(route: FleetRoute) -> str:
    return route.path.replace("{terminal}", "BUS-1")


async def test_nobody_is_told_anything_without_signing_in(stage: FleetStage) -> None:
    async with stage.browser() as session:
        for route in FLEET_ROUTES:
            if route.role is not None:
                body: dict[str, dict[str, str]] = {} if route.method == "GET" else {"json": {}}
                assert await stage.code_of(session, route.method, place_of(route), **body) == (401, "SIGNED_OUT")


async def test_only_the_least_role_and_those_above_it_may_ask(stage: FleetStage) -> None:
    for who, role in ((VIEWER, Role.VIEWER), (OPERATOR, Role.OPERATOR), (ADMIN, Role.ADMIN)):
        async with stage.browser(who) as session:
            for route in FLEET_ROUTES:
                if route.role is None or route.path == "/api/logout":
                    continue
                body: dict[str, dict[str, str]] = {} if route.method == "GET" else {"json": {}}
                status, _ = await stage.code_of(session, route.method, place_of(route), **body)
                assert (status == 403) is not role.may(route.role), (who, route.path)


async def test_a_session_ends_when_idle_and_a_page_that_asks_by_itself_keeps_none_alive(stage: FleetStage) -> None:
    async with stage.browser(VIEWER) as session:
        for _ in range(3):
            stage.now_ms += IDLE_MS - 1
            assert (await session.get("/api/me")).status == 200
        stage.now_ms += IDLE_MS - 1
        assert (await session.get("/api/me", headers={POLL_HEADER: "1"})).status == 200
        stage.now_ms += 1
        assert await stage.code_of(session, "GET", "/api/me") == (401, "SIGNED_OUT")


async def test_a_session_ends_half_a_day_after_its_begin(stage: FleetStage) -> None:
    begun_ms = stage.now_ms
    async with stage.browser(VIEWER) as session:
        while stage.now_ms < begun_ms + WHOLE_MS - IDLE_MS:
            stage.now_ms += IDLE_MS - 1
            assert (await session.get("/api/me")).status == 200
        stage.now_ms = begun_ms + WHOLE_MS
        assert (await session.get("/api/me")).status == 401


async def test_who_signs_out_is_out_also_with_the_cookie_kept(stage: FleetStage) -> None:
    async with stage.browser(VIEWER) as session:
        kept = "; ".join(f"{cookie.key}={cookie.value}" for cookie in session.cookie_jar)
        assert (await session.post("/api/logout", json={})).status == 200
        assert (await session.get("/api/me")).status == 401
        async with stage.browser(Cookie=kept) as thief:
            assert (await thief.get("/api/me")).status == 401


CHANGES: Final = {
    "another role": ("user.role", {"role": "admin"}),
    "another password": ("user.password", {"password": "battery horse correct"}),
    "a removal": ("user.remove", {}),
}


@pytest.mark.parametrize(("verb", "members"), CHANGES.values(), ids=CHANGES)
async def test_a_session_ends_at_once_by(stage: FleetStage, verb: str, members: dict[str, str]) -> None:
    async with stage.browser(VIEWER) as session:
        await stage.admin.call(verb, {"name": VIEWER, **members})
        assert (await session.get("/api/me")).status == 401


FORGERIES: Final[dict[str, dict[str, str]]] = {
    "without the page's token": {CSRF_HEADER: ""},
    "with another session's token": {CSRF_HEADER: "0" * 64},
    "from another origin": {"Origin": "https://evil.example"},
    "from no origin": {"Origin": "null"},
    "from another site of the same machine": {"Sec-Fetch-Site": "same-site"},
}


@pytest.mark.parametrize("headers", FORGERIES.values(), ids=FORGERIES)
async def test_a_request_is_refused(stage: FleetStage, headers: dict[str, str]) -> None:
    async with stage.browser(VIEWER) as session:
        assert await stage.code_of(session, "POST", "/api/logout", json={}, headers=headers) == (403, "FORGED")
        assert (await session.get("/api/me")).status == 200


async def test_a_login_from_another_page_is_refused(stage: FleetStage) -> None:
    members = {"name": VIEWER, "password": PASSWORD}
    async with stage.browser(Origin="https://evil.example") as session:
        assert await stage.code_of(session, "POST", "/api/login", json=members) == (403, "FORGED")


async def test_a_name_that_is_not_ours_is_not_answered(stage: FleetStage) -> None:
    async with stage.browser(Host="fleet.example") as session:
        assert await stage.code_of(session, "GET", "/") == (421, "ELSEWHERE")


@pytest.mark.parametrize("name", [VIEWER, "nobody", "' OR 1=1 --"])
async def test_wrong_passwords_are_slowed_down_for_known_and_unknown_names_alike(stage: FleetStage, name: str) -> None:
    wrong = {"name": name, "password": "wrong"}
    async with stage.browser() as session:
        tried = [await session.post("/api/login", json=wrong) for _ in range(6)]
        assert [answer.status for answer in tried] == [401] * 5 + [429]
        assert int(tried[-1].headers["Retry-After"]) == FIRST_WAIT_MS / 1000
        bodies = {await answer.text() for answer in tried[:5]}
        assert len(bodies) == 1
        stage.now_ms += FIRST_WAIT_MS
        assert (await session.post("/api/login", json=wrong)).status == 401
        stage.now_ms += FIRST_WAIT_MS
        assert (await session.post("/api/login", json=wrong)).headers["Retry-After"] == "15"


async def test_a_locked_name_is_not_let_in_by_the_right_password_before_its_time(stage: FleetStage) -> None:
    right = {"name": VIEWER, "password": PASSWORD}
    async with stage.browser() as session:
        for _ in range(5):
            await session.post("/api/login", json={**right, "password": "wrong"})
        assert await stage.code_of(session, "POST", "/api/login", json=right) == (429, "LOCKED")
        stage.now_ms += FIRST_WAIT_MS
        assert (await session.post("/api/login", json=right)).status == 200
        assert (await session.post("/api/login", json={**right, "password": "wrong"})).status == 401


async def test_what_was_done_is_listed_for_administrators(stage: FleetStage) -> None:
    async with stage.browser(VIEWER) as session:
        for name in (OPERATOR, "nobody", "nobody-else"):
            await session.post("/api/login", json={"name": name, "password": "wrong"})
        await session.post("/api/logout", json={})
    async with stage.browser(ADMIN) as session:
        acts = (await (await session.get("/api/acts")).json())["acts"]
    told = sorted((row["name"], row["act"], row["outcome"]) for row in acts)
    assert told == [
        ("(unknown)", "login", "WRONG_PASSWORD"),
        (ADMIN, "login", "done"),
        (OPERATOR, "login", "WRONG_PASSWORD"),
        (VIEWER, "login", "done"),
        (VIEWER, "logout", "done"),
    ]


async def test_the_cookie_is_of_this_site_alone_and_no_script_sees_it(stage: FleetStage) -> None:
    async with stage.browser() as session:
        answer = await session.post("/api/login", json={"name": VIEWER, "password": PASSWORD})
        cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert "Max-Age" not in cookie


async def test_every_answer_forbids_what_a_page_of_ours_never_does(stage: FleetStage) -> None:
    async with stage.browser() as session:
        for path in ("/", "/frame.js", "/api/me", "/nowhere"):
            headers = (await session.get(path)).headers
            assert "default-src 'self'" in headers["Content-Security-Policy"]
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"


NONSENSE: Final[dict[str, tuple[bytes, str, int]]] = {
    "no JSON": (b"{", "application/json", 400),
    "no object": (b"[]", "application/json", 400),
    "a form, as another page could send it": (b"name=vera", "application/x-www-form-urlencoded", 400),
    "a number for a name": (b'{"name": 1, "password": "x"}', "application/json", 400),
    "a body beyond reason": (b'{"name": "' + b"x" * 20_000 + b'"}', "application/json", 413),
}


@pytest.mark.parametrize(("body", "kind", "status"), NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_refused(stage: FleetStage, body: bytes, kind: str, status: int) -> None:
    async with stage.browser() as session:
        assert (await session.post("/api/login", data=body, headers={"Content-Type": kind})).status == status


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/nothing"), ("GET", "/api/login"), ("POST", "/api/me")])
async def test_what_nobody_serves_is_not_found(stage: FleetStage, method: str, path: str) -> None:
    async with stage.browser(VIEWER) as session:
        body: dict[str, dict[str, str]] = {} if method == "GET" else {"json": {}}
        assert await stage.code_of(session, method, path, **body) == (404, "NOT_FOUND")


async def test_a_store_that_fails_is_told_as_what_may_pass(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "other.db")
    async with fleet_on(store) as stage, stage.browser(VIEWER) as session:
        store.broken.set()
        answer = await session.get("/api/terminals")
        told = await answer.json()
    await store.close()
    assert (answer.status, told["code"], answer.headers["Retry-After"]) == (503, "STORE_IO", "5")


async def test_the_type_of_a_problem_leads_to_what_it_means(stage: FleetStage) -> None:
    async with stage.browser() as session:
        refused = await (await session.get("/api/me")).json()
        told = await (await session.get(refused["type"])).json()
        assert {**told, "detail": refused["detail"]} == refused
        assert (await session.get("/problems/none")).status == 404
