"""Orders to a virtual printer: ``{"do": "paper", "lines": 0}``, ``{"do": "cover", "open": true}``, ``slow``, ..."""

from __future__ import annotations

from drivers.virtual.field import Report
from drivers.virtual.orders import LineOrders, Order
from drivers.virtual.port import VirtualPort
from drivers.virtual.printer import VirtualPrinter

ROLL_LINES = 10_000


class PrinterOrders(LineOrders):
    """Paper in and out, cover, troubles and pace; ``slips`` tells everything that was printed."""

    def __init__(self, port: VirtualPort, device: VirtualPrinter, report: Report) -> None:
        super().__init__(port, device.power_cycle)
        self._device = device
        self.table |= {
            "paper": self._paper,
            "cover": lambda order: self._trouble("cover_open", on=order.get("open", True)),
            "offline": lambda order: self._trouble("offline", on=order.get("on", True)),
            "broken": lambda order: self._trouble("broken", on=order.get("on", True)),
            "mute": lambda order: self._trouble("mute", on=order.get("on", True)),
            "slow": self._slow,
            "slips": lambda _order: report({"event": "slips", "slips": device.slips, "unknown": device.paper.unknown}),
        }

    def _paper(self, order: Order) -> None:
        lines = order.get("lines", ROLL_LINES)
        if type(lines) is not int or lines < 0:
            raise TypeError("lines is a number from 0 on")
        self._device.refill(lines)

    def _trouble(self, name: str, *, on: object) -> None:
        if type(on) is not bool:
            raise TypeError("that is on or off: true or false")
        setattr(self._device.troubles, name, on)
        self._device.go_on()

    def _slow(self, order: Order) -> None:
        line_ms = order.get("line_ms", 100)
        if type(line_ms) is not int or line_ms < 0:
            raise TypeError("line_ms is a number from 0 on")
        self._device.line_ms = line_ms
