"""``onecard doctor`` on a vehicle: announcer and display by name, and never a fault, for taps go on without them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from edge.cli.doctor_report import Finding, Level
from edge.cli.doctor_vehicle import check_vehicle
from edge.config import load_config
from edge.wiring_virtual import virtual_announcer, virtual_display
from tests.cli.terminal_folder import enrolled


def findings(folder: Path, settings: str, *frames: float | None) -> list[Finding]:
    config = enrolled(folder).config
    config.write_text(config.read_text("utf-8") + settings, "utf-8")
    return list(check_vehicle(load_config(config), *frames))


def test_a_terminal_without_them_is_not_asked_for_them(tmp_path: Path) -> None:
    assert findings(tmp_path, "", None, None) == []


def test_ports_that_are_not_there_are_named_as_warnings(tmp_path: Path) -> None:
    settings = '\n[announcer]\npath = "absent-1"\n[display]\npath = "absent-2"\n'
    found = findings(tmp_path, settings, None, None)
    assert [(each.check, each.level) for each in found] == [
        ("port.announcer", Level.WARN),
        ("port.display", Level.WARN),
    ]
    assert all("ENOENT" in each.cause for each in found)


async def test_ports_that_are_there_are_fine_and_a_mute_announcer_is_not(tmp_path: Path) -> None:
    announcer, display = virtual_announcer(link=tmp_path / "a"), virtual_display(link=tmp_path / "d")
    async with announcer.port, display.port:
        settings = f'\n[announcer]\npath = "{announcer.port.path}"\n[display]\npath = "{display.port.path}"\n'
        found = {each.check: each.level for each in await asyncio.to_thread(findings, tmp_path, settings, 0, 7)}
    assert found["port.announcer"] is Level.WARN
    assert found["port.display"] is Level.OK
