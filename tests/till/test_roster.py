"""Staff by the centre's roster: from the edition where it brings one, from the till's own file otherwise."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientSession, ClientTimeout, CookieJar

from edge.clock import SystemClock
from edge.demo.processes import run_to_end
from edge.domain.errors import RemoteProtocolError
from edge.domain.staff import Role, StaffMember, StaffRoster
from edge.terminal.till.roster import RosterVerbs
from edge.till.staff_file import new_row
from sync.central.rosters import STAFF_COLUMNS
from tests.store.held_values import HeldValues
from tests.till.till_stage import CASHIER, LEAD, PIN, TillStage, canteen_on

NOW_MS: Final = 1_803_859_200_000
OTHER_PIN: Final = "24680"


def verbs(*members: StaffMember, trusted: bool = True) -> RosterVerbs:
    clock = SystemClock(0, system_ms=lambda: NOW_MS, monotonic_ms=lambda: 0.0)
    if trusted:
        clock.learn(NOW_MS)
    return RosterVerbs(HeldValues(StaffRoster(members)), clock, lambda: 15)


def member(from_ms: int = 0, until_ms: int = 0) -> StaffMember:
    return StaffMember("s1", Role.LEAD, bytes(16), bytes(32), from_ms, until_ms)


TIMES: Final[dict[str, tuple[int, int, bool, bool]]] = {
    "without bounds": (0, 0, True, True),
    "in the middle of the time": (NOW_MS - 1_000, NOW_MS + 60_000, True, True),
    "before the time": (NOW_MS + 60_000, 0, True, False),
    "at the end of the time": (0, NOW_MS, True, False),
    "after the time by a clock that nobody trusts": (0, NOW_MS - 60_000, False, True),
}


@pytest.mark.parametrize(("from_ms", "until_ms", "trusted", "acts"), TIMES.values(), ids=TIMES)
@pytest.mark.asyncio
async def test_somebody_acts(from_ms: int, until_ms: int, trusted: bool, acts: bool) -> None:  # noqa: FBT001 - columns
    answer = await verbs(member(from_ms, until_ms), trusted=trusted).staff({"staff": "s1"})
    row = {"role": "lead", "salt": "00" * 16, "hash": "00" * 32}
    assert answer == {"source": "edition", "row": row if acts else None, "session_min": 15}


@pytest.mark.asyncio
async def test_somebody_who_is_on_no_roster_is_nobody() -> None:
    nobody = {"row": None, "session_min": 15}
    assert await verbs(member()).staff({"staff": "s2"}) == {"source": "edition", **nobody}
    without = RosterVerbs(HeldValues(), SystemClock(0), lambda: 15)
    assert await without.staff({"staff": "s2"}) == {"source": "file", **nobody}
    with pytest.raises(RemoteProtocolError, match="CONTROL_MALFORMED"):
        await verbs(member()).staff({"staff": "S 2"})


async def publish(stage: TillStage, folder: Path, roles: dict[str, Role]) -> None:
    """Publish a roster whose members all have one PIN, and wait until it is in force."""
    file = folder / "staff.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(STAFF_COLUMNS)
        for name, role in roles.items():
            row = new_row(OTHER_PIN, role, bytes(16))
            table.writerow([name, row.role, row.salt, row.hash, "", ""])
    before = (await roster_version(stage)) or 0
    await run_to_end("central", "publish", str(file), *stage.central)
    for _ in range(100):
        if ((await roster_version(stage)) or 0) > before:
            return
        await asyncio.sleep(0.2)
    raise AssertionError("the roster never came into force")


async def roster_version(stage: TillStage) -> int | None:
    """Return which version of the roster `onecard lists` shows as in force."""
    answer: Any = json.loads(await run_to_end("lists", "--json", "--config", str(stage.config)))
    return next((each["version"] for each in answer["lists"] if each["kind"] == "staff"), None)


async def login(client: ClientSession, staff: str, pin: str) -> dict[str, Any]:
    """Sign in; returns the answer, and its token goes with every later request where there is one."""
    async with client.post("/api/login", json={"staff": staff, "pin": pin}) as answer:
        told: dict[str, Any] = await answer.json()
    client.headers["X-Till-Token"] = told.get("token", "")
    return told


@pytest.mark.line
@pytest.mark.asyncio
async def test_the_roster_of_the_edition_goes_before_the_file_and_ends_sessions(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("canteen")
    async with (
        canteen_on(folder) as (stage, address),
        ClientSession(address, timeout=ClientTimeout(total=20), cookie_jar=CookieJar(unsafe=True)) as client,
    ):
        assert (await login(client, LEAD, PIN))["roster"] == "file"
        await publish(stage, folder, {LEAD: Role.LEAD, "s7": Role.CASHIER})
        assert (await login(client, CASHIER, PIN))["code"] == "pin_wrong"
        assert (await login(client, LEAD, OTHER_PIN))["roster"] == "edition"
        assert (await client.post("/api/do/shift.open", json={})).status == 200
        await publish(stage, folder, {LEAD: Role.CASHIER, "s7": Role.CASHIER})
        assert (await client.post("/api/do/shift.close", json={"cash_fen": 0})).status == 403
        await publish(stage, folder, {"s7": Role.CASHIER})
        assert (await client.post("/api/do/cancel", json={})).status == 401
        assert (await client.get("/api/me")).status == 401


TEXTS: Final = """kind = "prompts"
[accepted]
zh = "请用餐"
"""
MENUS: Final = """kind = "menus"
[[menu]]
menu = "set_a"
zh = "今日套餐"
en = "Today's set"
"""


@pytest.mark.line
@pytest.mark.asyncio
async def test_texts_and_menus_of_the_edition_reach_the_pages(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("canteen")
    async with canteen_on(folder) as (stage, address), ClientSession(address) as client:
        before = await texts_of(client)
        files = [folder / "prompts.toml", folder / "menus.toml"]
        for file, written in zip(files, (TEXTS, MENUS), strict=True):
            file.write_text(written, "utf-8")
        await run_to_end("central", "publish", *map(str, files), *stage.central)
        after = before
        for _ in range(100):
            if (after := await texts_of(client)) != before:
                break
            await asyncio.sleep(0.2)
    assert after["menu"]["set_a"] == {"zh": "今日套餐", "en": "Today's set"}
    assert after["prompt"]["accepted"] == {"zh": "请用餐", "en": "Accepted"}
    assert after["prompt"]["passback"] == before["prompt"]["passback"]


async def texts_of(client: ClientSession) -> dict[str, Any]:
    async with client.get("/texts.json") as answer:
        told: dict[str, Any] = await answer.json()
    return told
