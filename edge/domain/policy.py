"""What a decision rests on beside the state: one immutable cut of the reference data."""

from __future__ import annotations

from edge.domain.clock_reading import CLOCK_UNKNOWN
from edge.domain.frozen import frozen
from edge.domain.limits import SHIPPED, Limits
from edge.domain.state import LastTap, State
from edge.domain.tariff.bundle import Bundle

__all__ = ["CLOCK_UNKNOWN", "LastTap", "Limits", "Policy", "State"]


@frozen
class Policy:
    """Reference data in force: the edition's number, the versions of the tariff, the limits.

    ``versions`` are effective-dated: which one prices a tap is decided by the tap's time.
    """

    edition: int
    versions: tuple[Bundle, ...]
    limits: Limits = SHIPPED

    @property
    def utc_offset_min(self) -> int:
        """Return the fixed offset of civil time (no summer time in China: 480)."""
        return self.versions[0].document.bundle.utc_offset_min
