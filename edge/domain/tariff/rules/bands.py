"""``bands``: an amount off, by bands of a numeric fact."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar, Literal, cast

from edge.domain.frozen import frozen
from edge.domain.tariff.reading import key
from edge.domain.tariff.rules import Ask, Operation


@frozen(kw_only=True)
class Bands(Operation):
    """The amount that is taken off depends on a numeric fact: delivery by distance, relief by level."""

    KIND: ClassVar[str] = "bands"
    by: str = key("name of a numeric fact", example='"km"')
    bands: tuple[tuple[Fraction, int], ...] = key(
        "pairs [end, fen] in rising order; a decimal end is quoted",
        unit="fact, fen",
        example='[["1.5", 200], [3, 400]]',
    )
    upper: Literal["inclusive", "exclusive"] = key("whether a band's end belongs to it")
    beyond: int = key("what is taken off past the last band", unit="fen", default=0)

    def price(self, ask: Ask) -> int | str:
        """Return the price less the band's amount, not below 0."""
        value = ask.scene.facts.get(self.by)
        if value is None:
            return f"{self.by} is not known"
        measure = cast("Fraction", value)
        inclusive = self.upper == "inclusive"
        relief = next((fen for end, fen in self.bands if measure < end or (inclusive and measure == end)), self.beyond)
        return max(ask.price_fen - relief, 0)
