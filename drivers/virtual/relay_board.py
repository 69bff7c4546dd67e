"""A virtual relay board: what is switched on, reported with every change. Own code, as the driver's twin."""

from __future__ import annotations

from typing import Final

from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.field import Report
from drivers.virtual.orders import LineOrders
from drivers.virtual.port import VirtualPort

START: Final = 0xA0
RELAYS: Final = 8
ORDER_BYTES: Final = 4


class VirtualRelayBoard:
    """Eight relays that keep their state until the next order, or until the power fails; it answers nothing."""

    def __init__(self, report: Report) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self.on: set[int] = set()
        self.strange = 0
        self._report = report
        self._pending = b""

    def receive(self, incoming: bytes) -> list[Reply]:
        """Obey orders in any division; bytes that are none are passed over and counted."""
        self._pending += incoming
        while len(self._pending) >= ORDER_BYTES:
            head, relay, wanted, check = self._pending[:ORDER_BYTES]
            sound = head == START and check == (head + relay + wanted) % 256
            if sound and relay in range(1, RELAYS + 1) and wanted in (0, 1):
                self._switch(relay, on=bool(wanted))
                self._pending = self._pending[ORDER_BYTES:]
            else:
                self.strange += 1
                self._pending = self._pending[1:]
        return []

    def power_cycle(self) -> None:
        """Let go of every relay."""
        self.on.clear()

    def _switch(self, relay: int, *, on: bool) -> None:
        if on is (relay in self.on):
            return
        (self.on.add if on else self.on.discard)(relay)
        self._report({"event": "relay", "relay": relay, "on": on})


class RelayOrders(LineOrders):
    """``{"do": "relays"}`` tells which are on."""

    def __init__(self, port: VirtualPort, device: VirtualRelayBoard, report: Report) -> None:
        super().__init__(port, device.power_cycle)
        self.table["relays"] = lambda _order: report({"event": "relays", "on": sorted(device.on)})
