"""Staging in real Chromium: a group is given something first, and everybody, or nobody, after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, expect

from tests.fleet.fleet_stage import ADMIN, OPERATOR, FleetStage
from tests.fleet.fleet_town import SOUND
from tests.fleet.screens import Desk, desk

pytestmark = [pytest.mark.browser, pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

ELSEWHERE: Final = "bus-050"
"""A terminal of no group."""


@pytest_asyncio.fixture(loop_scope="module")
async def window(browser: Browser, stage: FleetStage) -> AsyncIterator[Desk]:
    async with desk(browser, stage) as found:
        await found.sign_in(OPERATOR)
        await expect(found.page.locator("table")).to_be_visible()
        await found.open("publications")
        yield found


async def offered(stage: FleetStage, terminal: str) -> bytes:
    """Return the manifest that a terminal is offered."""
    found = await stage.centre.manifest(terminal)
    assert found is not None
    return found[1]


async def test_what_is_staged_reaches_the_group_alone_and_is_taken_back_by_halting(
    window: Desk, stage: FleetStage
) -> None:
    page, before = window.page, await offered(stage, SOUND)
    await window.stage_coming_fares()
    await expect(page.locator("#asked")).to_contain_text("3 台终端将收到以下内容")
    await expect(page.locator("#asked li")).to_have_text("票价")
    await window.answer(yes=False)
    assert await offered(stage, SOUND) == before, "whoever says no has changed nothing"
    await page.click("#stage")
    await window.answer(yes=True)
    await expect(page.locator("#told")).to_contain_text("已发给分组 pilot")
    await expect(page.locator("[data-group=pilot]")).to_contain_text("版次 2：0 台已换用")
    assert await offered(stage, SOUND) != before
    assert await offered(stage, ELSEWHERE) == before
    await page.get_by_role("button", name="停止试用").click()
    await expect(page.locator("#asked")).to_contain_text("3 台终端将退回全网版本")
    await window.answer(yes=True)
    await expect(page.locator("#told")).to_contain_text("分组 pilot 的试用已停止")
    await expect(page.locator("[data-group]")).to_have_count(0)
    assert await offered(stage, SOUND) == await offered(stage, ELSEWHERE) != before


async def test_what_is_released_is_everybodys_and_can_be_rolled_back(window: Desk, stage: FleetStage) -> None:
    page, before = window.page, await offered(stage, ELSEWHERE)
    fares = page.get_by_role("table", name="全网发布的内容").locator("tr", has_text="票价")
    await window.stage_coming_fares()
    await window.answer(yes=True)
    await page.get_by_role("button", name="全网放行").click()
    await window.answer(yes=True)
    await expect(page.locator("#told")).to_contain_text("已全网放行")
    released = await offered(stage, ELSEWHERE)
    assert released == await offered(stage, SOUND) != before
    await fares.get_by_role("button", name="退回上一版").click()
    await expect(page.locator("#asked")).to_contain_text("把 票价 退回上一版？")
    await window.answer(yes=True)
    await expect(page.locator("#told")).to_contain_text("已退回上一版")
    assert await offered(stage, ELSEWHERE) not in (released, before), "the number of an edition only rises"
    async with stage.browser(ADMIN) as session:
        acts = (await (await session.get("/api/acts")).json())["acts"]
    told = [(row["name"], row["act"], row["subject"], row["outcome"]) for row in reversed(acts)]
    done = [(act, subject) for name, act, subject, outcome in told if (name, outcome) == (OPERATOR, "done")]
    assert {("stage", "pilot: tariff tariff"), ("release", "pilot"), ("rollback", "tariff tariff")} <= set(done)


async def test_what_everybody_has_already_is_not_staged_again(window: Desk) -> None:
    await window.stage_coming_fares(fen=200)
    await window.answer(yes=True)
    await expect(window.page.locator("#told")).to_have_text("内容与现行版本相同，无需试用")
    await expect(window.page.locator("[data-group]")).to_have_count(0)


async def test_terminals_are_moved_into_a_group_and_out_of_it(window: Desk) -> None:
    page = window.page
    await page.fill("#moved", f"{ELSEWHERE} bus-051")
    await page.fill("#into", "depot")
    await page.click("#move")
    await expect(page.locator("#asked")).to_contain_text("把 2 台终端放进分组 depot？")
    await window.answer(yes=True)
    await expect(page.locator("#group")).to_contain_text("depot (2)")
    await page.fill("#moved", ELSEWHERE)
    await page.click("#move")
    await window.answer(yes=True)
    await expect(page.locator("#group")).to_contain_text("depot (1)")
    await page.fill("#moved", "bus-O52")
    await page.fill("#into", "depot")
    await page.click("#move")
    await window.answer(yes=True)
    await expect(page.locator("#told")).to_have_text("分组已调整；尚未入网，请核对名称：bus-O52")


WRONG: Final[dict[str, tuple[str, str]]] = {
    "a document of no kind": ("fare_fen = 1\n", "wrong.toml: "),
    "a document that would have the centre read a file": ('kind = "deny_list"\nfile = "/etc/hostname"\n', "`file`"),
    "no TOML": ("= 1\n", "CONFIG_UNREADABLE"),
}


async def test_it_says_what_is_wrong_with_a_document(window: Desk) -> None:
    for case, (text, said) in WRONG.items():
        wrong: FilePayload = {"name": "wrong.toml", "mimeType": "text/plain", "buffer": text.encode()}
        await window.page.set_input_files("#documents", wrong)
        await window.page.click("#stage")
        await expect(window.page.locator("#trouble"), case).to_contain_text(said)
        await expect(window.page.locator("#asked"), case).to_be_hidden()


async def test_what_a_colleague_has_staged_appears_by_itself(window: Desk, stage: FleetStage, browser: Browser) -> None:
    async with desk(browser, stage) as other:
        await other.page.clock.install()
        await other.sign_in(OPERATOR)
        await other.open("publications")
        await window.stage_coming_fares()
        await window.answer(yes=True)
        await expect(window.page.locator("[data-group=pilot]")).to_be_visible()
        await other.page.clock.fast_forward(10_000)
        await expect(other.page.locator("[data-group=pilot]")).to_be_visible()
