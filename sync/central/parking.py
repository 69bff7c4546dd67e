"""Whoever waits for a publication, thousands at once: each costs one future and no timer, for they share deadlines."""

from __future__ import annotations

import asyncio
from math import ceil


class Parking:
    """Places to wait until something is published, or until some seconds have passed."""

    def __init__(self) -> None:
        self._until: dict[int, list[asyncio.Future[None]]] = {}

    @property
    def parked(self) -> int:
        """Return how many wait."""
        return sum(not place.done() for places in self._until.values() for place in places)

    def place(self, wait_s: float) -> asyncio.Future[None]:
        """Return what is done at the next publication, at the latest ``wait_s`` from now and a second."""
        loop = asyncio.get_running_loop()
        end_s = ceil(loop.time() + wait_s)
        if end_s not in self._until:
            self._until[end_s] = []
            loop.call_at(end_s, self._wake, end_s)
        place = loop.create_future()
        self._until[end_s].append(place)
        return place

    def wake(self) -> None:
        """Wake everybody: something was published."""
        for end_s in tuple(self._until):
            self._wake(end_s)

    def _wake(self, end_s: int) -> None:
        for place in self._until.pop(end_s, ()):
            if not place.done():  # who gave up is done
                place.set_result(None)
