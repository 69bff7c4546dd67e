"""What the tariff says of an approved tap beside its charge: written into the entry, then kept by the journal."""

from __future__ import annotations

from typing import Final

from edge.domain.charge import ChargePart
from edge.domain.frozen import frozen
from edge.domain.tariff.state import Chain, Effect, Quota


@frozen
class Pricing:
    """By which version a tap was priced, and what accepting it changes.

    ``effects`` are what it adds to counters, ``chain`` the medium's transfer chain after it. ``uncertain`` names the
    counters (or ``clock``) whose true value could change the price, ``exposure_fen`` by how much at most.
    ``below_normal``: the holder paid less than the list price. ``debt_fen`` is the part of the charge that pays back
    the debt named by the reference ``debt``: no price of this tap. A meal sale has its charge in ``parts``, and the
    persons' ``quotas`` that it was decided by.
    """

    bundle: str
    effects: tuple[Effect, ...]
    chain: Chain | None
    uncertain: tuple[str, ...]
    exposure_fen: int
    below_normal: bool
    debt_fen: int = 0
    debt: str = ""
    parts: tuple[ChargePart, ...] = ()
    quotas: tuple[Quota, ...] = ()


NOT_PRICED: Final = Pricing("", (), None, (), 0, below_normal=False)
