"""``onecard doctor`` on a vehicle or gate: each part by name, and never a fault, for taps go on without them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edge.cli.doctor_report import Finding, Level
from edge.cli.doctor_vehicle import check_vehicle
from edge.config import load_config
from edge.wiring_virtual import virtual_announcer, virtual_display, virtual_relays
from tests.cli.terminal_folder import enrolled

ABSENT: Final = """
[announcer]
path = "absent-1"
[keypad]
path = "absent-2"
[display]
path = "absent-3"
[lamp]
board = "gpio"
path = "absent-4"
green = 1
[relay]
board = "relay"
path = "absent-5"
entry = 1
"""


def findings(folder: Path, settings: str, frames: Mapping[str, float]) -> list[Finding]:
    config = enrolled(folder).config
    config.write_text(config.read_text("utf-8") + settings, "utf-8")
    return list(check_vehicle(load_config(config), frames.get))


def test_a_terminal_without_them_is_not_asked_for_them(tmp_path: Path) -> None:
    assert findings(tmp_path, "", {}) == []


def test_ports_that_are_not_there_are_named_as_warnings(tmp_path: Path) -> None:
    found = findings(tmp_path, ABSENT, {})
    assert [(each.check, each.level) for each in found] == [
        (f"port.{name}", Level.WARN) for name in ("announcer", "keypad", "display", "lamp", "relay")
    ]
    assert all("ENOENT" in each.cause or "no such GPIO chip" in each.cause for each in found)
    assert all(each.cure for each in found)


async def test_ports_that_are_there_are_fine_and_a_mute_announcer_is_not(tmp_path: Path) -> None:
    announcer, display = virtual_announcer(link=tmp_path / "a"), virtual_display(link=tmp_path / "d")
    relays = virtual_relays(link=tmp_path / "r")
    (tmp_path / "chip").touch()
    async with announcer.port, display.port, relays.port:
        settings = f'\n[announcer]\npath = "{announcer.port.path}"\n[display]\npath = "{display.port.path}"\n'
        settings += f'[relay]\nboard = "relay"\npath = "{relays.port.path}"\nentry = 1\n'
        settings += f'[lamp]\nboard = "gpio"\npath = "{tmp_path / "chip"}"\ngreen = 1\n'
        frames = {"place": 0.0, "display": 7.0, "relay": 1.0}
        found = {each.check: each.level for each in await asyncio.to_thread(findings, tmp_path, settings, frames)}
    assert found["port.announcer"] is Level.WARN
    assert {found[f"port.{name}"] for name in ("display", "relay", "lamp")} == {Level.OK}
