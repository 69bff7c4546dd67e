"""Taps, quarantine and money in real Chromium: looked up, brought to an end by who may, and drawn."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.fleet.fleet_stage import ADMIN, OPERATOR, VIEWER, FleetStage, fleet_in
from tests.fleet.money_screens import money_scenes
from tests.fleet.money_town import TAP, peopled
from tests.fleet.screens import Desk, desk
from tests.fleet.test_pages import CHINESE
from tests.sync.builders import Ledger
from tests.till.axe import violations
from tests.till.test_screens import MEASURED

pytestmark = [pytest.mark.browser, pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

ENDED: Final = """(body) => fetch("/api/quarantine/end", {
    method: "POST", headers: { "Content-Type": "application/json", "X-Fleet-Token": body.token },
    body: JSON.stringify(body) }).then((answer) => answer.json()).then((told) => told.code)"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[FleetStage, Ledger]]:
    async with fleet_in(tmp_path_factory.mktemp("money")) as found:
        yield found, await peopled(found)


@pytest.fixture
def ledger(town: tuple[FleetStage, Ledger]) -> Ledger:
    return town[1]


@pytest_asyncio.fixture(loop_scope="module")
async def window(browser: Browser, town: tuple[FleetStage, Ledger]) -> AsyncIterator[Desk]:
    async with desk(browser, town[0]) as found:
        yield found


async def looked_up(window: Desk, asked: str) -> None:
    """Type what is sought, and press Enter."""
    await window.open("taps")
    await window.page.fill("#asked_tap", asked)
    await window.page.press("#asked_tap", "Enter")


async def test_a_tap_is_explained_proven_and_told_in_money(window: Desk) -> None:
    await window.sign_in(VIEWER)
    await looked_up(window, f"{TAP}10")
    page = window.page
    await expect(page.get_by_role("table", name="经过").locator("tbody tr")).to_have_count(2)
    why = page.get_by_role("table", name="判定依据")
    await expect(why).to_contain_text("不在停用名单")
    await expect(page.get_by_role("table", name="金额构成")).to_contain_text("¥0.50")
    await expect(page.get_by_role("table", name="再次核对")).not_to_contain_text("不一致")
    proofs = page.get_by_role("table", name="凭证").locator("tbody tr")
    await expect(proofs).to_have_count(2)
    await expect(proofs.filter(has_text="链、签名与内容一致")).to_have_count(2)
    lines = page.get_by_role("table", name="分录").locator("tbody tr")
    await expect(lines.filter(has_text="20260601")).to_have_count(3)
    await expect(page.get_by_role("table", name="合计")).to_contain_text("−¥1.50")
    await page.click("#language")
    await expect(page.get_by_role("table", name="Evidence")).to_contain_text("chain, signature and entry agree")


async def test_a_refusal_says_why_and_moves_no_money(window: Desk) -> None:
    await window.sign_in(VIEWER)
    await looked_up(window, f"{TAP}02")
    await expect(window.page.get_by_role("table", name="判定依据")).to_contain_text("■ 否")
    await expect(window.page.locator("[data-page=taps]")).to_contain_text("尚无账务")


async def test_of_several_taps_one_is_chosen_and_of_none_it_is_said(window: Desk) -> None:
    await window.sign_in(VIEWER)
    await looked_up(window, TAP)
    await window.page.locator("#candidates a").nth(1).click()
    await expect(window.page.get_by_role("table", name="凭证")).to_be_visible()
    await looked_up(window, "ffffffff")
    await expect(window.page.locator("[data-page=taps]")).to_contain_text("没有收到这次刷卡")
    await looked_up(window, "no such thing")
    await expect(window.page.locator("#trouble")).to_contain_text("CONFIG_VALUE")


async def test_a_viewer_sees_what_is_set_aside_and_may_not_end_it(window: Desk, ledger: Ledger) -> None:
    await window.sign_in(VIEWER)
    await window.open("quarantine")
    rows = window.page.locator("tbody tr")
    await expect(rows).to_have_count(4)
    await expect(window.page.locator("[data-page=quarantine]")).to_contain_text("4 条记录待处理，暂挂 ¥3.00")
    entry = f"BUS-1/{ledger.epoch}/1"
    await window.page.get_by_role("link", name=entry, exact=True).click()
    await expect(window.page.locator("[data-page=quarantine]")).to_contain_text("由操作员处理")
    await expect(window.page.locator("#page button")).to_have_count(0)
    token = await window.page.evaluate("fetch('/api/me').then((answer) => answer.json()).then((me) => me.csrf)")
    asked = {"entry": entry, "how": "written_off", "reason": "because", "token": token}
    assert await window.page.evaluate(ENDED, asked) == "NOT_ALLOWED"


async def test_an_operator_takes_a_ride_that_was_set_aside(window: Desk, ledger: Ledger) -> None:
    await window.sign_in(OPERATOR)
    order, proof = (f"BUS-1/{ledger.epoch}/{seq}" for seq in (1, 2))
    page = window.page
    await window.open("quarantine", f"entry={proof}")
    await expect(page.locator("[data-page=quarantine]")).to_contain_text("它所属的扣款指令也被隔离")
    await expect(page.locator("#accepted, #vouched")).to_have_count(0)
    await window.open("quarantine", f"entry={order}")
    await page.click("#vouched")
    await window.answer(yes=True)
    await expect(page.locator("#trouble")).to_contain_text("CONFIG_VALUE")
    await page.fill("#reason", "slip seen at the depot")
    await page.click("#vouched")
    await window.answer(yes=False)
    await page.click("#vouched")
    await window.answer(yes=True)
    await expect(page.locator("#told")).to_have_text(f"{order} 已担保入账")
    await window.open("quarantine", f"entry={proof}")
    await page.fill("#reason", "its order stands")
    await page.click("#accepted")
    await window.answer(yes=True)
    await expect(page.locator("#told")).to_have_text(f"{proof} 已接受")
    await expect(page.locator("#page button")).to_have_count(0)
    await page.get_by_text("查看凭证与账务").click()
    await expect(page.get_by_role("table", name="分录")).to_contain_text("accepted by olga: its order stands")
    await expect(page.get_by_role("table", name="合计")).not_to_contain_text("暂挂")


async def test_an_operator_writes_off_what_nobody_can_read(window: Desk, ledger: Ledger) -> None:
    await window.sign_in(OPERATOR)
    entry = f"BUS-1/{ledger.epoch}/{ledger.last}"
    await window.open("quarantine", f"entry={entry}")
    await window.page.fill("#reason", "flash worn out, replaced")
    await window.page.click("#written_off")
    await window.answer(yes=True)
    await expect(window.page.locator("#told")).to_have_text(f"{entry} 已核销")
    await window.open("quarantine", "list=ended")
    await expect(window.page.locator("tbody tr", has_text=entry)).to_contain_text("flash worn out, replaced")
    await expect(window.page.locator("tbody tr", has_text=entry)).to_contain_text("olga")


async def test_what_was_ended_is_among_the_acts(window: Desk, town: tuple[FleetStage, Ledger]) -> None:
    stage, ledger = town
    entry = f"BUS-1/{ledger.epoch}/{ledger.last - 1}"
    async with stage.browser(OPERATOR) as session:
        asked = {"entry": entry, "how": "written_off", "reason": "test of the depot"}
        assert (await session.post("/api/quarantine/end", json=asked)).status == 200
        asked["how"] = "vouched"
        assert await stage.code_of(session, "POST", "/api/quarantine/end", json=asked) == (409, "CONFIG_VALUE")
    await window.sign_in(ADMIN)
    await window.open("acts")
    rows = window.page.locator("tbody tr", has_text=f"{entry}: test of the depot")
    await expect(rows.filter(has_text="核销隔离记录")).to_have_count(1)
    await expect(rows.filter(has_text="CONFIG_VALUE")).to_have_count(1)


async def test_the_money_of_a_day_is_drawn_and_told(window: Desk) -> None:
    await window.sign_in(VIEWER)
    await window.open("money", "day=20260602")
    page = window.page
    await expect(page.locator("[data-page=money]")).to_contain_text("本日未结账")
    media = page.locator("[data-kind=media]")
    await expect(media.get_by_role("img", name="按支付介质")).to_be_visible()
    await expect(media.locator("tbody tr")).to_have_text(
        [re.compile("银联卡.*¥8.40"), re.compile("电子钱包.*¥7.00"), re.compile("合计.*¥15.40")]
    )
    operators = page.locator("[data-kind=operators]")
    await expect(operators.locator("tbody tr")).to_have_text(
        [re.compile("harbour-ferry.*¥21.00"), re.compile("qingdao-bus.*¥10.50"), re.compile("合计.*¥31.50")]
    )
    await expect(operators.locator("svg rect")).to_have_count(2)
    await expect(page.locator("[data-kind=funders] tbody tr")).to_have_count(3)
    days = page.get_by_role("table", name="最近三十天运营收入")
    await expect(days.locator("tbody tr")).to_have_count(30)
    await days.get_by_role("link", name="2026-06-01").click()
    await expect(page.locator("[data-page=money]")).to_contain_text("本日已结账")
    await page.fill("#day", "2026-06-02")
    await expect(page.locator("h2", has_text="2026-06-02")).to_be_visible()


async def test_every_view_fits_a_phone_is_accessible_and_all_in_english(browser: Browser, tmp_path: Path) -> None:
    """In English, whose words are the longer ones."""
    faults: dict[str, list[str]] = {}
    async for name, page in money_scenes(browser, tmp_path, (390, 800), "en"):
        measured = await page.evaluate(MEASURED)
        words = await page.locator("main").inner_text()
        chinese = [line for line in words.splitlines() if CHINESE.search(line) and " · " not in line]
        faults[name] = [*await violations(page), *(["wide"] if measured["wide"] else []), *chinese]
    assert {name: told for name, told in faults.items() if told} == {}
