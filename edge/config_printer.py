"""The settings of the receipt printer; see ``firmware_profiles/CONFIG.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from edge.config_shapes import HexBytes
from edge.config_values import Between, OneOf, Shape
from edge.domain.frozen import frozen


@frozen
class PrinterSection:
    """The printer, its line and its paper; an empty ``path``: there is none.

    The model's part is that of :class:`drivers.printers.settings.PrinterSettings`.
    """

    path: Path = Path()
    baud: Annotated[int, Between(9_600, 921_600)] = 115_200
    columns: Annotated[int, Between(24, 64)] = 32
    encoding: Annotated[str, OneOf(("gb18030", "gbk"))] = "gb18030"
    select: HexBytes = "1C26"
    cut: Annotated[str, OneOf(("none", "full", "part"))] = "none"
    feed_lines: Annotated[int, Between(2, 20)] = 4
    square_dots: Annotated[int, Between(0, 16)] = 5
    ask: tuple[Annotated[int, Between(1, 4)], ...] = (1, 2, 4)
    confirm: bool = True
    answer_timeout_ms: Annotated[int, Between(1, 600_000)] = 500
    hold_s: Annotated[int, Between(0, 86_400)] = 600
    language: Annotated[str, OneOf(("zh", "en"))] = "zh"
    reliefs: Annotated[str, OneOf(("by_funder", "one_sum"))] = "by_funder"
    heading: Annotated[str, Shape(r".{0,32}", "at most 32 characters")] = ""
