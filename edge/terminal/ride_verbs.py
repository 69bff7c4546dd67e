"""What the passenger's page shows: where the terminal is, whether it serves, and the last answer. Nobody's category."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from edge.control.messages import Message
from edge.control.status import Status
from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import frozen
from edge.terminal.control import Verb
from edge.terminal.line import TapLine
from edge.terminal.vehicle import Vehicle

STANDS_MS: Final = 10_000


@frozen
class RideVerbs:
    """``vehicle`` is None at a till, whose pages are its own. ``shown`` returns the last answer, None before any."""

    line: TapLine
    vehicle: Vehicle | None
    status: Callable[[], Awaitable[Status]]
    shown: Callable[[], Message | None]

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"ride.state": self.state}

    async def state(self, _message: Message) -> Message:
        """Return everything that the page shows."""
        if self.vehicle is None:
            raise RemoteProtocolError("CONTROL_REFUSED", "this terminal is a till: it has pages of its own")
        place, status = self.line.whereabouts.place or self.line.rules.place, await self.status()
        return {
            "line": place.line,
            "direction": place.direction,
            "station": place.station,
            "stop": status.stop,
            "armed": self.vehicle.message()["armed"],
            "shown": self._stands(self.vehicle.taken_back(), status.now_ms),
            "now_ms": status.now_ms,
        }

    def _stands(self, taken_back: Message | None, now_ms: int) -> Message | None:
        """Return the last answer, or that it was taken back, while it still concerns whoever stands there."""
        told = [each for each in (self.shown(), taken_back) if each is not None]
        standing = [each for each in told if 0 <= now_ms - each["time_ms"] < STANDS_MS]
        return max(standing, key=lambda each: int(each["time_ms"]), default=None)
