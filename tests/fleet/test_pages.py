"""The fleet pages in real Chromium: signing in, the fleet, the past of a terminal, and who may do what."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from sync.central.fleet.page_files import fleet_pages
from sync.central.fleet.sessions import IDLE_MS
from sync.central.fleet.tries import FIRST_WAIT_MS
from sync.central.fleet.users import COMMAND, Role, add_user_work
from tests.fleet.fleet_stage import ADMIN, CHEAP_HASH, OPERATOR, PASSWORD, VIEWER, FleetStage
from tests.fleet.fleet_town import REAL, SOUND
from tests.fleet.screens import Desk, desk, scenes
from tests.till.axe import violations
from tests.till.test_screens import MEASURED

pytestmark = [pytest.mark.browser, pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

CHINESE: Final = re.compile("[\u4e00-\u9fff]")
FORGED: Final = """(path) => fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" })
    .then((answer) => answer.json()).then((told) => told.code)"""
"""What another page of the same browser could send at best: with the cookie, without the page's token."""


@pytest_asyncio.fixture(loop_scope="module")
async def window(browser: Browser, stage: FleetStage) -> AsyncIterator[Desk]:
    async with desk(browser, stage) as found:
        yield found


async def test_a_wrong_password_lets_nobody_in_and_is_not_kept_in_the_field(window: Desk) -> None:
    await window.sign_in(VIEWER, "wrong")
    await expect(window.page.locator("#trouble")).to_have_text("用户名或密码不正确 (WRONG_PASSWORD)")
    await expect(window.page.locator("#password")).to_have_value("")
    await window.sign_in(VIEWER)
    await expect(window.page.locator("#who")).to_have_text("vera · 查看")
    await expect(window.page.locator("#trouble")).to_be_hidden()


async def test_whoever_guesses_is_told_how_long_to_wait(window: Desk, stage: FleetStage) -> None:
    for _ in range(6):
        await window.sign_in(VIEWER, "wrong")
        await expect(window.page.locator("#password")).to_have_value("")
        await expect(window.page.locator("#trouble")).to_be_visible()
    await expect(window.page.locator("#trouble")).to_have_text("错误次数过多，请在 15 秒后再试 (LOCKED)")
    stage.now_ms += FIRST_WAIT_MS


async def test_who_signs_out_sees_nothing_any_more(window: Desk) -> None:
    await window.sign_in(VIEWER)
    await expect(window.page.locator("table")).to_be_visible()
    await window.page.click("#sign_out")
    await expect(window.page.locator("#sign")).to_be_visible()
    await expect(window.page.locator("table")).to_have_count(0)
    await window.page.reload()
    await expect(window.page.locator("#sign")).to_be_visible()


async def test_a_session_that_is_over_says_so_and_asks_to_sign_in(window: Desk, stage: FleetStage) -> None:
    await window.sign_in(VIEWER)
    await expect(window.page.locator("table")).to_be_visible()
    stage.now_ms += IDLE_MS
    await window.page.click("#nav a >> nth=1")
    await expect(window.page.locator("#sign")).to_be_visible()
    await expect(window.page.locator("#trouble")).to_have_text("登录已失效，请重新登录 (SIGNED_OUT)")


async def test_a_page_that_was_loaded_again_is_still_signed_in_and_keeps_nothing_itself(window: Desk) -> None:
    await window.sign_in(VIEWER)
    await expect(window.page.locator("table")).to_be_visible()
    await window.page.reload()
    await expect(window.page.locator("table")).to_be_visible()
    kept = await window.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")
    assert kept == [0, 0, ""]


async def test_what_another_page_sends_with_the_cookie_is_refused(window: Desk) -> None:
    await window.sign_in(OPERATOR)
    await expect(window.page.locator("table")).to_be_visible()
    assert await window.page.evaluate(FORGED, "/api/publications/halt") == "FORGED"


async def test_a_viewer_sees_no_way_to_act(window: Desk) -> None:
    await window.sign_in(VIEWER)
    await window.open("publications")
    await expect(window.page.locator("#page button, #page form")).to_have_count(0)
    await window.open("terminal", f"name={SOUND}")
    await expect(window.page.locator("#page button")).to_have_count(0)
    await expect(window.page.locator("#nav a")).to_have_text(["终端", "发布", "查刷卡", "隔离", "收入"])


async def test_the_fleet_begins_with_what_is_wrong_and_is_turned_page_by_page(window: Desk) -> None:
    await window.sign_in(VIEWER)
    names = window.page.locator("tbody th")
    await expect(names).to_have_count(50)
    first = await names.all_text_contents()
    assert first[:6] == ["bus-003", REAL, "bus-009", "bus-005", "bus-007", "bus-004"]
    await window.page.get_by_text("下一页").click()
    await expect(names).to_have_count(21)
    second = await names.all_text_contents()
    assert len({*first, *second}) == 71
    assert second[-2:] == ["bus-008", "bus-006"], "what is not used yet and what is shut out come last"


async def test_terminals_are_found_by_state_name_group_and_order(window: Desk) -> None:
    await window.sign_in(VIEWER)
    page, names = window.page, window.page.locator("tbody th")
    await page.get_by_role("button", name="一天未联系 2").click()
    await expect(names).to_have_text(["bus-005", "bus-007"])
    await page.get_by_role("button", name="全部 71").click()
    await expect(names).to_have_count(50)
    await page.fill("#text", "US-06")
    await page.press("#text", "Enter")
    await expect(names).to_have_count(10)
    await page.fill("#text", "")
    await page.press("#text", "Enter")
    await expect(names).to_have_count(50)
    await page.get_by_label("分组").select_option("pilot")
    await expect(names).to_have_text([REAL, "bus-001", "bus-002"])
    await page.get_by_label("排序").select_option("clock")
    await expect(names.first).to_have_text(REAL)
    await page.get_by_label("分组").select_option("")
    await expect(names).to_have_count(50)
    await page.get_by_label("排序").select_option("silent_longest")
    await expect(names.first).to_have_text("bus-007")


async def test_the_fleet_is_asked_for_again_by_itself(window: Desk, stage: FleetStage) -> None:
    await window.page.clock.install()
    await window.sign_in(VIEWER)
    state = window.page.locator("tr", has_text="bus-020").locator("td").first
    await expect(state).to_have_text("● 正常")
    link = window.page.get_by_role("link", name="bus-021")
    await link.focus()
    await stage.admin.call("terminal.revoke", {"terminal": "bus-020", "reason": "lost"})
    await window.page.clock.fast_forward(10_000)
    await expect(window.page.get_by_role("button", name="已停用 2")).to_be_visible()
    await expect(link).to_be_focused()
    await stage.admin.call("terminal.restore", {"terminal": "bus-020", "reason": "found"})


async def test_the_past_of_a_terminal_is_told_in_words(window: Desk) -> None:
    await window.sign_in(VIEWER)
    await window.page.get_by_role("link", name=REAL).click()
    page = window.page
    await expect(page.locator("dl")).to_contain_text("+95 s")
    events = page.get_by_role("table", name="历史")
    await expect(events).to_contain_text("世代 1：等待 9，收到的从 13 开始")
    await expect(page.get_by_role("table", name="批次").locator("tbody tr")).to_have_count(2)
    await expect(page.get_by_role("table", name="故障")).to_contain_text("check power, baud rate and wiring")
    await window.open("terminal", "name=bus-003")
    await expect(events).to_contain_text("世代 1，序号 900：CHAIN_FORK")
    await expect(events).to_contain_text("同一序号下出现不同记录")
    await window.open("terminal", "name=bus-004")
    await events.get_by_role("link").click()
    await expect(page.locator("[data-page=quarantine]")).to_contain_text("bus-004/1/7")
    await window.open("terminal", "name=bus-006")
    await expect(events).to_contain_text("stolen from line 318")


async def test_a_terminal_that_is_none_is_said_to_be_none(window: Desk) -> None:
    await window.sign_in(VIEWER)
    await expect(window.page.locator("table")).to_be_visible()
    await window.page.evaluate("location.hash = 'terminal?name=bus-999'")
    await expect(window.page.locator("#trouble")).to_contain_text("NOT_FOUND")


async def test_an_operator_shuts_a_terminal_out_and_lets_it_in_again(window: Desk) -> None:
    await window.sign_in(OPERATOR)
    await window.open("terminal", "name=bus-030")
    page = window.page
    await page.fill("#reason", "stolen")
    await page.get_by_role("button", name="停用终端").click()
    await window.answer(yes=False)
    await expect(page.locator("dl")).to_contain_text("正常")
    await page.get_by_role("button", name="停用终端").click()
    await window.answer(yes=True)
    await expect(page.locator("#told")).to_have_text("bus-030 已停用")
    await expect(page.locator("dl")).to_contain_text("已停用")
    await page.get_by_role("button", name="恢复终端").click()
    await window.answer(yes=True)
    await expect(page.locator("dl")).to_contain_text("正常")


async def test_an_administrator_says_who_may_sign_in(window: Desk, browser: Browser, stage: FleetStage) -> None:
    await window.sign_in(ADMIN)
    await window.open("users")
    page = window.page
    await page.fill("#new_name", "nora")
    await page.fill("#new_password", PASSWORD)
    await page.click("#add")
    await expect(page.locator("#told")).to_have_text("nora 可以登录了")
    async with desk(browser, stage) as other:
        await other.sign_in("nora")
        await expect(other.page.locator("#who")).to_have_text("nora · 查看")
        await page.get_by_label("nora 的角色").select_option("operator")
        await window.answer(yes=True)
        await expect(page.locator("#told")).to_have_text("nora 已修改")
        await other.page.click("#nav a >> nth=1")
        await expect(other.page.locator("#sign")).to_be_visible()
    await page.select_option("#reset_name", "nora")
    await page.fill("#reset_password", "battery horse correct")
    await page.click("#reset")
    await window.answer(yes=True)
    await expect(page.locator("#told")).to_have_text("nora 已修改")
    assert await stage.code_of_login("nora", PASSWORD) == "WRONG_PASSWORD"
    await page.locator("tr", has_text="nora").get_by_role("button").click()
    await window.answer(yes=True)
    await expect(page.locator("tbody")).not_to_contain_text("nora")
    await window.open("acts")
    await expect(page.locator("tbody")).to_contain_text("nora operator")
    await expect(page.locator("tbody")).to_contain_text("删除用户")


async def test_everybody_changes_their_own_password(window: Desk, stage: FleetStage) -> None:
    await stage.centre.write(partial(add_user_work, "pia", Role.VIEWER, CHEAP_HASH, COMMAND))
    await window.sign_in("pia")
    await window.page.get_by_role("link", name="pia").click()
    page = window.page
    for field, text in (("#old", "wrong"), ("#fresh", "another battery"), ("#again", "another battery")):
        await page.fill(field, text)
    await page.press("#again", "Enter")
    await expect(page.locator("#trouble")).to_contain_text("WRONG_PASSWORD")
    await page.fill("#old", PASSWORD)
    await page.press("#again", "Enter")
    await expect(page.locator("#told")).to_have_text("密码已修改，请重新登录")
    await window.sign_in("pia", "another battery")
    await expect(page.locator("table")).to_be_visible()


async def test_the_pages_weigh_little() -> None:
    assert sum(len(page.content) for page in fleet_pages().values()) <= 100_000


async def test_axe_finds_nothing_in_any_view(browser: Browser, tmp_path: Path) -> None:
    faults = {name: await violations(page) async for name, page in scenes(browser, tmp_path, (1280, 800), "zh")}
    assert {name: told for name, told in faults.items() if told} == {}
    assert len(faults) > 10


async def test_every_view_fits_a_narrow_window_in_english(browser: Browser, tmp_path: Path) -> None:
    faults = {}
    async for name, page in scenes(browser, tmp_path, (390, 800), "en"):
        measured = await page.evaluate(MEASURED)
        untold = await page.get_by_text(CHINESE).all_text_contents()
        faults[name] = [measured["wide"], [text for text in untold if text != "中文"]]
    assert {name: told for name, told in faults.items() if any(told)} == {}
