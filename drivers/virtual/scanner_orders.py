"""Orders to a virtual QR engine: ``{"do": "scan", "text": "ONECARD1"}`` or ``"hex"``, beside those of its line."""

from __future__ import annotations

from drivers.virtual.field import Report
from drivers.virtual.orders import LineOrders, Order
from drivers.virtual.port import VirtualPort
from drivers.virtual.scanner import VirtualScanner


class ScannerOrders(LineOrders):
    """A code comes before the engine; ``engine`` tells what the engine was told."""

    def __init__(self, port: VirtualPort, device: VirtualScanner, report: Report) -> None:
        super().__init__(port, device.power_cycle)
        self._device = device
        self.table |= {
            "scan": self._scan,
            "engine": lambda _order: report({"event": "engine"} | engine_state(device)),
        }

    def _scan(self, order: Order) -> None:
        if ("text" in order) == ("hex" in order):
            raise ValueError("give the code either as text or as hex")
        text, raw = order.get("text", ""), order.get("hex", "")
        if not isinstance(text, str) or not isinstance(raw, str):
            raise TypeError("text and hex are texts")
        self._device.scan(text.encode() or bytes.fromhex(raw))


def engine_state(device: VirtualScanner) -> dict[str, object]:
    """Return set-up commands in force, how often a reading was triggered, and writes to flash."""
    tongue = device.tongue
    setups = [command.hex() for command in tongue.setups]
    return {"setups": setups, "triggers": tongue.triggers, "flash_writes": tongue.flash_writes}
