"""A shift's report on paper: numbered, in plain words, in GB 18030; and the menus' own names on receipts."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from edge.domain.meals.menu import MenuItem, Menus
from edge.domain.meals.refusal import StaffRefused, Why
from edge.domain.slip import width_of
from edge.terminal.till.paper_words import WORDS_FILE
from edge.terminal.till.receipt_slip import Look
from edge.terminal.till.report_slip import figure_name, report_slip
from edge.wiring_till import PAGES
from sync.tariff_wire import encode_tariff
from sync.value_forms import MENUS_KIND, encode_value
from tests.domain.canteen import canteen
from tests.store.editions import artifact, deny, write_edition
from tests.terminal.receipt_bench import PrintedTill, at_printed_till
from tests.terminal.till_bench import TillBench, anybody, at_till, elder
from tests.till.pictured_states import REPORT

FIGURES: Final = tuple(REPORT.items())
LOOK: Final = Look(32)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("columns", [24, 32, 48])
def test_every_figure_stands_on_the_paper_and_no_line_is_wider(columns: int, language: str) -> None:
    slip = report_slip(FIGURES, replace(LOOK, columns=columns, language=language), "canteen", copy=False)
    assert all(width_of(line.text) <= columns for line in slip.lines)
    text = "".join(line.text.replace(" ", "") for line in slip.lines)
    for name in REPORT:
        assert figure_name(name, language).replace(" ", "") in text


def test_a_report_is_printed_when_the_shift_is_closed_and_again_as_a_copy(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        till.bench.desk.hear(await till.bench.sell(elder()))
        await till.bench.ask("shift.close", cash_fen=0)
        await till.bench.ask("report.print", number=1)
        await till.idle()
        _, report, again = till.slips
        assert report[1].strip() == "交班报表 第 1"
        assert "个人支付 电子钱包        ￥11.00" in report
        assert "补贴 区补贴               ￥4.00" in report
        assert "交班人                        s1" in report
        assert "* 补打 *" not in " ".join(report)
        assert again[2].strip() == "* 补打 *"

    at_printed_till(tmp_path, scene)


def test_the_report_of_a_shift_that_was_opened_again_names_the_one_it_replaces(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        await till.bench.ask("shift.close", cash_fen=0)
        await till.bench.ask("shift.reopen")
        await till.bench.ask("shift.close", cash_fen=0)
        await till.idle()
        assert [slip[1].strip() for slip in till.slips] == ["交班报表 第 1", "交班报表 第 2"]
        assert till.slips[1][2].strip() == "重开后更正，取代第 1"

    at_printed_till(tmp_path, scene)


def test_a_close_waits_for_no_paper(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        till.printer.refill(0)
        assert (await till.bench.ask("shift.close", cash_fen=0))["report"]["number"] == "1"
        assert till.slips == []
        till.printer.refill(1_000)
        await till.idle()
        assert len(till.slips) == 1

    at_printed_till(tmp_path, scene)


def test_without_a_printer_there_is_nothing_to_print_again(tmp_path: Path) -> None:
    async def scene(bench: TillBench) -> None:
        await bench.ask("shift.close", cash_fen=0)
        with pytest.raises(StaffRefused) as found:
            await bench.ask("report.print", number=1)
        assert found.value.why is Why.NO_PRINTER

    at_till(tmp_path, scene)


def test_a_receipt_calls_a_set_meal_as_the_menus_in_force_do(tmp_path: Path) -> None:
    async def scene(till: PrintedTill) -> None:
        bench = till.bench
        menus = Menus((MenuItem("set_b", "今日套餐", "Today's set"),))
        files = [
            ("tariff", 2, artifact("tariff", 2, encode_tariff([canteen()]))),
            ("deny_list", 2, deny(2)),
            (MENUS_KIND, 2, artifact(MENUS_KIND, 2, encode_value(menus))),
        ]
        bench.reference.install(write_edition(tmp_path, 2, files))
        bench.desk.hear(await bench.sell(anybody(), menu="set_b", unit_fen=0))
        await till.idle()
        (slip,) = till.slips
        assert any(line.startswith("今日套餐 x1") for line in slip)

    at_printed_till(tmp_path, scene)


def test_paper_and_page_have_a_name_for_the_same_figures() -> None:
    pages: dict[str, Any] = tomllib.loads((PAGES / "texts.toml").read_text("utf-8"))
    paper: dict[str, Any] = tomllib.loads(WORDS_FILE.read_text("utf-8"))
    assert paper["figure"].keys() == pages["figure"].keys()
