"""The cards of the demonstration: who presents what. All of them are synthetic."""

from __future__ import annotations

from typing import Final

from drivers.virtual.purse import PurseCard
from edge.domain.frozen import frozen
from edge.wiring_virtual import virtual_purse


@frozen
class DemoCard:
    """One card and what it is called in the table."""

    name: str
    card: PurseCard
    number: str


WALLET: Final = {
    "Li, local purse": "epurse:balance=5000,serial=3104930499900000101",
    "Wang, local purse": "epurse:balance=3000,serial=3104930499900000102",
    "visitor, interop purse": "epurse:balance=4000,serial=3104990099000000103,city=1000,issuer=02991000FFFFFFFF",
    "visitor, not interop": "epurse:balance=4000,serial=3104990099000000104,city=2900,interop=0",
    "deny-listed purse": "epurse:balance=5000,serial=3104930499900000105",
    "expired purse": "epurse:balance=5000,serial=3104930499900000106,end=20250531",
    "nearly empty purse": "epurse:balance=150,serial=3104930499900000107",
}
DENIED: Final = "deny-listed purse"


def wallet() -> dict[str, DemoCard]:
    """Return the cards by name."""
    return {name: demo_card(name, spec) for name, spec in WALLET.items()}


def demo_card(name: str, spec: str) -> DemoCard:
    """Return a purse by its description."""
    return DemoCard(name, virtual_purse(spec), _number(spec))


def _number(spec: str) -> str:
    pairs = dict(pair.split("=") for pair in spec.partition(":")[2].split(","))
    return pairs["serial"]
