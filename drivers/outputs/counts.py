"""What every kind of outputs counts."""

from __future__ import annotations

from collections.abc import Mapping

from edge.domain.frozen import mutable


@mutable
class OutputCounts:
    """Openings, orders and failures of one port."""

    opens: int = 0
    orders: int = 0
    failures: int = 0

    def named(self, port: str) -> Mapping[str, float]:
        """Return the counters, named after a port."""
        return {
            f"{port}_reconnects": max(self.opens - 1, 0),
            f"{port}_frames": self.orders,
            f"{port}_failures": self.failures,
        }
