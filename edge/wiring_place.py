"""Whether a terminal is told where it is, and by whom: only then is anything of announcers and keypads loaded."""

from __future__ import annotations

from pathlib import Path

from edge.config import TerminalConfig
from edge.ports.place import PlaceSource


def no_place(_config: TerminalConfig) -> PlaceSource | None:
    """Return no source: the terminal stays where it was configured to be, and nobody presses keys."""
    return None


def terminal_place(config: TerminalConfig) -> PlaceSource | None:
    """Return the announcer, closed; None where the configuration names none."""
    return _source(config.announcer.path, config.announcer.baud, "place")


def driver_keypad(config: TerminalConfig) -> PlaceSource | None:
    """Return the driver's keypad, closed; None where it has no line of its own."""
    return _source(config.keypad.path, config.keypad.baud, "keypad")


def _source(path: Path, baud: int, port: str) -> PlaceSource | None:
    if path == Path():
        return None
    from drivers.links.serial_port import SerialPort, SerialSettings  # noqa: PLC0415 - only a vehicle loads these
    from drivers.place.announcer import Announcer  # noqa: PLC0415 - as above
    from drivers.place.sentences import SentenceCodec  # noqa: PLC0415 - as above

    return Announcer(SerialPort(SerialSettings(str(path), baud)), SentenceCodec(), port)
