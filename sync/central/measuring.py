"""What can be measured at the server, whoever keeps the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Told:
    """One answered request: the template of its path, what was answered, how long that took, and the answer's facts."""

    method: str
    route: str
    status: int
    took_s: float
    facts: Mapping[str, object]


class Measures(Protocol):
    """Keeps the figures of one server."""

    def saw(self, told: Told) -> None:
        """Count a request."""
        ...

    async def exposition(self) -> bytes:
        """Return all figures in the text format of Prometheus, 0.0.4; raises StoreError."""
        ...
