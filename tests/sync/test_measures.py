"""What the server counts, and whom it tells: figures without names, and one log line for each request."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from edge.telemetry import log_to
from sync.central.admin import Admin, admin_application
from sync.central.measuring import measures_where_installed
from sync.central.server import application, operations
from sync.central.store.sqlite import open_sqlite
from sync.paths import BATCH_TYPE, MANIFEST_PATH, batches_path
from tests.conformance.central_store import KEYS, centre_on, enrolled
from tests.sync.served import served_centre

Figures = dict[tuple[str, str], float]


async def figures_at(session: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, Figures]:
    """Return the status, and the samples by name and labels."""
    async with session.get(url + "/metrics", headers=headers) as answer:
        text = await answer.text()
    if answer.status != 200:
        return answer.status, {}
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return 200, {(sample.name, ",".join(sample.labels.values())): sample.value for sample in samples}


async def post(session: aiohttp.ClientSession, url: str, body: bytes, **headers: str) -> aiohttp.ClientResponse:
    fields = {"Content-Type": BATCH_TYPE, **headers}
    async with session.post(url + batches_path("BUS-1"), data=body, headers=fields) as answer:
        await answer.read()
        return answer


async def test_batches_taps_and_what_was_set_aside_are_counted(tmp_path: Path) -> None:
    made = measures_where_installed("1.2.3")
    async with served_centre(tmp_path, measures_of=made) as (centre, url), aiohttp.ClientSession() as session:
        ledger = await enrolled(centre)
        ledger.ride(1)
        ledger.ride(2)
        ledger.torn(3)
        ledger.raws[0] = ledger.raws[0][:-1]
        for body in (ledger.packed(), ledger.packed(), b"no batch"):
            await post(session, url, body)
        _, found = await figures_at(session, url)
    assert {result: found["onecard_batches_total", result] for result in ("accepted", "duplicate", "refused")} == {
        "accepted": 1,
        "duplicate": 1,
        "refused": 1,
    }
    assert found["onecard_taps_ingested_total", ""] == 1
    assert (found["onecard_entries_ingested_total", "held"], found["onecard_entries_ingested_total", "aside"]) == (4, 2)
    assert found["onecard_quarantined_entries", ""] == 2
    assert found["onecard_ingest_duration_seconds_count", ""] == 2
    assert found["onecard_requests_total", "POST,/v1/terminals/{terminal}/batches,422"] == 1
    assert (found["onecard_terminals", ""], found["onecard_alarms", "entries_quarantined"]) == (1, 1)
    assert found["onecard_build_info", "1.2.3"] == 1
    assert not any("BUS-1" in labels for _, labels in found)


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "Via"])
async def test_figures_are_not_told_through_a_proxy(header: str, tmp_path: Path) -> None:
    made = measures_where_installed("1")
    async with served_centre(tmp_path, measures_of=made) as (_, url), aiohttp.ClientSession() as session:
        assert (await figures_at(session, url))[0] == 200
        assert (await figures_at(session, url, **{header: "for=192.0.2.1"}))[0] == 404


async def test_without_the_extra_there_are_no_figures_and_the_answer_says_how_to_get_them(tmp_path: Path) -> None:
    async with (
        served_centre(tmp_path) as (_, url),
        aiohttp.ClientSession() as session,
        session.get(url + "/metrics") as answer,
    ):
        assert (answer.status, "onecard-edge[metrics]" in await answer.text()) == (404, True)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    log_to(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return what the centre said, in order."""
    return [line for text in stream.getvalue().splitlines() if (line := json.loads(text))["event"][:8] == "request."]


async def test_every_request_is_one_line_under_its_own_name(tmp_path: Path, lines: io.StringIO) -> None:
    async with served_centre(tmp_path) as (centre, url), aiohttp.ClientSession() as session:
        ledger = await enrolled(centre)
        ledger.ride(1)
        named = await post(session, url, ledger.packed(), **{"X-Request-Id": "depot-7.1"})
        fresh = await post(session, url, b"", **{"X-Request-Id": "two words"})
        async with session.get(url + "/livez"):
            pass
    first, second = told(lines)
    assert (first["request"], first["result"], first["terminal"], first["last_seq"]) == (
        "depot-7.1",
        "accepted",
        "BUS-1",
        2,
    )
    assert named.headers["X-Request-Id"] == "depot-7.1"
    assert (second["event"], second["problem"], second["status"]) == ("request.refused", "malformed", 422)
    assert second["request"] == fresh.headers["X-Request-Id"] != "two words"


async def test_what_an_operator_asks_is_one_line_each(tmp_path: Path, lines: io.StringIO) -> None:
    store = await open_sqlite(tmp_path / "central.db")
    owners = admin_application(Admin(centre_on(store), KEYS.token_key))
    async with TestClient(TestServer(owners), raise_for_status=False) as client:
        for verb, asked in (("terminal.list", {}), ("halt", {"group": "pilot"})):
            await client.post(f"/admin/{verb}", json=asked)
    await store.close()
    found = [json.loads(text) for text in lines.getvalue().splitlines()]
    assert [(line["event"], line["verb"], line.get("code")) for line in found if "verb" in line] == [
        ("verb.done", "terminal.list", None),
        ("verb.refused", "halt", "CONFIG_VALUE"),
    ]


async def test_a_card_number_in_a_path_reaches_no_line(tmp_path: Path, lines: io.StringIO) -> None:
    number = "3104930499900000017"
    async with served_centre(tmp_path) as (_, url), aiohttp.ClientSession() as session:
        for path in (f"/{number}", f"{MANIFEST_PATH}?wait_s={number}"):
            async with session.get(url + path, headers={"X-Request-Id": number}):
                pass
    assert len(told(lines)) == 2
    assert number not in lines.getvalue()


async def test_who_watches_has_a_port_of_its_own_beside_any_front(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "central.db")
    app = application(centre_on(store), measures_of=measures_where_installed("1"))
    runner = web.AppRunner(operations(app))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        told = {}
        for path in ("/livez", "/readyz", "/metrics", MANIFEST_PATH, "/v1/enrol"):
            async with session.get(url + path) as answer:
                told[path] = answer.status
    await runner.cleanup()
    await store.close()
    assert told == {"/livez": 200, "/readyz": 200, "/metrics": 200, MANIFEST_PATH: 404, "/v1/enrol": 404}
