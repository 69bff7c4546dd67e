"""Receipts of a till: what is on them, that none comes before its entry, and that no sale waits for a printer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from drivers.virtual.field import Moment, Tear
from drivers.virtual.printer import VirtualPrinter
from drivers.virtual.printer_orders import ROLL_LINES
from edge.domain.entry import Kind, Posted, Remark
from edge.domain.errors import RemoteProtocolError
from edge.ports.printer import PrinterState
from edge.terminal.till.receipts import WAITING_MAX
from tests.scenarios.tap_bench import DEBOUNCED_S
from tests.terminal.receipt_bench import PrintedTill, Scene, at_printed_till
from tests.terminal.till_bench import TillBench, anybody, at_till, elder

RELIEVED: Final = [
    "         shibei-canteen",
    "            用餐小票",
    "--------------------------------",
    "时间         2026-06-01 12:00:00",
    "终端                       bus-7",
    "单号                         1-3",
    "餐次                        午餐",
    "--------------------------------",
    "套餐 B x1                ￥18.00",
    "--------------------------------",
    "合计                     ￥18.00",
    "区补贴                   -￥4.00",
    "实付 (电子钱包)          ￥14.00",
    "--------------------------------",
    "今日剩余优惠餐                 0",
]


def test_an_accepted_sale_is_printed_once_with_who_pays_what(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        shown = await till.bench.sell(elder(), menu="set_b", unit_fen=0)
        till.bench.desk.hear(shown)
        await till.idle()
        (slip,) = till.slips
        assert slip[: len(RELIEVED)] == RELIEVED
        assert slip[-1].startswith("验证码")
        assert till.printer.paper.tall == ["shibei-canteen", "实付 (电子钱包)          ￥14.00"]

    at_printed_till(tmp_path, scene)


def test_a_receipt_speaks_english_where_the_till_says_so(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        await till.bench.sell(elder(), menu="set_b", unit_fen=0, party="guest", quantity=2)
        await till.idle()
        (slip,) = till.slips
        assert slip[0].strip() == "Shibei canteen"
        assert "Set meal B x1 (guest)                    ￥18.00" in slip
        assert "Paid (purse)                             ￥36.00" in slip

    at_printed_till(tmp_path, scene, language="en", columns=48, heading="Shibei canteen", cut="full")


def test_a_declined_and_a_torn_tap_print_nothing_and_the_settled_one_does(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        await till.bench.sell(anybody(balance_fen=0))
        card = elder()
        till.bench.field.plan_tear(Tear(Moment(step="DEBIT"), executed=True))
        await till.bench.sell(card)
        await asyncio.sleep(5)
        assert till.slips == []
        assert (await till.bench.ride(card)).signal.prompt == "accepted_before"
        await till.idle()
        assert [line for slip in till.slips for line in slip if "实付" in line] == ["实付 (电子钱包)          ￥11.00"]

    at_printed_till(tmp_path, scene)


def test_a_sale_that_is_taken_back_prints_what_goes_back(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        shown = await till.bench.sell(elder())
        await till.bench.ask("void", tap=shown.tap_id.hex(), reason="burnt", way="cash")
        await till.idle()
        void = till.slips[-1]
        assert void[2].strip() == "* 已撤销 *"
        assert "应退 (退现金)            ￥11.00" in void
        assert not any("剩余" in line or "burnt" in line for line in void)

    at_printed_till(tmp_path, scene)


def test_printing_again_is_marked_and_written_down(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        shown = await till.bench.sell(elder())
        await till.idle()
        await till.bench.ask("receipt", tap=shown.tap_id.hex())
        await till.idle()
        first, again = till.slips
        assert [line for line in again if line not in first] == ["            * 补打 *"]
        noted = [entry.body for entry in await till.bench.entries() if entry.kind is Kind.STAFF]
        assert noted == [Remark("receipt.again", (("staff", "s1"), ("tap", shown.tap_id.hex())))]

    at_printed_till(tmp_path, scene)


@pytest.mark.parametrize("tap", [pytest.param("zz", id="no tap"), pytest.param("00" * 8, id="a tap that never was")])
def test_what_was_not_sold_is_not_printed(tap: str, tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        with pytest.raises(RemoteProtocolError):
            await till.bench.ask("receipt", tap=tap)
        assert till.slips == []

    at_printed_till(tmp_path, scene)


def test_a_till_without_a_printer_says_so(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        assert (await bench.ask("state"))["printer"] is None
        with pytest.raises(RemoteProtocolError, match="no printer"):
            await bench.ask("receipt", tap="00" * 8)

    at_till(tmp_path, scene)


Act = Callable[[VirtualPrinter], None]


def trouble(name: str, *, on: bool) -> Act:
    """Return what brings a trouble about, or ends it."""
    return lambda printer: setattr(printer.troubles, name, on)


OUT_OF_ORDER: Final[dict[str, tuple[Act, Act, PrinterState]]] = {
    "no paper": (lambda printer: printer.refill(0), lambda printer: printer.refill(ROLL_LINES), PrinterState.NO_PAPER),
    **{
        name: (trouble(key, on=True), trouble(key, on=False), state)
        for name, key, state in (
            ("an open cover", "cover_open", PrinterState.COVER_OPEN),
            ("a printer taken offline", "offline", PrinterState.OFFLINE),
            ("a jammed cutter", "broken", PrinterState.FAULT),
            ("a printer without power", "mute", PrinterState.SILENT),
        )
    },
}


@pytest.mark.parametrize("name", sorted(OUT_OF_ORDER))
def test_sales_go_on_and_the_receipts_come_when_it_works_again(name: str, tmp_path: Path) -> None:
    out, well, state = OUT_OF_ORDER[name]

    async def scene(till: PrintedTill) -> None:
        out(till.printer)
        await till.until(lambda: till.receipts.state is state)
        card = anybody()
        for _ in range(3):
            assert (await till.bench.sell(card)).accepted
            await asyncio.sleep(DEBOUNCED_S)
        await asyncio.sleep(10)
        assert (till.slips, till.waiting) == ([], 3)
        assert (await till.bench.ask("state"))["printer"]["state"] == state.value
        well(till.printer)
        await till.idle()
        assert [line[-4:].strip() for slip in till.slips for line in slip if "单号" in line] == ["1-3", "1-5", "1-7"]
        assert not any("补打" in line for slip in till.slips for line in slip)

    at_printed_till(tmp_path, scene)


def test_paper_that_ends_in_a_slip_is_refilled_and_the_slip_goes_on(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        till.printer.refill(6)
        await till.bench.sell(elder())
        await till.until(lambda: till.receipts.state is PrinterState.NO_PAPER)
        assert till.slips == []
        till.printer.refill(ROLL_LINES)
        await till.idle()
        (slip,) = till.slips
        assert "实付 (电子钱包)          ￥11.00" in slip

    at_printed_till(tmp_path, scene)


def test_paper_that_runs_low_is_told_and_printed_on(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        till.printer.refill(30)
        await till.bench.sell(elder())
        await till.idle()
        assert (len(till.slips), till.receipts.state) == (1, PrinterState.PAPER_LOW)

    at_printed_till(tmp_path, scene)


def test_a_line_pulled_in_a_slip_prints_it_again_as_a_copy(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        till.printer.line_ms = 200
        await till.bench.sell(elder())
        await till.until(lambda: len(till.printer.paper.lines) > 3)
        till.line.unplug()
        till.printer.power_cycle()
        await till.until(lambda: till.receipts.state is PrinterState.ABSENT)
        till.line.plug()
        await till.idle()
        assert any("补打" in line for line in till.slips[-1])

    at_printed_till(tmp_path, scene)


def test_a_terminal_stopped_in_a_slip_prints_nothing_by_itself_and_a_copy_when_asked(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        till.printer.line_ms = 200
        shown = await till.bench.sell(elder())
        await till.until(lambda: len(till.printer.paper.lines) > 3)
        await till.end()
        till.printer.power_cycle()
        till.printer.paper.lines.clear()
        await till.begin()
        await asyncio.sleep(20)
        assert (till.slips, till.printer.paper.lines) == ([], [])
        till.bench.desk.hear(shown)
        await till.idle()
        assert any("补打" in line for line in till.slips[-1])

    at_printed_till(tmp_path, scene)


def test_nothing_is_on_paper_before_the_sale_is_durable(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        at_print: list[int] = []
        till.printer.on_slip = lambda: at_print.append(till.bench.journal.position().last)
        card = anybody()
        for _ in range(3):
            await till.bench.sell(card)
            await asyncio.sleep(DEBOUNCED_S)
        await till.idle()
        posted = [entry.seq for entry in await till.bench.entries() if isinstance(entry.body, Posted)]
        assert len(at_print) == len(posted) == 3
        assert all(written >= seq for written, seq in zip(at_print, posted, strict=True))

    at_printed_till(tmp_path, scene)


def test_the_queue_is_bounded_and_what_gave_way_is_counted(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        till.printer.refill(0)
        shown = await till.bench.sell(anybody())
        for _ in range(WAITING_MAX + 4):
            await till.bench.ask("receipt", tap=shown.tap_id.hex())
        assert (till.waiting, till.receipts.message()["missed"]) == (WAITING_MAX, 5)

    at_printed_till(tmp_path, scene)


def test_a_receipt_that_waited_too_long_is_not_printed_any_more(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        till.printer.refill(0)
        await till.bench.sell(anybody())
        await asyncio.sleep(70)
        till.printer.refill(ROLL_LINES)
        await asyncio.sleep(5)
        assert (till.slips, till.waiting, till.receipts.message()["missed"]) == ([], 0, 1)

    at_printed_till(tmp_path, scene, hold_s=60)


def test_a_slow_printer_is_waited_for_and_holds_no_sale_up(tmp_path: Path) -> None:
    took_s: dict[int, float] = {}

    def at_pace(line_ms: int) -> Scene:
        async def scene(till: PrintedTill) -> None:
            till.printer.line_ms = line_ms
            began_s, card = asyncio.get_running_loop().time(), anybody()
            for _ in range(3):
                assert (await till.bench.sell(card)).accepted
                await asyncio.sleep(DEBOUNCED_S)
            took_s[line_ms] = asyncio.get_running_loop().time() - began_s
            assert bool(till.waiting) is (line_ms > 0)
            await till.idle()
            assert len(till.slips) == 3
            assert not any("补打" in line for slip in till.slips for line in slip)

        return scene

    for line_ms in (0, 250):
        at_printed_till(tmp_path / str(line_ms), at_pace(line_ms))
    assert abs(took_s[250] - took_s[0]) < 0.1


def test_a_printer_that_is_never_asked_is_believed(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        till.printer.troubles.mute = True
        await till.bench.sell(elder())
        await till.idle()
        assert (len(till.slips), till.receipts.state) == (1, PrinterState.READY)

    at_printed_till(tmp_path, scene, ask=(), confirm=False, encoding="gbk")
