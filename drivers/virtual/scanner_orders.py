"""Orders to a virtual QR engine, beside those of its line.

``{"do": "scan", "text": "ONECARD1"}`` or ``"hex"`` hold a code before it; ``"transit": "3104520000000000017"`` a code
that the phone of this transit account made just now, or ``"made_ago_s"`` ago. ``issuer`` tells whose root vouches.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from drivers.virtual.field import Report
from drivers.virtual.orders import LineOrders, Order
from drivers.virtual.port import VirtualPort
from drivers.virtual.scanner import VirtualScanner
from drivers.virtual.transit_codes import TransitIssuer

FORMS: Final = ("text", "hex", "transit")
ACCOUNT: Final = re.compile(r"[0-9]{19}")


class ScannerOrders(LineOrders):
    """A code comes before the engine; ``engine`` tells what it was told. ``now_s`` is the UTC time of phones."""

    def __init__(self, port: VirtualPort, device: VirtualScanner, report: Report, now_s: Callable[[], int]) -> None:
        super().__init__(port, device.power_cycle)
        self._device = device
        self._now_s = now_s
        self._issuer = TransitIssuer()
        self.table |= {
            "scan": self._scan,
            "engine": lambda _order: report({"event": "engine"} | engine_state(device)),
            "issuer": lambda _order: report({"event": "issuer"} | root_of(self._issuer)),
        }

    def _scan(self, order: Order) -> None:
        given = [form for form in FORMS if form in order]
        if len(given) != 1:
            raise ValueError("give the code either as text, as hex or as the account of a transit code")
        said = order[given[0]]
        if not isinstance(said, str):
            raise TypeError("text, hex and transit are texts")
        match given[0]:
            case "text":
                self._device.scan(said.encode())
            case "hex":
                self._device.scan(bytes.fromhex(said))
            case _:
                self._device.scan(self._transit_code(said, order.get("made_ago_s", 0)))

    def _transit_code(self, account: str, made_ago_s: object) -> bytes:
        if not ACCOUNT.fullmatch(account):
            raise ValueError("a transit account has 19 digits")
        if type(made_ago_s) is not int:
            raise TypeError("made_ago_s is a number of seconds")
        return self._issuer.code(self._now_s() - made_ago_s, user_account=bytes.fromhex(account + "f"))


def engine_state(device: VirtualScanner) -> dict[str, object]:
    """Return set-up commands in force, how often a reading was triggered, and writes to flash."""
    tongue = device.tongue
    setups = [command.hex() for command in tongue.setups]
    return {"setups": setups, "triggers": tongue.triggers, "flash_writes": tongue.flash_writes}


def root_of(issuer: TransitIssuer) -> dict[str, object]:
    """Return what a terminal must know to take the codes: the fields of a row in its file of keys, and the issuer."""
    key = {"scheme": "jtt1179", "id": issuer.root_key_id.hex(), "algorithm": "sm2", "public": issuer.root_public.hex()}
    return {"key": key, "issuer": issuer.issuer_id.hex()}
