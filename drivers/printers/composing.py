"""A slip as ESC/POS bytes: the only door to python-escpos.

The library is loaded when the first printer is made, never by an import. What it does to a process on being imported is
undone here: a handler on the root logger, and a folder of temporary files that it would leave behind at every start.

Every text goes out in the printer's one Chinese encoding. Left to itself the library sends a text without Chinese
characters through its search for code pages, where the yuan sign becomes a question mark.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from drivers.printers.settings import PrinterSettings
from edge.domain.errors import ConfigError
from edge.domain.slip import Slip, SlipLine

Compose = Callable[[Slip], bytes]

YUAN: Final = "\uffe5"
HALF_YUAN: Final = "\u00a5"
"""In GB 18030 the bytes 81 30 84 36, which printers with two-byte fonts show as ``0 6``: never sent."""
TALL: Final = 0x08
"""FS ! n, bit 3: Chinese characters twice as high; ESC ! n reaches the others alone."""


def composer(settings: PrinterSettings) -> Compose:
    """Return what turns slips into bytes for one model; raises ``CONFIG_VALUE`` where the extra is not installed."""
    try:
        make = _library()
    except ImportError as error:
        raise ConfigError(
            "CONFIG_VALUE", f"a printer is configured, and the extra `receipt` is not installed: {error.name}"
        ) from error
    chinese = {"encoding": settings.encoding, "disabled": True, "encoder": ChineseEncoder()}

    def compose(slip: Slip) -> bytes:
        paper = make(magic_encode_args=chinese)
        _compose(paper, slip, settings)
        return bytes(paper.output)

    return compose


def _library() -> Callable[..., Any]:
    """Return the library's printer into memory, and leave the process as it was."""
    with _no_traces():
        from escpos.printer.dummy import Dummy  # noqa: PLC0415 - a terminal without a printer does not load it
    made: Callable[..., Any] = Dummy
    return made


@contextmanager
def _no_traces() -> Iterator[None]:
    root, before = logging.getLogger(), tempfile.tempdir
    logged_to = list(root.handlers)
    with tempfile.TemporaryDirectory(prefix="onecard-receipt-") as scratch:
        tempfile.tempdir = scratch
        try:
            yield
        finally:
            tempfile.tempdir = before
            root.handlers[:] = logged_to


class ChineseEncoder:
    """The library's encoder for printers with one Chinese encoding: no search for code pages, no guesses."""

    def get_encoding_name(self, encoding: str) -> str:
        """Return the name as it is."""
        return encoding

    def encode(self, text: str, encoding: str) -> bytes:
        """Return the bytes of a text; what the encoding lacks is a question mark."""
        return text.replace(HALF_YUAN, YUAN).encode(encoding, "replace")


def _compose(paper: Any, slip: Slip, settings: PrinterSettings) -> None:  # noqa: ANN401 - the library has no types
    paper.hw("INIT")
    paper._raw(b"\x1da\x00" + settings.select)  # noqa: SLF001 - the library's own way for other commands; GS a 0: no unasked status
    for line in slip.lines:
        _print_line(paper, line)
    if slip.square and settings.square_dots:
        paper.set(align="center")
        paper.qr(slip.square, native=True, size=settings.square_dots)
        paper.set(align="left")
    if settings.cut == "none":
        paper.print_and_feed(settings.feed_lines)
    else:
        paper.cut(mode=settings.cut.upper())


def _print_line(paper: Any, line: SlipLine) -> None:  # noqa: ANN401 - as above
    styled = line.tall or line.strong
    if styled:
        paper.set(bold=line.strong, double_height=line.tall)
        paper._raw(b"\x1c!" + bytes((TALL if line.tall else 0,)))  # noqa: SLF001 - as above
    paper.textln(line.text)
    if styled:
        paper.set(bold=False, normal_textsize=True)
        paper._raw(b"\x1c!\x00")  # noqa: SLF001 - as above
