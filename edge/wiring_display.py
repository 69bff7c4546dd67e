"""Whether a terminal has a passenger's text display: only then is anything of it loaded."""

from __future__ import annotations

from pathlib import Path

from edge.config import TerminalConfig
from edge.ports.display import TextDisplay


def no_display(_config: TerminalConfig) -> TextDisplay | None:
    """Return no display."""
    return None


def terminal_display(config: TerminalConfig) -> TextDisplay | None:
    """Return the display, closed; None where the configuration names none."""
    section = config.display
    if section.path == Path():
        return None
    from drivers.links.serial_port import SerialPort, SerialSettings  # noqa: PLC0415 - a terminal without loads none
    from drivers.signals.text_display import DisplayModel, DisplayPort  # noqa: PLC0415 - as above

    model = DisplayModel(
        section.columns,
        section.rows,
        section.encoding,
        bytes.fromhex(section.clear),
        bytes.fromhex(section.line_end),
    )
    return DisplayPort(SerialPort(SerialSettings(str(section.path), section.baud)), model)
