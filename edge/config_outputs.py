"""The settings of the driver's lamp and of a gate's relay; see ``firmware_profiles/CONFIG.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from edge.config_values import Between, OneOf
from edge.domain.frozen import frozen

BOARDS: Final = ("", "gpio", "relay")
NONE: Final = -1
Output = Annotated[int, Between(NONE, 255)]
Baud = Annotated[int, Between(2_400, 115_200)]


@frozen
class LampSection:
    """The lamp that the driver sees: outputs of a GPIO chip or of a relay board; an empty ``board``: there is none."""

    board: Annotated[str, OneOf(BOARDS)] = ""
    path: Path = Path()
    baud: Baud = 9_600
    active_low: bool = False
    green: Output = NONE
    red: Output = NONE
    amber: Output = NONE
    show_ms: Annotated[int, Between(200, 60_000)] = 2_000


@frozen
class RelaySection:
    """What opens a gate: one output for each way; an empty ``board``: there is none."""

    board: Annotated[str, OneOf(BOARDS)] = ""
    path: Path = Path()
    baud: Baud = 9_600
    active_low: bool = False
    entry: Output = NONE
    exit: Output = NONE
    direction: Annotated[str, OneOf(("entry", "exit"))] = "entry"
    pulse_ms: Annotated[int, Between(50, 5_000)] = 500
