"""The doctor's look at what a vehicle or gate has beside its reader: announcer, keypad, display, lamp and relay.

None of them is ever a fault: taps go on without them. But a gate that cannot be opened is told first to whoever asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from edge.cli.doctor_ports import check_spared_port
from edge.cli.doctor_report import Finding, fine, warn
from edge.config import TerminalConfig
from edge.config_outputs import LampSection, RelaySection

Frames = Callable[[str], float | None]
"""By the name of a port: how many frames the running terminal has had of it, None where it does not run."""


def check_vehicle(config: TerminalConfig, frames: Frames) -> Iterator[Finding]:
    """Check the ports that there are."""
    latency_ms = config.reader.latency_timer_ms_max
    for name, port, path in (
        ("announcer", "place", config.announcer.path),
        ("keypad", "keypad", config.keypad.path),
        ("display", "display", config.display.path),
    ):
        if path != Path():
            yield from check_spared_port(name, path, latency_ms, frames(port))
    for name, section in (("lamp", config.lamp), ("relay", config.relay)):
        if section.board == "relay":
            yield from check_spared_port(name, section.path, latency_ms, frames(name))
        elif section.board:
            yield _check_chip(f"port.{name}", section)


def _check_chip(check: str, section: LampSection | RelaySection) -> Finding:
    path = section.path
    if not path.exists():
        return warn(check, f"{path}: no such GPIO chip", "`gpiodetect` shows what is there; mend the path")
    if not os.access(path, os.R_OK | os.W_OK):
        return warn(check, f"{path}: no permission", "add the service user to the chip's group (usually gpio)")
    return fine(check, f"{path}: there")
