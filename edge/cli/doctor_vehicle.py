"""The doctor's look at what a vehicle has beside its reader: the stop announcer's port and the text display's.

Neither is ever a fault: taps go on without them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge.cli.doctor_ports import check_spared_port
from edge.cli.doctor_report import Finding
from edge.config import TerminalConfig


def check_vehicle(config: TerminalConfig, heard: float | None, shown: float | None) -> Iterator[Finding]:
    """Check both ports where there are such; ``heard`` and ``shown`` are their frames as in :func:`check_port`."""
    for name, path, frames in (
        ("announcer", config.announcer.path, heard),
        ("display", config.display.path, shown),
    ):
        if path != Path():
            yield from check_spared_port(name, path, config.reader.latency_timer_ms_max, frames)
