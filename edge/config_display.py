"""The settings of the passenger's text display; see ``firmware_profiles/CONFIG.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from edge.config_shapes import HexBytes
from edge.config_values import Between, OneOf
from edge.domain.frozen import frozen


@frozen
class DisplaySection:
    """The display, its line and its screen; an empty ``path``: there is none.

    The model's part is that of :class:`drivers.signals.text_display.DisplayModel`.
    """

    path: Path = Path()
    baud: Annotated[int, Between(2_400, 115_200)] = 9_600
    columns: Annotated[int, Between(12, 64)] = 20
    rows: Annotated[int, Between(1, 4)] = 2
    encoding: Annotated[str, OneOf(("gb18030", "ascii"))] = "gb18030"
    clear: HexBytes = "0C"
    line_end: HexBytes = "0D0A"
    language: Annotated[str, OneOf(("zh", "en"))] = "zh"
    show_ms: Annotated[int, Between(500, 60_000)] = 4_000
