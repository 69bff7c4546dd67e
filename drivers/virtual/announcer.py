"""A virtual stop announcer with a driver's keypad and a receiver of positions. Own code, as the codec's twin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
_POSITION: Final = ("latitude", "longitude")


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

    def locate(self, latitude: float, longitude: float) -> None:
        """Tell a position in decimal degrees, north and east above 0, as a receiver does: degrees, then minutes."""
        north = (f"{_angle(abs(latitude)):0>10}", "N" if latitude >= 0 else "S")
        east = (f"{_angle(abs(longitude)):0>11}", "E" if longitude >= 0 else "W")
        self.say("GNRMC", "120000.00", "A", *north, *east, "0.0", "0.0", "251126", "", "", "A")


def _angle(degrees: float) -> str:
    whole = int(degrees)
    return f"{whole}{(degrees - whole) * 60:08.5f}"


class AnnouncerOrders(LineOrders):
    """``{"do": "sign_on", "driver": "1042"}``, ``line``, ``stop``, ``sign_off``; ``key`` with ``riders``.

    ``{"do": "position", "latitude": 36.0671, "longitude": 120.3826}`` is what a satellite receiver says.
    """

    def __init__(self, port: VirtualPort, device: VirtualAnnouncer) -> None:
        super().__init__(port, _keeps_nothing)
        for name, (address, keys) in _SAID.items():
            self.table[name] = _saying(device, address, keys)
        self.table["position"] = _locating(device)


def _keeps_nothing() -> None:
    """Lose nothing with the power: an announcer remembers nothing."""


def _saying(device: VirtualAnnouncer, address: str, keys: tuple[str, ...]) -> Callable[[Order], None]:
    def say(order: Order) -> None:
        _check_keys(order, keys)
        device.say(address, *(str(order.get(key, "")) for key in keys))

    return say


def _locating(device: VirtualAnnouncer) -> Callable[[Order], None]:
    def locate(order: Order) -> None:
        _check_keys(order, _POSITION)
        device.locate(*(float(str(order[key])) for key in _POSITION))

    return locate


def _check_keys(order: Order, keys: Sequence[str]) -> None:
    if unknown := order.keys() - {"do", *keys}:
        raise ValueError(f"no key {sorted(unknown)}; there are: {', '.join(keys)}")
