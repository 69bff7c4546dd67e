"""The till's pages in real Chromium, over real processes: a lunch, a sale taken back, and the report of the shift."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from edge.domain.entry import Kind, Remark
from edge.domain.meals.shift import CLOSED
from edge.wiring_till import all_pages
from tests.till.at_the_screens import Screens, screens_of
from tests.till.axe import violations
from tests.till.till_stage import CASHIER, ELDER, TillStage, canteen_on

pytestmark = [pytest.mark.browser, pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

PUBLIC: Final = "Li, local purse"
POOR: Final = "nearly empty purse"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canteen(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[TillStage, str]]:
    async with canteen_on(tmp_path_factory.mktemp("canteen")) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def screens(canteen: tuple[TillStage, str], browser: Browser) -> AsyncIterator[Screens]:
    stage, address = canteen
    async with screens_of(browser, stage, address) as found:
        yield found


async def test_a_lunch_from_the_opening_to_the_report(screens: Screens) -> None:
    stage, staff = screens.stage, screens.staff
    await screens.sign_in()
    await staff.fill("#float", "50")
    await staff.click("#opening button.main")
    await screens.offer("15")
    await screens.pay(ELDER)
    assert await screens.shown() == {"list": "¥15.00", "relief": "−¥4.00", "payer": "¥11.00", "left": "0"}
    elders = await screens.diner.evaluate(BARE_DOM)
    await expect(staff.locator("#sum")).to_have_text("¥11.00")
    await expect(staff.locator("#split")).to_contain_text("区补贴")
    await staff.locator("#menus button").first.click()
    await staff.click("#offer")
    await screens.pay(PUBLIC)
    assert await screens.shown() == {"list": "¥12.00", "relief": "¥0.00", "payer": "¥12.00", "left": "1"}
    assert await screens.diner.evaluate(BARE_DOM) == elders, "bystanders could tell the two apart"
    await screens.offer("9", quantity=2)
    await screens.pay(POOR, "refused")
    await staff.click("#cancel")

    await staff.click("#see_sales")
    back = staff.locator("#rows tr").first.get_by_role("button")
    await back.click()
    await expect(back).to_have_text("确认撤销？")
    await back.click()
    await expect(staff.locator("#rows tr").first).to_contain_text("已撤销")
    await staff.locator("#listing .back").click()
    await staff.click("#see_report")
    await staff.fill("#counted", "38")
    await staff.click("#closing button.main")
    await expect(staff.locator("#figures")).to_contain_text("实点现金")

    await staff.locator("#reporting .back").click()
    await staff.click("#last_report")
    await expect(staff.locator("#figures")).to_contain_text("¥38.00")

    closed = [entry.body for entry in await stage.entries() if entry.kind is Kind.SHIFT][-1]
    assert isinstance(closed, Remark)
    figures = dict(closed.pairs)
    assert closed.subject == CLOSED
    assert {name: figures[name] for name in REPORT} == REPORT
    await stage.drained()
    books = await stage.reconcile()
    assert books["balanced"], books["problems"]


BARE_DOM: Final = """() => {
  const page = document.documentElement.cloneNode(true);
  const texts = document.createNodeIterator(page, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode()); ) text.data = '';
  return page.outerHTML;
}"""
"""Everything on the page but its words and amounts."""

REPORT: Final = {
    "number": "1",
    "sales": "1",
    "payer_fen": "1100",
    "funder.district_fen": "400",
    "reversed.cash_fen": "1200",
    "declined.balance_too_low": "1",
    "cash_due_fen": "3800",
    "cash_difference_fen": "0",
}


async def test_a_card_without_an_offer_is_sent_to_the_staff(screens: Screens) -> None:
    await screens.pay(PUBLIC, "again")
    await expect(screens.diner.locator("#said")).to_have_text("请先告诉工作人员您要的餐食")


async def test_a_wrong_pin_lets_nobody_in(screens: Screens) -> None:
    await screens.staff.fill("#staff", CASHIER)
    await screens.staff.fill("#pin", "0000")
    await screens.staff.click("#sign button.main")
    await expect(screens.staff.locator("#trouble")).to_have_text("工号或密码不正确")
    await expect(screens.staff.locator("#pin")).to_have_value("")


async def test_nothing_is_kept_in_the_browser(screens: Screens) -> None:
    await screens.sign_in()
    await expect(screens.staff.locator("#sign_out")).to_be_visible()
    for page in (screens.staff, screens.diner):
        kept: Any = await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")
        assert kept == [0, 0, ""]


async def test_both_pages_speak_english_too(screens: Screens) -> None:
    await screens.diner.click("#language")
    await expect(screens.diner.locator("dt").first).to_have_text("Price")
    await screens.staff.click("#language")
    await expect(screens.staff.locator("#sign button.main")).to_have_text("Sign in")


async def test_the_screens_say_when_the_terminal_is_away_and_when_it_is_back(screens: Screens) -> None:
    stage = screens.stage
    await screens.sign_in()
    await stage.terminal.stop()
    await expect(screens.diner.locator("body")).to_have_attribute("data-screen", "away")
    await expect(screens.staff.locator("#blocked")).to_contain_text("终端未连接")
    await stage.restart_terminal()
    await expect(screens.diner.locator("body")).to_have_attribute("data-screen", "idle")


async def test_axe_finds_nothing_on_either_page(screens: Screens) -> None:
    staff = screens.staff
    found = [await violations(screens.diner), await violations(staff)]
    await screens.sign_in()
    await expect(staff.locator("#opening")).to_be_visible()
    found.append(await violations(staff))
    await staff.click("#opening button.main")
    await expect(staff.locator("#sell")).to_be_visible()
    found.append(await violations(staff))
    for view in ("#see_sales", "#see_report"):
        await staff.click(view)
        back = staff.locator(".back:visible")
        await expect(back).to_be_visible()
        found.append(await violations(staff))
        await back.click()
    assert found == [[]] * len(found)


async def test_the_pages_weigh_little() -> None:
    assert sum(len(page.content) for page in all_pages().values()) <= 150_000
