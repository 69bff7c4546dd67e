"""A meal by code on the staff page, in real Chromium over real processes: typed hidden, shown nowhere, kept nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from edge.control.client import connect
from edge.demo.canteen_documents import CODE, CODE_PIN, RELATIVE, RELATIVE_PIN
from edge.domain.entry import Entry, PaidTap, Remark
from edge.domain.errors import RemoteProtocolError
from edge.terminal.till.hand_trail import REFUSED
from edge.terminal.till.pin_tries import TRIES
from tests.till.at_the_screens import Screens, screens_of
from tests.till.till_stage import CASHIER, ELDER, LEAD, TillStage, canteen_on

pytestmark = [pytest.mark.browser, pytest.mark.line, pytest.mark.asyncio(loop_scope="module")]

WRONG_PIN: Final = "918273"
UNKNOWN: Final = "60606060"
SECRETS: Final = (CODE, CODE_PIN, RELATIVE, RELATIVE_PIN, WRONG_PIN, UNKNOWN)
KEPT: Final = """() => [document.documentElement.outerHTML]
  .concat([...document.querySelectorAll('input')].map((each) => each.value))"""
STORED: Final = "() => [localStorage.length, sessionStorage.length, document.cookie]"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canteen(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[TillStage, str]]:
    async with canteen_on(tmp_path_factory.mktemp("canteen")) as (stage, address):
        async with connect(stage.till_socket) as client:
            await client.call("till.shift.open", staff=LEAD, float_fen=0)
        yield stage, address


@pytest_asyncio.fixture(loop_scope="module")
async def screens(canteen: tuple[TillStage, str], browser: Browser) -> AsyncIterator[Screens]:
    stage, address = canteen
    async with screens_of(browser, stage, address) as found:
        await found.sign_in(CASHIER)
        yield found


async def type_code(staff: Page, code: str, pin: str) -> None:
    """Type on the keypad of the page, as at a till without a keyboard."""
    for field, digits in (("#code", code), ("#code_pin", pin)):
        await staff.click(field)
        for digit in digits:
            await staff.locator("#pad").get_by_role("button", name=digit, exact=True).click()


async def taken(stage: TillStage) -> list[Entry]:
    """Return the meals by hand in the journal."""
    return [
        entry for entry in await stage.entries() if isinstance(entry.body, PaidTap) and entry.body.family == "manual"
    ]


async def test_a_wrong_pin_a_right_one_and_a_relative(screens: Screens) -> None:
    stage, staff = screens.stage, screens.staff
    await expect(staff.locator("#by_code")).to_be_disabled()
    await screens.offer("15")
    await staff.click("#by_code")
    await type_code(staff, CODE, WRONG_PIN)
    await staff.click("#code_pays")
    await expect(staff.locator("#trouble")).to_have_text("登记码或密码不正确")
    assert [await staff.input_value(field) for field in ("#code", "#code_pin")] == ["", ""]
    await screens.diner_sees("offer")

    await type_code(staff, CODE, CODE_PIN)
    await staff.click("#code_pays")
    await screens.diner_sees("paid")
    by_code = await screens.shown()
    await expect(staff.locator("#split")).to_contain_text("请收现金")
    await expect(staff.locator("#sum")).to_have_text("¥11.00")

    await screens.offer("15")
    await screens.pay(ELDER)
    assert await screens.shown() == by_code, "bystanders could tell that no card was there"

    await screens.offer("9")
    await staff.click("#by_code")
    await staff.fill("#code", CODE)
    await staff.press("#code", "Enter")
    await staff.keyboard.type(RELATIVE_PIN)
    await staff.keyboard.press("Enter")
    await screens.diner_sees("paid")
    own, relative = [entry.body for entry in await taken(stage)]
    assert isinstance(own, PaidTap)
    assert isinstance(relative, PaidTap)
    assert own.medium.manual is not None
    assert relative.medium.manual is not None
    assert (own.charge.payer_fen, relative.charge.payer_fen) == (1100, 900), "one relieved lunch a day"
    assert (own.medium.manual.proxy, bool(relative.medium.manual.proxy)) == (b"", True)
    assert [body.sale.staff for body in (own, relative) if body.sale] == [CASHIER] * 2

    await screens.offer("9")
    await staff.click("#by_code")
    await type_code(staff, CODE, CODE_PIN)
    await staff.click("#code_pays")
    await screens.diner_sees("refused")
    await expect(staff.locator("#headline")).to_contain_text("今日登记码用餐次数已满")
    await staff.keyboard.press("Escape")
    await expect(staff.locator("#by_code")).to_be_disabled()


async def test_a_relative_names_the_diner_whose_card_then_pays(screens: Screens) -> None:
    stage, staff = screens.stage, screens.staff
    await screens.offer("9")
    await staff.click("#by_code")
    await type_code(staff, RELATIVE, RELATIVE_PIN)
    await staff.click("#code_collects")
    await expect(staff.locator("#headline")).to_contain_text("代领")
    await screens.diner_sees("offer")
    await stage.present(ELDER)
    await screens.diner_sees("refused")
    await expect(staff.locator("#headline")).to_contain_text("请出示用餐人的卡")
    await staff.click("#cancel")


async def test_tries_shut_a_code_out_and_a_restart_does_not_let_it_in(screens: Screens) -> None:
    stage, staff = screens.stage, screens.staff
    for _ in range(TRIES):
        await _looked_at(stage)
    await stage.terminal.kill()
    await stage.restart_terminal()
    await expect(staff.locator("#offer")).to_be_enabled()
    await screens.offer("9")
    await staff.click("#by_code")
    await type_code(staff, UNKNOWN, WRONG_PIN)
    await staff.click("#code_pays")
    await expect(staff.locator("#trouble")).to_contain_text("尝试过多")
    refused = [entry.body for entry in await stage.entries() if isinstance(entry.body, Remark)]
    assert sum(body.subject == REFUSED for body in refused) == 1 + TRIES


async def _looked_at(stage: TillStage) -> None:
    """Type a wrong PIN, as soon as the terminal looks at it: each one makes the next wait longer."""
    async with connect(stage.till_socket) as client:
        while True:
            try:
                await client.call("till.by_hand", staff=CASHIER, code=UNKNOWN, pin=WRONG_PIN)
            except RemoteProtocolError as error:
                if error.code == "CODE_REFUSED":
                    return
                if error.code != "CODE_LOCKED":
                    raise
                await asyncio.sleep(1)


async def test_neither_code_nor_pin_is_shown_kept_logged_or_written(screens: Screens) -> None:
    stage, staff = screens.stage, screens.staff
    for page in (staff, screens.diner):
        kept: list[Any] = await page.evaluate(KEPT)
        assert not [secret for secret in SECRETS for text in kept if secret in str(text)]
        assert (await page.evaluate(STORED))[:2] == [0, 0]
    files = [path for path in stage.folder.rglob("*") if path.is_file() and path.stat().st_size]
    found = [(path.name, secret) for path in files for secret in SECRETS if secret.encode() in path.read_bytes()]
    assert {path.name for path in files} >= {"journal.db", "terminal.log"}
    assert found == []
