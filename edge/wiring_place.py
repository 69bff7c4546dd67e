"""Whether a terminal is told where it is: only then is anything of announcers loaded."""

from __future__ import annotations

from pathlib import Path

from edge.config import TerminalConfig
from edge.ports.place import PlaceSource


def no_place(_config: TerminalConfig) -> PlaceSource | None:
    """Return no source: the terminal stays where it was configured to be."""
    return None


def terminal_place(config: TerminalConfig) -> PlaceSource | None:
    """Return the announcer, closed; None where the configuration names none."""
    section = config.announcer
    if section.path == Path():
        return None
    from drivers.links.serial_port import SerialPort, SerialSettings  # noqa: PLC0415 - only a vehicle loads these
    from drivers.place.announcer import Announcer  # noqa: PLC0415 - as above
    from drivers.place.sentences import SentenceCodec  # noqa: PLC0415 - as above

    return Announcer(SerialPort(SerialSettings(str(section.path), section.baud)), SentenceCodec())
