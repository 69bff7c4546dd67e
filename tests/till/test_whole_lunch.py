"""A whole lunch in a real browser over real processes, with everything that goes wrong at noon; all sums agree."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, Final, cast

import pytest
from playwright.async_api import expect

from edge.clock import SystemClock
from edge.demo.canteen import ServedCanteen
from edge.demo.canteen_documents import CODE, CODE_PIN
from edge.demo.script import rows
from edge.demo.totals import balanced
from edge.domain.entry import Entry, Kind, Remark
from edge.domain.meals.sheet import Sheet, Standing
from edge.domain.meals.shift import CLOSED
from edge.domain.money import yuan
from tests.till.at_the_screens import DEBOUNCED_S, Screens, screens_of
from tests.till.lunch_diners import (
    AFTER_THE_PAGES,
    ALL,
    BY_CODE,
    KEPT,
    OFFLINE,
    ONLINE,
    TAKEN_BACK,
    TORN,
    WITHOUT_PAPER,
    Diner,
    funded,
)
from tests.till.screens import chromium

pytestmark = [pytest.mark.browser, pytest.mark.line]

FLOAT_FEN: Final = 20_000
PAYER_FEN: Final = sum(diner.payer_fen for diner in KEPT)
PAID_LINE: Final = re.compile(r"实付 .*￥([0-9]+)\.([0-9]{2})$")


class Lunch:
    """The canteen at noon."""

    def __init__(self, stage: ServedCanteen, screens: Screens) -> None:
        self.stage, self.screens = stage, screens

    async def serve(self, diner: Diner) -> None:
        """Sell one meal: typed at the staff page, paid by the diner's medium, read from the diner's page."""
        await self.offer(diner)
        await (self.pay_by_code(diner) if diner is BY_CODE else self.pay(diner))
        await self.seen(diner)

    async def offer(self, diner: Diner) -> None:
        staff = self.screens.staff
        if diner.menu >= 0:
            await staff.locator("#menus button").nth(diner.menu).click()
        else:
            await staff.fill("#amount", diner.amount)
        await staff.locator("#party button").nth(diner.party).click()
        await staff.fill("#quantity", str(diner.quantity))
        if diner.delivery:
            await staff.select_option("#band", diner.delivery["band"])
            await staff.fill("#fee", diner.delivery["fee"])
        await staff.click("#offer")
        await self.screens.diner_sees("offer")

    async def pay(self, diner: Diner) -> None:
        holder = self.stage.holders.get(diner.who)
        if holder is not None and holder.card is None:
            answer = await self.stage.scan(diner.who, holder.code(SystemClock().system_ms() // 1000))
        else:
            answer = await self.stage.present(diner.who)
        assert answer["accepted"], (diner.who, answer["prompt"])

    async def pay_by_code(self, diner: Diner) -> None:
        """Let somebody without a card type code and PIN; what the page asks for is handed over in cash."""
        staff = self.screens.staff
        await staff.click("#by_code")
        await staff.fill("#code", CODE)
        await staff.fill("#code_pin", CODE_PIN)
        await staff.click("#code_pays")
        await expect(staff.locator("#split")).to_contain_text(f"请收现金¥{yuan(diner.payer_fen)}")
        holder = self.stage.holders[diner.who]
        holder.shown = holder.shown.plus(diner.payer_fen)

    async def seen(self, diner: Diner) -> None:
        await self.screens.diner_sees("paid")
        shown = await self.screens.shown()
        relief_fen = diner.list_fen - diner.payer_fen
        assert shown["list"] == f"¥{yuan(diner.list_fen)}", diner.who
        assert shown["relief"] == ("−" if relief_fen else "") + f"¥{yuan(relief_fen)}", diner.who
        assert shown["payer"] == f"¥{yuan(diner.payer_fen)}", diner.who
        await asyncio.sleep(DEBOUNCED_S)

    async def slips(self, count: int) -> None:
        """Wait until so many slips have been printed."""

        async def printed() -> bool:
            return len(self.stage.printer.device.slips) >= count

        await self.stage.until(f"{count} slips are printed", printed)


async def test_a_whole_lunch_agrees_at_till_receipt_journal_card_and_centre(tmp_path: Path) -> None:
    async with (
        chromium() as browser,
        ServedCanteen(tmp_path, card_time=False) as stage,
        screens_of(browser, stage, stage.address) as screens,
    ):
        lunch = Lunch(stage, screens)
        await _open(screens)
        for diner in ONLINE:
            await lunch.serve(diner)
        stage.network.cut()
        await lunch.serve(OFFLINE[0])
        await _told_of_the_cut(screens)
        await stage.terminal.kill()
        await screens.diner_sees("away")
        await stage.restart_terminal()
        await screens.diner_sees("idle")
        for diner in OFFLINE[1:]:
            await lunch.serve(diner)
        await _without_paper(lunch)
        await _without_pages(lunch)
        await _torn(lunch)
        await stage.sync.kill()
        stage.network.mend()
        await stage.sync.start()
        await lunch.serve(TAKEN_BACK)
        await _take_back_the_newest(lunch)
        await lunch.slips(len(ALL) + 1)
        await stage.drained()
        await expect(screens.staff.locator("#assurance")).to_have_text("待中心确认的补贴 0/200")
        await _close(screens)
        await lunch.slips(len(ALL) + 2)
        await stage.drained()
        await _all_agree(stage, await stage.entries())


async def _open(screens: Screens) -> None:
    await screens.sign_in()
    await screens.staff.fill("#float", str(FLOAT_FEN // 100))
    await screens.staff.click("#opening button.main")
    await expect(screens.staff.locator("#sell")).to_be_visible()


async def _told_of_the_cut(screens: Screens) -> None:
    """Staff read what is not certain now, and of how many meals the centre has not heard."""
    await expect(screens.staff.locator("#surety")).to_contain_text("别处今日也可能已补贴：若重复由补贴方承担")
    await expect(screens.staff.locator("#assurance")).to_have_text("待中心确认的补贴 1/200")


async def _without_paper(lunch: Lunch) -> None:
    """Sell on without paper; the new roll brings what waited."""
    stage, printer = lunch.stage, lunch.screens.staff.locator("#printer")
    await lunch.slips(len(ONLINE) + len(OFFLINE))
    stage.printer.device.refill(0)
    for diner in WITHOUT_PAPER:
        await lunch.serve(diner)
    await expect(printer).to_contain_text("打印机缺纸")
    await expect(printer).to_contain_text("待打印 2")
    stage.printer.device.refill(10_000)
    await expect(printer).to_have_text("打印机正常")


async def _without_pages(lunch: Lunch) -> None:
    """Kill the pages: whoever worked there signs in again, and nothing else is lost."""
    stage, screens = lunch.stage, lunch.screens
    await stage.pages.kill()
    await screens.diner_sees("away")
    await stage.start_pages()
    await expect(screens.staff.locator("#sign")).to_be_visible(timeout=15_000)
    await screens.sign_in()
    await expect(screens.staff.locator("#sell")).to_be_visible()
    for diner in AFTER_THE_PAGES:
        await lunch.serve(diner)


async def _torn(lunch: Lunch) -> None:
    """Pull a card away inside its debit: nobody is told paid or unpaid, and the same card does not pay twice."""
    await lunch.offer(TORN)
    await lunch.stage.tear_inside_debit(TORN.who)
    await lunch.screens.diner_sees("again")
    await expect(lunch.screens.staff.locator("#sum")).to_have_text("结果未知")
    await lunch.pay(TORN)
    await lunch.seen(TORN)


async def _take_back_the_newest(lunch: Lunch) -> None:
    staff = lunch.screens.staff
    await staff.click("#see_sales")
    await staff.fill("#why", "点错")
    newest = staff.locator("#rows tr").first
    for _ in ("asks", "takes back"):
        await newest.get_by_role("button").last.click()
    await expect(newest).to_contain_text("已撤销")
    await staff.locator("#listing .back").click()


async def _close(screens: Screens) -> None:
    staff = screens.staff
    await staff.click("#see_report")
    await staff.fill("#counted", yuan(FLOAT_FEN + BY_CODE.payer_fen - TAKEN_BACK.payer_fen))
    await staff.click("#closing button.main")
    await expect(staff.locator("#figures")).to_contain_text("实点现金")
    await expect(staff.locator("#figures")).to_contain_text(f"¥{yuan(PAYER_FEN)}")


async def _all_agree(stage: ServedCanteen, entries: list[Entry]) -> None:
    closed = [entry.body for entry in entries if entry.kind is Kind.SHIFT][-1]
    assert isinstance(closed, Remark)
    assert closed.subject == CLOSED
    report = dict(closed.pairs)
    sheet = Sheet()
    for entry in entries:
        sheet.fold(entry)
    sold = sheet.sales(Standing.PAID)
    media, strangers, books = await rows(stage, entries)
    owed = {name: str(fen) for name, fen in funded().items()}
    assert (len(sold), sum(each.charge.payer_fen for each in sold)) == (len(KEPT), PAYER_FEN)
    assert (report["sales"], report["payer_fen"]) == (str(len(KEPT)), str(PAYER_FEN))
    assert {name: report[f"funder.{name}_fen"] for name in owed} == owed
    assert (report["cash_difference_fen"], report["reversed.cash_fen"]) == ("0", str(TAKEN_BACK.payer_fen))
    *receipts, closing = stage.printer.device.slips
    assert _printed_fen(receipts) == PAYER_FEN
    assert any(line.startswith("个人支付合计") and line.endswith(f"￥{yuan(PAYER_FEN)}") for line in closing)
    assert balanced(media, books, strangers), (media, books["problems"])
    assert sum(row.centre.fen for row in media) == PAYER_FEN + TAKEN_BACK.payer_fen
    by_funder = cast("list[dict[str, Any]]", books["by_funder"])
    assert {line["funder"]: line["fen"] for line in by_funder if line["fen"]} == funded()


def _printed_fen(slips: list[list[str]]) -> int:
    """Sum up what the paper says was paid, less what it says was taken back."""
    sum_fen = 0
    for slip in (slip for slip in slips if any("用餐小票" in line for line in slip)):
        (paid,) = [found for line in slip if (found := PAID_LINE.match(line))]
        fen = int(paid[1]) * 100 + int(paid[2])
        sum_fen += -fen if any("已撤销" in line for line in slip) else fen
    return sum_fen
