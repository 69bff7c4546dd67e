"""The staff page by every hand: a keyboard alone with its numeric keypad, and fingers alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from edge.control.client import connect
from edge.demo.canteen import Canteen
from edge.demo.canteen_documents import LEAD, PIN
from tests.till.till_stage import canteen_on

pytestmark = [pytest.mark.browser, pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canteen(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Canteen, str]]:
    async with canteen_on(tmp_path_factory.mktemp("hands")) as (stage, address):
        async with connect(stage.till_socket) as desk:
            await desk.call("till.shift.open", staff=LEAD)
        yield stage, address


async def offered_fen(stage: Canteen) -> int:
    async with connect(stage.till_socket) as desk:
        offer = (await desk.call("till.state"))["offer"]
    return int(offer["list_fen"]) if offer else -1


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.id || document.activeElement.textContent"))


async def test_a_keyboard_alone_signs_in_sells_and_cancels(canteen: tuple[Canteen, str], browser: Browser) -> None:
    stage, address = canteen
    page = await browser.new_page()
    await page.goto(address)
    await expect(page.locator("#sign")).to_be_visible()
    keys = page.keyboard
    order = []
    for _ in range(4):
        await keys.press("Tab")
        order.append(await focused(page))
    assert order == ["language", "staff", "pin", "登录"]
    await keys.press("Shift+Tab")
    await keys.press("Shift+Tab")
    await keys.type(LEAD)
    await keys.press("Tab")
    await keys.type(PIN)
    await keys.press("Enter")
    await expect(page.locator("#sell")).to_be_visible()
    while await focused(page) != "amount":
        await keys.press("Tab")
    for key in ("Numpad1", "Numpad2", "NumpadDecimal", "Numpad5"):
        await keys.press(f"Shift+{key}")  # the driver's keypad has its number lock off
    await expect(page.locator("#amount")).to_have_value("12.5")
    await keys.press("Enter")
    await expect(page.locator("#sum")).to_have_text("¥12.50")
    assert await offered_fen(stage) == 1_250
    await keys.press("Escape")
    await expect(page.locator("#sum")).to_have_text("")
    assert await offered_fen(stage) == -1
    await page.close()


async def test_fingers_alone_sell_by_the_keys_of_the_page(canteen: tuple[Canteen, str], browser: Browser) -> None:
    stage, address = canteen
    context = await browser.new_context(has_touch=True, viewport={"width": 1024, "height": 600})
    page = await context.new_page()
    await page.goto(address)
    await page.fill("#staff", LEAD)
    await page.fill("#pin", PIN)
    await page.locator("#sign button.main").tap()
    keys = page.locator("#keys")
    for key in ("9", "C", "1", "5", ".", "5"):
        await keys.get_by_role("button", name=key, exact=True).tap()
    await page.locator("#quantity").tap()
    for key in ("C", "2"):
        await keys.get_by_role("button", name=key, exact=True).tap()
    await page.locator("#offer").tap()
    await expect(page.locator("#sum")).to_have_text("¥31.00")
    assert await offered_fen(stage) == 3_100
    await page.locator("#cancel").tap()
    await expect(page.locator("#sum")).to_have_text("")
    await context.close()


async def test_fingers_find_large_keys(canteen: tuple[Canteen, str], browser: Browser) -> None:
    context = await browser.new_context(has_touch=True, viewport={"width": 1024, "height": 600})
    page = await context.new_page()
    await page.goto(canteen[1])
    await page.fill("#staff", LEAD)
    await page.fill("#pin", PIN)
    await page.locator("#sign button.main").tap()
    await expect(page.locator("#sell")).to_be_visible()
    small = await page.evaluate("""() => [...document.querySelectorAll('button, input, select')]
      .filter((part) => part.checkVisibility())
      .filter((part) => part.getBoundingClientRect().height < 44 || part.getBoundingClientRect().width < 44)
      .map((part) => part.id || part.textContent)""")
    assert small == []
    await context.close()
