"""Who pays what, and the lines that say why."""

from __future__ import annotations

from edge.domain.frozen import frozen


@frozen
class Line:
    """One line of an explanation: a rule, whether it applied, why, and what it changed in fen."""

    rule: str
    applied: bool
    reason: str
    fen: int = 0


@frozen
class Share:
    """What one funder carries of a charge, and the rule that said so."""

    funder: str
    fen: int
    rule: str


@frozen
class Charge:
    """Who pays what, in fen: ``payer + sum(shares) = list + surcharge`` (checked at construction)."""

    list_fen: int
    surcharge_fen: int
    payer_fen: int
    shares: tuple[Share, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a charge that loses or invents money, with ``ValueError``."""
        parts = (self.list_fen, self.surcharge_fen, self.payer_fen, *(share.fen for share in self.shares))
        if any(type(part) is not int or part < 0 for part in parts):
            raise ValueError("every part of a charge is a non-negative integer number of fen")
        if self.payer_fen + self.relief_fen != self.list_fen + self.surcharge_fen:
            raise ValueError("payer and funders do not add up to list price and surcharge")

    @property
    def relief_fen(self) -> int:
        """Sum of what the funders carry."""
        return sum(share.fen for share in self.shares)

    @property
    def total_fen(self) -> int:
        """List price and surcharge: what the operator earns."""
        return self.list_fen + self.surcharge_fen


@frozen
class ChargePart:
    """One part of a charge that has its own list price, reliefs and payer: a meal, further meals, a delivery.

    ``grants`` are the rules by which it uses persons' quotas.
    """

    name: str
    charge: Charge
    grants: tuple[str, ...] = ()
