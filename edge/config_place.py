"""Where the terminal stands; see ``firmware_profiles/CONFIG.md``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Final

from edge.config_shapes import Label
from edge.config_values import OneOf, Shape
from edge.domain.frozen import frozen
from edge.domain.tap import Place

MODES: Final = ("bus", "metro", "till", "venue")
NO_GATE: Final = "none"
GATES: Final = (NO_GATE, "in", "out")


@frozen
class PlaceSection:
    """Where the terminal stands or rides, and in whose books it earns; see :class:`edge.domain.tap.Place`."""

    city: Annotated[str, Shape(r"[0-9]{4}", "four digits")]
    operator: Annotated[str, Shape(r"[^:\s][^:]{0,31}", "1 to 32 characters, no colon")]
    mode: Annotated[str, OneOf(MODES)] = "bus"
    line: Label = ""
    station: Label = ""
    direction: Label = ""
    vehicle: Label = ""
    district: Label = ""
    town: Label = ""
    gate: Annotated[str, OneOf(GATES)] = NO_GATE

    def value(self) -> Place:
        """Return the place as entries carry it."""
        gate = "" if self.gate == NO_GATE else self.gate
        return Place(**{**asdict(self), "gate": gate})
