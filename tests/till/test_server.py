"""The till's server from outside a browser: who may ask, what is refused, and what a screen that comes back is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
import pytest_asyncio
from aiohttp import ClientSession, ClientTimeout, CookieJar

from edge.domain.entry import Kind, Remark
from edge.till.sessions import TRIES
from edge.till.staff_file import FILE_NAME
from edge.wiring_till import TillOptions, served
from tests.scenarios.running_line import onecard
from tests.till.till_stage import CASHIER, LEAD, PIN, TillStage, canteen_on

pytestmark = [pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

Canteen = tuple[TillStage, str]
PATIENCE: Final = ClientTimeout(total=20)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canteen(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Canteen]:
    async with canteen_on(tmp_path_factory.mktemp("canteen")) as found:
        yield found


@asynccontextmanager
async def page(canteen: Canteen, who: str = "") -> AsyncIterator[ClientSession]:
    """Open a page, signed in as ``who``; its requests carry the token that such a page knows."""
    async with ClientSession(canteen[1], timeout=PATIENCE, cookie_jar=CookieJar(unsafe=True)) as session:
        if who:
            answer = await session.post("/api/login", json={"staff": who, "pin": PIN})
            assert answer.status == 200
            session.headers["X-Till-Token"] = (await answer.json())["token"]
        yield session


async def test_nobody_acts_without_signing_in(canteen: Canteen) -> None:
    async with page(canteen) as client:
        for path in ("/api/me", "/events/staff"):
            assert (await client.get(path)).status == 401
        assert (await client.post("/api/do/offer", json={})).status == 401


async def test_a_request_from_another_page_is_refused(canteen: Canteen) -> None:
    async with page(canteen, LEAD) as client:
        client.headers["X-Till-Token"] = "0" * 64
        assert (await client.post("/api/do/offer", json={"unit_fen": 100})).status == 403
        assert (await client.post("/api/logout", json={})).status == 403


async def test_a_name_that_is_not_ours_is_not_answered(canteen: Canteen) -> None:
    async with page(canteen) as client:
        answer = await client.get("/", headers={"Host": "till.example:80"})
        assert answer.status == 421


async def test_a_cashier_sells_and_neither_closes_nor_opens_again(canteen: Canteen) -> None:
    async with page(canteen, CASHIER) as client:
        for action in ("shift.close", "shift.reopen"):
            assert (await client.post(f"/api/do/{action}", json={})).status == 403
        answer = await client.post("/api/do/cancel", json={})
        assert (answer.status, await answer.json()) == (200, {"offer": None})


async def test_a_cashier_may_print_again_and_is_told_where_there_is_no_printer(canteen: Canteen) -> None:
    async with page(canteen, CASHIER) as client:
        assert "receipt" in (await (await client.get("/api/me")).json())["may"]
        answer = await client.post("/api/do/receipt", json={"tap": "00" * 8})
        told = await answer.json()
        assert (answer.status, told["code"]) == (409, "CONTROL_REFUSED")
        assert "no printer" in told["message"]


ABSURD: Final[dict[str, tuple[str, bytes, int]]] = {
    "an action that is none": ("entries", b"{}", 404),
    "a verb of its own": ("offer", b'{"verb": "ack"}', 400),
    "no object": ("offer", b"[]", 400),
    "no JSON": ("offer", b"{", 400),
    "a body beyond reason": ("offer", b'{"menu": "' + b"x" * 5_000 + b'"}', 413),
    "a price below nothing": ("offer", b'{"unit_fen": -1}', 400),
}


@pytest.mark.parametrize(("action", "body", "status"), ABSURD.values(), ids=ABSURD)
async def test_nonsense_is_refused(canteen: Canteen, action: str, body: bytes, status: int) -> None:
    async with page(canteen, LEAD) as client:
        if action == "offer":
            await client.post("/api/do/shift.open", json={})
        headers = {"Content-Type": "application/json"}
        assert (await client.post(f"/api/do/{action}", data=body, headers=headers)).status == status


async def test_a_page_cannot_act_in_another_name(canteen: Canteen) -> None:
    async with page(canteen, LEAD) as client:
        await client.post("/api/do/shift.open", json={})
        await client.post("/api/do/offer", json={"unit_fen": 900, "staff": CASHIER})
        await client.post("/api/do/cancel", json={"staff": CASHIER})
    noted = [entry.body for entry in await canteen[0].entries() if entry.kind is Kind.STAFF]
    cancelled = [body for body in noted if isinstance(body, Remark) and body.subject == "offer.cancelled"]
    assert dict(cancelled[-1].pairs)["staff"] == LEAD


async def test_who_signs_in_and_out_is_written_down(canteen: Canteen) -> None:
    async with page(canteen, CASHIER) as client:
        await client.post("/api/logout", json={})
        assert (await client.get("/api/me")).status == 401
    noted = [entry.body for entry in await canteen[0].entries() if entry.kind is Kind.STAFF]
    assert noted[-2:] == [Remark(f"staff.{word}", (("staff", CASHIER),)) for word in ("login", "logout")]


async def test_few_wrong_pins_are_heard(canteen: Canteen) -> None:
    async with page(canteen) as client:
        tried = [await client.post("/api/login", json={"staff": "s9", "pin": "0000"}) for _ in range(2)]
        tried += [await client.post("/api/login", json={"staff": CASHIER, "pin": "0000"}) for _ in range(TRIES + 1)]
        assert [answer.status for answer in tried] == [401] * (TRIES + 2) + [429]
        right = await client.post("/api/login", json={"staff": CASHIER, "pin": PIN})
        assert (await right.json())["code"] == "pin_locked"


async def test_wrong_pins_are_remembered_when_the_pages_start_anew(canteen: Canteen) -> None:
    """Kill the process that counted them in memory: the journal has them too."""
    stage, _ = canteen
    options = TillOptions(stage.till_socket, stage.config.parent / "credentials" / FILE_NAME)
    async with served(options) as address, page((stage, address)) as client:
        right = await client.post("/api/login", json={"staff": CASHIER, "pin": PIN})
        assert (right.status, (await right.json())["code"]) == (429, "pin_locked")


async def test_a_screen_that_comes_back_is_told_what_it_missed(canteen: Canteen) -> None:
    async with page(canteen, LEAD) as client:
        await client.post("/api/do/shift.open", json={})
        first, _ = await news(client, "")
        await client.post("/api/do/offer", json={"unit_fen": 700})
        await client.post("/api/do/cancel", json={})
        _, missed = await news(client, first, list_fen=700)
        assert missed["screen"] == "offer"
        _, unknown = await news(client, "another-1", screen="idle")
        assert unknown["list_fen"] == -1


async def news(client: ClientSession, last: str, **wanted: object) -> tuple[str, dict[str, Any]]:
    """Return id and picture of the first event of the diner's screen, or of the first whose picture has ``wanted``."""
    async with client.get("/events/diner", headers={"Last-Event-ID": last}) as stream:
        number = ""
        async for line in stream.content:
            name, _, told = line.decode().rstrip("\n").partition(": ")
            number = told if name == "id" else number
            if name == "data" and wanted.items() <= json.loads(told).items():
                return number, json.loads(told)
    raise AssertionError("the stream ended")


async def test_staff_are_added_by_a_command_that_never_shows_the_pin(canteen: Canteen) -> None:
    config = str(canteen[0].config)
    refused = await onecard("till", "--config", config, "staff", "add", "s7")
    assert (refused.code, "a PIN has" in refused.err) == (80, True), "no PIN came in"
    removed = await onecard("till", "--config", config, "--json", "staff", "remove", "s9")
    assert removed.facts["staff"] == [LEAD, CASHIER]


async def test_the_till_listens_on_loopback_alone(canteen: Canteen) -> None:
    ended = await onecard("till", "--config", str(canteen[0].config), "--listen", "0.0.0.0:0")
    assert (ended.code, "loopback" in ended.err) == (80, True)


async def test_a_terminal_that_is_no_till_has_no_pages(canteen: Canteen) -> None:
    bus = canteen[0].config.with_name("bus.toml")
    bus.write_text(canteen[0].config.read_text("utf-8").replace('mode = "till"', 'mode = "bus"'), "utf-8")
    ended = await onecard("till", "--config", str(bus))
    assert (ended.code, "no till" in ended.err) == (80, True)
