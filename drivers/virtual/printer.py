"""A virtual receipt printer: prints what it gets onto paper of text, and answers questions at once, busy or not.

Out of paper, with its cover open or offline it keeps what came and goes on later, as printers do; a power cut forgets
it. Slow, it takes its time for every line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.field import Report
from drivers.virtual.printer_paper import Paper
from edge.domain.frozen import mutable

ASK: Final = b"\x10\x04"
FIXED: Final = 0x12
BUFFER_BYTES: Final = 65_536
LOW_LINES: Final = 40


@mutable
class PrinterTroubles:
    """What keeps it from printing. ``broken`` is an error of the cutter, ``mute`` answers no question."""

    cover_open: bool = False
    offline: bool = False
    broken: bool = False
    mute: bool = False

    @property
    def any(self) -> bool:
        """Say whether one of them stops the paper."""
        return self.cover_open or self.offline or self.broken


class VirtualPrinter:
    """One printer. ``later`` runs something after so many ms, on the loop.

    ``line_ms`` is how long a line takes; where it takes any time, each is reported.
    """

    def __init__(self, report: Report, later: Callable[[float, Callable[[], None]], object]) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self.line_ms = 0
        self.troubles = PrinterTroubles()
        self.slips: list[list[str]] = []
        self.paper = Paper(self._cut, self._asked)
        self.on_slip: Callable[[], None] = lambda: None
        self._report = report
        self._later = later
        self._buffer = bytearray()
        self._split = b""
        self._waits = False

    def receive(self, incoming: bytes) -> list[Reply]:
        """Answer questions at once, wherever they stand in the stream; print the rest."""
        stream, self._split = self._split + incoming, b""
        replies = []
        while (at := stream.find(ASK)) >= 0 and at + len(ASK) < len(stream):
            self._buffer += stream[:at]
            if not self.troubles.mute:
                replies.append(Reply(0.0, bytes((self.status(stream[at + len(ASK)]),))))
            stream = stream[at + len(ASK) + 1 :]
        begun = next((begun for begun in (ASK, ASK[:1]) if stream.endswith(begun)), b"")
        stream, self._split = stream.removesuffix(begun), begun
        self._buffer += stream
        del self._buffer[BUFFER_BYTES:]
        self.go_on()
        return replies

    def status(self, number: int) -> int:
        """Return the answer to DLE EOT ``number``."""
        troubles, out = self.troubles, self.paper.lines_left <= 0
        bits = {
            1: 0x08 if troubles.any or out else 0,
            2: 0x04 * troubles.cover_open | 0x20 * out | 0x40 * troubles.broken,
            3: 0x08 * troubles.broken,
            4: (0x60 if out else 0) | (0x0C if self.paper.lines_left <= LOW_LINES else 0),
        }
        return FIXED | bits.get(number, 0)

    def go_on(self) -> None:
        """Print what waits, as far as paper, troubles and pace allow."""
        while not self._waits and not self.troubles.any:
            before = self.paper.lines_left
            if not self.paper.take(self._buffer):
                return
            if self.line_ms and self.paper.lines_left < before:
                self._waits = True
                self._report({"event": "line"})
                self._later(self.line_ms * (before - self.paper.lines_left), self._rested)

    def refill(self, lines: int) -> None:
        """Put a new roll in."""
        self.paper.lines_left = lines
        self.go_on()

    def power_cycle(self) -> None:
        """Forget everything that waits."""
        self._buffer.clear()
        self._split = b""
        self.paper.reset()

    def _rested(self) -> None:
        self._waits = False
        self.go_on()

    def _cut(self, lines: list[str], squares: list[str], how: str) -> None:
        self.slips.append(lines)
        self.on_slip()
        self._report({"event": "slip", "lines": lines, "squares": squares, "cut": how})

    def _asked(self) -> None:
        if not self.troubles.mute:
            self.on_unsolicited(Reply(0.0, bytes((0x0C if self.paper.lines_left <= 0 else 0,))))
