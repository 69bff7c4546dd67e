"""What the eye would say of both pages, measured: in every state, size and language."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, expect

from tests.till.axe import violations
from tests.till.photographs import LANGUAGES
from tests.till.pictured_states import STATES
from tests.till.screens import SIZE_NAMES, pair, visited

pytestmark = [pytest.mark.browser, pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

DINER_TEXT_PX: Final = 24
DINER_AMOUNT_PX: Final = 48
STAFF_TEXT_PX: Final = 16
LONG_VIEWS: Final = frozenset({"sales", "taking_back", "void_late", "report", "report_replaced"})
"""Lists may be scrolled; what is needed to sell may not."""


MEASURED: Final = """() => {
  const seen = [...document.querySelectorAll('body *')].filter((part) => part.checkVisibility());
  const px = (part) => parseFloat(getComputedStyle(part).fontSize);
  const told = (part) => `${part.localName}#${part.id} ${part.textContent.trim().slice(0, 30)}`;
  const words = seen.filter((part) => [...part.childNodes].some((each) => each.nodeType === 3 && each.data.trim()));
  const boxes = words.filter((part) => part.localName !== 'option').map((part) => [part, part.getBoundingClientRect()]);
  return {
    text_px: Math.min(...words.filter((part) => part.localName !== 'option').map(px)),
    amount_px: Math.min(...seen.filter((part) => part.localName === 'dd').map(px)),
    cut: words.filter((part) => part.scrollWidth > part.clientWidth + 1 && part.clientWidth).map(told),
    outside: boxes.filter(([, box]) => box.left < 0 || box.right > innerWidth).map(([part]) => told(part)),
    wide: document.documentElement.scrollWidth > innerWidth,
    long: document.documentElement.scrollHeight > innerHeight,
  };
}"""
"""Letters at least so large; nothing cut off, or beside the screen."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZE_NAMES.values(), ids=SIZE_NAMES)
async def test_every_state_is_readable_whole(
    browser: Browser, tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    faults: dict[str, Any] = {}
    count = 0
    async with pair(browser, tmp_path, size, language) as found:
        async for name, page in visited(found):
            count += 1
            wrong = await _faults(page, name, diner=page is found.diner)
            if wrong:
                faults[f"{'diner' if page is found.diner else 'staff'} {name}"] = wrong
    assert faults == {}
    assert count > 40


async def _faults(page: Page, name: str, *, diner: bool) -> dict[str, Any]:
    measured: dict[str, Any] = await page.evaluate(MEASURED)
    small = measured["text_px"] < (DINER_TEXT_PX if diner else STAFF_TEXT_PX)
    small |= diner and measured["amount_px"] < DINER_AMOUNT_PX
    wrong = {key: measured[key] for key in ("cut", "outside", "wide") if measured[key]}
    wrong |= {"long": True} if measured["long"] and name not in LONG_VIEWS else {}
    return wrong | ({"small": measured} if small else {})


async def test_axe_finds_nothing_in_any_state(browser: Browser, tmp_path: Path) -> None:
    async with pair(browser, tmp_path, (1024, 600), "zh") as found:
        faults = {(name, page is found.diner): await violations(page) async for name, page in visited(found)}
    assert {state: told for state, told in faults.items() if told} == {}


async def test_the_list_of_sales_changes_its_language_with_the_page(browser: Browser, tmp_path: Path) -> None:
    async with pair(browser, tmp_path, (1024, 600), "zh") as found:
        await found.sign_in()
        await found.in_state("idle")
        await found.staff.click("#see_sales")
        first = found.staff.locator("#rows tr").first
        await expect(first).to_contain_text("电子钱包")
        await found.staff.click("#language")
        await expect(first).to_contain_text("Purse")
        await expect(first).to_contain_text("Take back")


async def test_without_a_reader_a_meal_is_offered_only_where_a_code_may_pay_it(
    browser: Browser, tmp_path: Path
) -> None:
    async with pair(browser, tmp_path, (1024, 600), "zh") as found:
        await found.sign_in()
        await found.in_state("reader_absent")
        await expect(found.staff.locator("#offer")).to_be_enabled()
        found.terminal.tell({**STATES["reader_absent"], "by_hand": ""})
        await expect(found.staff.locator("#offer")).to_be_disabled()
