"""Every shipped part for a printer prints a slip as wide as its paper, and says nothing that printers do not know."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drivers.links.memory import MemoryLine
from drivers.virtual.printer import VirtualPrinter
from edge.config import TerminalConfig, load_config
from edge.domain.errors import ConfigError
from edge.domain.slip import Slip, SlipLine, in_two
from edge.ports.printer import PrinterState
from edge.wiring_printer import no_printer, receipt_printer, till_printer
from firmware_profiles.profile import FOLDER, profile_layers
from tests.drivers.reader_bench import on_virtual_time

PARTS = sorted(file.stem for file in (FOLDER / "printer").glob("*.toml"))
HEAD = 'profile = "{profile}"\n[place]\ncity = "4520"\noperator = "books"\n[printer]\n'


def config_of(folder: Path, keys: str, profile: str = "canteen-till") -> TerminalConfig:
    """Return a terminal with these keys of ``[printer]``."""
    file = folder / "terminal.toml"
    ports = '[reader]\npath = "reader"\n[sam]\npath = "sam"\n'
    file.write_text(HEAD.format(profile=profile) + keys + ports, "utf-8")
    return load_config(file)


def keys_of(part: str) -> str:
    """Return a part's keys, as they would stand in the terminal's own file."""
    (_, table), *_ = profile_layers(f"printer/{part}")
    section = table["printer"]
    assert isinstance(section, dict)
    return "".join(f"{name} = {toml(value)}\n" for name, value in section.items())


def toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


@pytest.mark.parametrize("part", PARTS)
def test_a_part_prints_a_slip_as_wide_as_its_paper(part: str, tmp_path: Path) -> None:
    section = config_of(tmp_path, keys_of(part)).printer
    device = VirtualPrinter(lambda _event: None, lambda _after_ms, _work: None)
    line = MemoryLine(part, device)
    printer = receipt_printer(section, lambda _settings: line.link()).printer
    wide = next(in_two("餐费", "\uffe515.00", printer.columns))

    async def scene() -> None:
        assert await printer.state() is PrinterState.READY
        assert await printer.send(Slip((SlipLine(wide), SlipLine("实付", tall=True, strong=True)), "7K2-9A-B3D9FQ1"))
        assert await asyncio.wait_for(printer.printed(1_000), 2)
        await printer.close()

    on_virtual_time(scene())
    assert device.slips == [[wide, "实付"]]
    assert device.paper.unknown == []


def test_a_till_that_names_no_printer_has_none(tmp_path: Path) -> None:
    config = config_of(tmp_path, "")
    assert till_printer(config) is None
    assert no_printer(config) is None


def test_a_bus_prints_nothing(tmp_path: Path) -> None:
    assert till_printer(config_of(tmp_path, 'path = "printer"\n', "bus-validator")) is None


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param("columns = 12", id="paper that is too narrow"),
        pytest.param('encoding = "utf-8"', id="an encoding that no such printer has"),
        pytest.param("ask = [5]", id="a question that nobody answers"),
        pytest.param('select = "1c26"', id="bytes in lower case"),
        pytest.param('language = "de"', id="a language without words"),
    ],
)
def test_a_wrong_setting_is_refused(keys: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"printer\."):
        config_of(tmp_path, keys + "\n")
