"""What taps, quarantine and money answer over HTTP: to whom, and to what makes no sense."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from sync.central.books.accounts import Account
from sync.central.books.adjusting import Reason
from sync.central.books.set_aside import Bar, How
from sync.central.fleet.page_files import fleet_pages
from tests.fleet.fleet_stage import OPERATOR, VIEWER, FleetStage, fleet_in
from tests.fleet.money_town import TAP, peopled
from tests.sync.builders import Ledger

pytestmark = [pytest.mark.centre, pytest.mark.asyncio(loop_scope="module")]

ZH_EN: Final = {"zh", "en"}
END: Final = "/api/quarantine/end"
NONSENSE: Final[dict[str, tuple[int, str]]] = {
    "/api/taps?asked=": (409, "CONFIG_VALUE"),
    "/api/taps?asked=zz": (409, "CONFIG_VALUE"),
    "/api/money?day=20261301": (409, "CONFIG_VALUE"),
    "/api/money?day=yesterday": (409, "CONFIG_VALUE"),
    "/api/quarantine?after=BUS-1/1": (409, "CONFIG_VALUE"),
    "/api/quarantine/entry": (409, "CONFIG_VALUE"),
    "/api/quarantine/entry?entry=BUS-1/1/3": (409, "CONFIG_VALUE"),
    "/api/quarantine/entry?entry=BUS-9/1/1": (409, "CONFIG_VALUE"),
}
ILL_SAID: Final[dict[str, tuple[dict[str, Any], tuple[int, str]]]] = {
    "no end of that name": ({"how": "forgotten"}, (409, "CONFIG_VALUE")),
    "no reason": ({"reason": ""}, (409, "CONFIG_VALUE")),
    "a number as long as a card's": ({"reason": "card " + "1" * 19}, (409, "CONFIG_VALUE")),
    "an entry that is not set aside": ({"entry": "BUS-1/1/4"}, (409, "CONFIG_VALUE")),
    "an entry that is no text": ({"entry": 7}, (400, "WIRE_MALFORMED")),
    "an end that the rules do not allow": ({"how": "accepted"}, (409, "CONFIG_VALUE")),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[FleetStage, Ledger]]:
    async with fleet_in(Path(tmp_path_factory.mktemp("answers"))) as found:
        yield found, await peopled(found)


@pytest.mark.parametrize("path", NONSENSE)
async def test_what_makes_no_sense_is_refused_with_a_code(town: tuple[FleetStage, Ledger], path: str) -> None:
    async with town[0].browser(VIEWER) as session:
        assert await town[0].code_of(session, "GET", path) == NONSENSE[path]


@pytest.mark.parametrize("name", ILL_SAID)
async def test_an_end_that_is_ill_said_changes_nothing(town: tuple[FleetStage, Ledger], name: str) -> None:
    stage, ledger = town
    changed, expected = ILL_SAID[name]
    asked = {"entry": f"BUS-1/{ledger.epoch}/1", "how": "vouched", "reason": "seen", **changed}
    async with stage.browser(OPERATOR) as session:
        assert await stage.code_of(session, "POST", END, json=asked) == expected
        assert (await (await session.get("/api/quarantine")).json())["count"] == 4


async def test_who_only_looks_ends_nothing_and_who_is_nobody_sees_nothing(town: tuple[FleetStage, Ledger]) -> None:
    stage, ledger = town
    asked = {"entry": f"BUS-1/{ledger.epoch}/1", "how": "vouched", "reason": "seen"}
    async with stage.browser(VIEWER) as session:
        assert (await stage.code_of(session, "POST", END, json=asked))[0] == 403
    async with stage.browser() as session:
        for path in ("/api/taps?asked=" + TAP, "/api/quarantine", "/api/quarantine/ended", "/api/money"):
            assert (await stage.code_of(session, "GET", path))[0] == 401


async def test_a_day_in_the_answer_is_the_business_day_of_the_city(town: tuple[FleetStage, Ledger]) -> None:
    async with town[0].browser(VIEWER) as session:
        told = await (await session.get("/api/money")).json()
    assert (told["day"], told["today"], told["behind"]) == (20260603, 20260603, 0)
    assert [one["day"] for one in told["days"]][-3:] == [20260601, 20260602, 20260603]
    assert told["operators"] == [{"party": "harbour-ferry", "fen": 1500}, {"party": "qingdao-bus", "fen": 750}]
    assert sum(one["fen"] for one in told["operators"]) == sum(
        one["fen"] for kind in ("media", "funders") for one in told[kind]
    )


async def test_many_who_ask_have_the_money_summed_once_a_minute(town: tuple[FleetStage, Ledger]) -> None:
    stage, _ = town
    async with stage.browser(VIEWER) as session:

        async def summed_ms(day: str = "") -> int:
            return int((await (await session.get(f"/api/money?day={day}")).json())["summed_ms"])

        first = await summed_ms()
        stage.now_ms += 59_000
        assert await summed_ms() == first
        assert await summed_ms("20260602") == stage.now_ms
        stage.now_ms += 60_000
        assert await summed_ms("20260602") == stage.now_ms


async def test_a_tap_holds_no_box_and_no_number(town: tuple[FleetStage, Ledger]) -> None:
    async with town[0].browser(VIEWER) as session:
        answer = await session.get(f"/api/taps?asked={TAP}74")
        told = await answer.json()
    words = str(told)
    assert told["tap"]["token"] == "22" * 16
    assert "field_55" not in words
    assert "'box'" not in words


async def test_every_word_that_the_store_keeps_has_words_on_the_pages() -> None:
    texts = json.loads(fleet_pages()["texts.json"].content)
    wanted: dict[str, list[str]] = {
        "bar": [bar or "nothing" for bar in Bar],
        **{table: list(How) for table in ("how", "do", "sure", "means", "done")},
        "why": list(Reason),
        "account": list(Account),
        "aside_code": ["ENTRY_INVALID", "WIRE_MALFORMED", "WIRE_VERSION", "WIRE_TOO_LARGE"],
        "flaw": ["ABSENT", "DIFFERS", "CHAIN_BROKEN", "SIGNATURE_WRONG"],
    }
    named = [(table, key) for table, keys in wanted.items() for key in keys]
    lacking = [f"{table}.{key}" for table, key in named if set(texts[table].get(key, ())) != ZH_EN]
    assert lacking == []
