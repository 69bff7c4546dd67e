"""The paper of a virtual printer: ESC/POS bytes in, printed lines out. Own code, as the composing side's twin.

It knows what common receipt printers know (Epson, ESC/POS command reference) and notes every command that it does not.
Its Chinese font is that of a two-byte printer: a four-byte GB 18030 character comes out as the rubbish such printers
show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Final

from edge.domain.frozen import mutable

ESC, FS, GS, LF = 0x1B, 0x1C, 0x1D, 0x0A
FOUR_BYTE_SECOND: Final = range(0x30, 0x3A)
LEADS: Final = range(0x81, 0xFF)
RUBBISH: Final = "\ufffd"

LENGTHS: Final[dict[int, dict[int, int]]] = {
    ESC: {0x40: 0, 0x21: 1, 0x45: 1, 0x61: 1, 0x64: 1, 0x74: 1, 0x4D: 1, 0x32: 0, 0x33: 1, 0x2D: 1, 0x52: 1},
    FS: {0x26: 0, 0x2E: 0, 0x21: 1},
    GS: {0x21: 1, 0x42: 1, 0x61: 1, 0x56: 1, 0x72: 1},
}
"""Bytes behind each two-byte command."""
CUT_AND_FEED: Final = (65, 66)
"""GS V m with these m takes one byte more."""


@mutable
class Paper:
    """One roll. ``lines`` are those since the last cut, ``lines_left`` what the roll still has.

    ``on_cut`` hears the lines and QR codes of each slip: at a cut, or where a printer without a cutter is fed so far
    that somebody can tear the paper off. ``on_asked`` hears GS r when everything before it is printed.
    """

    on_cut: Callable[[list[str], list[str], str], None]
    on_asked: Callable[[], None]
    lines_left: int = 10_000
    lines: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    codepages: list[int] = field(default_factory=list)
    tall: list[str] = field(default_factory=list)
    _line: str = ""
    _squares: list[str] = field(default_factory=list)
    _square: str = ""
    _chinese: bool = False
    _high: bool = False

    def take(self, buffer: bytearray) -> bool:
        """Print the first thing in the buffer and remove it; False where more bytes, or more paper, are needed."""
        if not buffer or self.lines_left <= 0:
            return False
        first = buffer[0]
        if first in LENGTHS:
            return self._take_command(buffer)
        if first == LF:
            del buffer[0]
            self._feed(1)
        elif self._chinese and first in LEADS:
            return self._take_chinese(buffer)
        else:
            del buffer[0]
            self._line += chr(first) if 0x20 <= first < 0x7F else "" if first < 0x20 else RUBBISH  # noqa: PLR2004 - ASCII
        return True

    def reset(self) -> None:
        """Forget what a power cut forgets; the paper stays."""
        self._line, self._chinese, self._high, self._square = "", False, False, ""

    def _take_chinese(self, buffer: bytearray) -> bool:
        if len(buffer) < 2:  # noqa: PLR2004 - a character has two bytes
            return False
        if buffer[1] in FOUR_BYTE_SECOND:
            del buffer[0]
            self._line += RUBBISH
            return True
        self._line += bytes(buffer[:2]).decode("gbk", "replace")
        del buffer[:2]
        return True

    def _take_command(self, buffer: bytearray) -> bool:
        if len(buffer) < 2:  # noqa: PLR2004 - a command has two bytes
            return False
        if buffer[0] == GS and buffer[1] == ord("("):
            return self._take_function(buffer)
        length = LENGTHS[buffer[0]].get(buffer[1])
        if length is None:
            self.unknown.append(bytes(buffer[:2]).hex())
            del buffer[:2]
            return True
        if buffer[:2] == b"\x1dV" and len(buffer) > 2 and buffer[2] in CUT_AND_FEED:  # noqa: PLR2004 - as above
            length = 2
        if len(buffer) < 2 + length:
            return False
        name, values = bytes(buffer[:2]), bytes(buffer[2 : 2 + length])
        del buffer[: 2 + length]
        self._obey(name, values)
        return True

    def _take_function(self, buffer: bytearray) -> bool:
        """Take ``GS ( x pL pH ...``; of them the QR code's text and its printing count."""
        if len(buffer) < 5:  # noqa: PLR2004 - up to its length
            return False
        length = buffer[3] | buffer[4] << 8
        if len(buffer) < 5 + length:
            return False
        family, body = buffer[2], bytes(buffer[5 : 5 + length])
        del buffer[: 5 + length]
        if family != ord("k"):
            self.unknown.append(f"1d28{family:02x}")
        elif body[:2] == b"1P":
            self._square = body[3:].decode("utf-8", "replace")
        elif body[:2] == b"1Q":
            self._squares.append(self._square)
        return True

    def _obey(self, name: bytes, values: bytes) -> None:
        match name:
            case b"\x1b@":
                self.reset()
            case b"\x1bt":
                self.codepages.append(values[0])
            case b"\x1c&":
                self._chinese = True
            case b"\x1c.":
                self._chinese = False
            case b"\x1c!":
                self._high = bool(values[0] & 0x08)
            case b"\x1bd":
                self._feed(values[0])
                if values[0] > 1:
                    self._cut("torn")
            case b"\x1dV":
                self._cut("part" if values[0] & 1 else "full")
            case b"\x1dr":
                self.on_asked()

    def _feed(self, count: int) -> None:
        if self._line and self._high:
            self.tall.append(self._line.strip())
        self.lines += [self._line.rstrip(), *[""] * (count - 1)][:count]
        self._line = ""
        self.lines_left -= count

    def _cut(self, how: str) -> None:
        lines, self.lines = self.lines, []
        squares, self._squares = self._squares, []
        while lines and not lines[-1]:
            lines.pop()
        if lines or squares:
            self.on_cut(lines, squares, how)
