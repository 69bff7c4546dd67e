"""What differs from model to model, all of it settings: see ``[printer]`` in ``firmware_profiles/CONFIG.md``."""

from __future__ import annotations

from edge.domain.frozen import frozen


@frozen
class PrinterSettings:
    """One model of printer.

    ``select`` is sent after the printer's reset: it chooses code page and Chinese mode. ``encoding`` is gb18030 or gbk.
    ``cut`` is full, part or none. ``ask`` are the n of DLE EOT n that it answers, none where it answers nothing.
    ``confirm``: it answers GS r 1 when everything before is on paper.
    """

    columns: int = 32
    encoding: str = "gb18030"
    select: bytes = b"\x1c&"
    cut: str = "none"
    feed_lines: int = 4
    square_dots: int = 5
    ask: tuple[int, ...] = (1, 2, 4)
    confirm: bool = True
    answer_timeout_ms: int = 500
