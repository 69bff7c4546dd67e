"""What can be measured at the server, whoever keeps the figures."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Mapping
from typing import Protocol

from edge.domain.frozen import frozen
from sync.central.admission import Admission
from sync.central.centre import Centre


@frozen
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


MeasuresOf = Callable[[Centre, Admission], Measures]


def measures_where_installed(version: str) -> MeasuresOf | None:
    """Return what makes the keeper of a server's figures; None where the extra for it is not installed."""
    try:
        module = importlib.import_module("sync.central.measures")
    except ModuleNotFoundError as error:
        if error.name != "prometheus_client":
            raise
        return None

    def measures(centre: Centre, admission: Admission) -> Measures:
        kept: Measures = module.ServerMeasures(centre, admission, asyncio.get_running_loop().time, version)
        return kept

    return measures
