"""Finds the stop of a position among those that the vehicle's duty serves, in the edition in force."""

from __future__ import annotations

from edge.domain.duty import Duty
from edge.domain.frozen import mutable
from edge.domain.stops import Fix, Stop, StopTable, nearest
from edge.ports import Values


@mutable
class StopSearch:
    """Receivers speak every second: the few stops of the line are picked once for each edition, line and direction."""

    values: Values
    _table: StopTable | None = None
    _route: tuple[str, str] = ("", "")
    _served: tuple[Stop, ...] = ()

    def station_at(self, fix: Fix, duty: Duty) -> str:
        """Return the station that a position is at, empty between two and where no stops are known."""
        table, route = self.values.value(StopTable), (duty.line, duty.direction)
        if table is not self._table or route != self._route:
            self._table, self._route = table, route
            self._served = () if table is None else tuple(stop for stop in table.stops if stop.serves(duty))
        found = nearest(self._served, fix)
        return "" if found is None else found.station
