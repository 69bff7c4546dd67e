"""A meal sale as staff prepared it: what the next medium is asked to pay for."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from edge.domain.frozen import frozen
from edge.domain.money import FEN_MAX

QUANTITY_MAX: Final = 20
METRES_MAX: Final = 100_000


class Party(StrEnum):
    """For whom the meal is. Only the diner's own meal is subsidised."""

    DINER = "diner"
    GUEST = "guest"
    COMPANION = "companion"
    STAFF = "staff"


@frozen
class Sale:
    """One offer. It names nobody: who pays, and whose relief counts, is the medium's to say.

    ``number`` and ``offered_ms`` name the offer, ``shift`` the till's shift (0: none was open). ``menu`` is the product
    of a set meal (empty: ``unit_fen`` was typed in), ``session`` the bundle's timeframe at the tap. Of ``quantity``
    meals the first is the diner's own. A delivery goes ``delivery_m`` metres (-1: none) for ``delivery_fen``.
    A relative who collects is named by the token of the own code, ``proxy``, and pays for the holder ``diner`` alone.
    """

    number: int
    offered_ms: int
    staff: str
    party: str = Party.DINER.value
    session: str = ""
    menu: str = ""
    unit_fen: int = 0
    quantity: int = 1
    delivery_m: int = -1
    delivery_fen: int = 0
    shift: int = 0
    proxy: bytes = b""
    diner: bytes = b""

    def __post_init__(self) -> None:
        """Refuse a sale that no till can mean, with ``ValueError``."""
        if self.party not in set(Party):
            raise ValueError("party is diner, guest, companion or staff")
        if bool(self.menu) is bool(self.unit_fen) or not 0 <= self.unit_fen <= FEN_MAX:
            raise ValueError("a meal has either a menu or an amount")
        if not 1 <= self.quantity <= QUANTITY_MAX:
            raise ValueError(f"quantity is 1 to {QUANTITY_MAX}")
        if not -1 <= self.delivery_m <= METRES_MAX or not 0 <= self.delivery_fen <= FEN_MAX:
            raise ValueError(f"a delivery goes at most {METRES_MAX} m")
        if self.delivery_fen and self.delivery_m < 0:
            raise ValueError("a delivery fee has a distance")

    def is_same_offer(self, other: Sale) -> bool:
        """Say whether both are the same offer, though it may have been looked at in another session."""
        return (self.number, self.offered_ms) == (other.number, other.offered_ms)
