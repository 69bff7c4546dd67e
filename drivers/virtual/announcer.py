"""A virtual stop announcer with a driver's keypad: says where the vehicle is. Own code, as the codec's twin."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import xor
from typing import Final

from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.orders import LineOrders, Order
from drivers.virtual.port import VirtualPort

_SAID: Final = {
    "sign_on": ("PBUSN", ("driver", "vehicle", "line", "direction")),
    "line": ("PBUSL", ("line", "direction")),
    "stop": ("PBUSS", ("station", "line", "direction")),
    "sign_off": ("PBUSF", ()),
    "key": ("PBUSK", ("key", "riders")),
}


class VirtualAnnouncer:
    """Speaks by itself, and hears nothing."""

    def __init__(self) -> None:
        self.on_unsolicited: Unsolicited = nobody

    def receive(self, _incoming: bytes) -> list[Reply]:
        """Take bytes and answer none."""
        return []

    def say(self, address: str, *values: str) -> None:
        """Send one sentence."""
        body = ",".join((address, *values)).encode()
        self.on_unsolicited(Reply(0.0, b"$" + body + b"*" + f"{reduce(xor, body):02X}".encode() + b"\r\n"))


class AnnouncerOrders(LineOrders):
    """``{"do": "sign_on", "driver": "1042"}``, ``line``, ``stop``, ``sign_off``; ``key`` with ``riders``."""

    def __init__(self, port: VirtualPort, device: VirtualAnnouncer) -> None:
        super().__init__(port, _keeps_nothing)
        for name, (address, keys) in _SAID.items():
            self.table[name] = _saying(device, address, keys)


def _keeps_nothing() -> None:
    """Lose nothing with the power: an announcer remembers nothing."""


def _saying(device: VirtualAnnouncer, address: str, keys: tuple[str, ...]) -> Callable[[Order], None]:
    def say(order: Order) -> None:
        if unknown := order.keys() - {"do", *keys}:
            raise ValueError(f"no key {sorted(unknown)}; there are: {', '.join(keys)}")
        device.say(address, *(str(order.get(key, "")) for key in keys))

    return say
