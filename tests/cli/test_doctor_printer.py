"""``onecard doctor`` on a till's printer: named causes and cures, and never a fault, for a till sells without one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.virtual.printer import VirtualPrinter
from edge.cli.doctor_printer import check_printer
from edge.cli.doctor_report import Finding, Level
from edge.config import TerminalConfig
from edge.wiring_virtual import virtual_printer
from tests.profiles.test_printer_parts import config_of


async def examined(config: TerminalConfig, frames: float | None = None) -> list[Finding]:
    return [finding async for finding in check_printer(config, frames)]


def well(_device: VirtualPrinter) -> None:
    """Leave the printer as it is."""


def without_paper(device: VirtualPrinter) -> None:
    device.refill(0)


def with_its_cover_open(device: VirtualPrinter) -> None:
    device.troubles.cover_open = True


def without_power(device: VirtualPrinter) -> None:
    device.troubles.mute = True


@pytest.mark.parametrize(
    ("happens", "level", "said", "cure"),
    [
        pytest.param(well, Level.OK, "ready", "", id="all is well"),
        pytest.param(without_paper, Level.WARN, "no_paper", "new roll", id="no paper"),
        pytest.param(with_its_cover_open, Level.WARN, "cover_open", "close", id="an open cover"),
        pytest.param(without_power, Level.WARN, "answers nothing", "power", id="no power"),
    ],
)
async def test_a_stopped_till_asks_the_printer_itself(
    happens: Callable[[VirtualPrinter], None], level: Level, said: str, cure: str, tmp_path: Path
) -> None:
    printer = virtual_printer(link=tmp_path / "printer")
    happens(printer.device)
    async with printer.port:
        port, standing = await examined(config_of(tmp_path, 'path = "printer"\n'))
    assert (port.check, port.level) == ("port.printer", Level.OK)
    assert (standing.check, standing.level) == ("printer", level)
    assert said in standing.cause
    assert cure in standing.cure


async def test_a_printer_that_is_not_there_is_no_fault_of_the_till(tmp_path: Path) -> None:
    (finding,) = await examined(config_of(tmp_path, 'path = "printer"\n'))
    assert (finding.level, finding.check) == (Level.WARN, "port.printer")
    assert "no such port" in finding.cause


async def test_a_running_till_is_believed_about_its_printer(tmp_path: Path) -> None:
    printer = virtual_printer(link=tmp_path / "printer")
    async with printer.port:
        (finding,) = await examined(config_of(tmp_path, 'path = "printer"\n'), frames=12)
    assert "served by the running terminal" in finding.cause


async def test_a_till_without_a_printer_has_no_check(tmp_path: Path) -> None:
    assert await examined(config_of(tmp_path, "")) == []


async def test_a_printer_without_its_library_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.cli.doctor_printer.LIBRARY", "no_such_library")
    (finding,) = await examined(config_of(tmp_path, 'path = "printer"\n'))
    assert (finding.level, finding.check) == (Level.FAULT, "printer.library")
    assert "onecard-edge[receipt]" in finding.cure
