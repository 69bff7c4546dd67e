"""A virtual text display: what a passenger would read, reported with every change. Own code, as the codec's twin."""

from __future__ import annotations

from typing import Final

from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.field import Report
from drivers.virtual.orders import LineOrders
from drivers.virtual.port import VirtualPort

CLEAR: Final = b"\x0c"
KEPT_BYTES: Final = 4_096


class VirtualDisplay:
    """A screen that a form feed clears and CR LF breaks into lines; its font is GB18030."""

    def __init__(self, report: Report) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self._report = report
        self._screen = b""

    @property
    def lines(self) -> list[str]:
        """Return what stands on the screen."""
        return self._screen.decode("gb18030", "replace").split("\r\n") if self._screen else []

    def receive(self, incoming: bytes) -> list[Reply]:
        """Show bytes in any division, and answer none."""
        *_, rest = incoming.rpartition(CLEAR)
        self._screen = (rest if CLEAR in incoming else self._screen + rest)[-KEPT_BYTES:]
        self._report({"event": "screen", "lines": self.lines})
        return []

    def power_cycle(self) -> None:
        """Go dark."""
        self._screen = b""


class DisplayOrders(LineOrders):
    """``{"do": "screen"}`` tells what stands on it."""

    def __init__(self, port: VirtualPort, device: VirtualDisplay, report: Report) -> None:
        super().__init__(port, device.power_cycle)
        self.table["screen"] = lambda _order: report({"event": "screen", "lines": device.lines})
