"""Checks of a till's receipt printer: its library, its port, and how it stands. A till sells without one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from edge.cli.doctor_ports import check_spared_port
from edge.cli.doctor_report import Finding, Level, fault, fine, warn
from edge.config import TerminalConfig
from edge.ports.printer import PrinterState
from edge.wiring_printer import receipt_printer

LIBRARY: Final = "escpos"
CURES: Final = {
    PrinterState.PAPER_LOW: "have a new roll ready",
    PrinterState.NO_PAPER: "put a new roll in",
    PrinterState.COVER_OPEN: "close its cover",
    PrinterState.FAULT: "free the cutter, then switch it off and on",
    PrinterState.OFFLINE: "press its feed key, or switch it off and on",
    PrinterState.SILENT: "check power, `printer.baud` and wiring; `printer.ask = []` where the model answers nothing",
    PrinterState.ABSENT: "plug it in, or mend the path in the configuration",
}


async def check_printer(config: TerminalConfig, frames: float | None) -> AsyncIterator[Finding]:
    """Check the printer of a till that has one; ``frames`` as in :func:`check_port`."""
    printer = config.printer
    if printer.path == Path() or config.place.mode != "till":
        return
    if find_spec(LIBRARY) is None:
        cure = "install the package with its extra: onecard-edge[receipt]"
        yield fault("printer.library", "a printer is configured, and the extra `receipt` is not installed", cure)
        return
    found = list(check_spared_port("printer", printer.path, config.reader.latency_timer_ms_max, frames))
    for finding in found:
        yield finding
    if frames is None and all(finding.level is Level.OK for finding in found) and printer.ask:
        yield await _standing(config)


async def _standing(config: TerminalConfig) -> Finding:
    """Ask the printer itself; nobody else holds its port."""
    printer = receipt_printer(config.printer).printer
    try:
        state = await printer.state()
    finally:
        await printer.close()
    said = f"it says {state.value}" if state is not PrinterState.SILENT else "it answers nothing"
    return fine("printer", said) if state is PrinterState.READY else warn("printer", said, CURES[state])
