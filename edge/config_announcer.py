"""The settings of the stop announcer; see ``firmware_profiles/CONFIG.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from edge.config_values import Between, Shape
from edge.domain.frozen import frozen


@frozen
class AnnouncerSection:
    """The serial line of a stop announcer or driver's keypad, and the lines that this terminal serves.

    An empty ``path``: the terminal is where ``[place]`` says. No ``lines``: it serves every one it is told.
    """

    path: Path = Path()
    baud: Annotated[int, Between(4_800, 115_200)] = 9_600
    lines: tuple[Annotated[str, Shape(r".{1,32}", "1 to 32 characters")], ...] = ()
