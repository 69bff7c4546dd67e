"""A terminal's journals towards the sync process, each with its epoch."""

from __future__ import annotations

from edge.control.messages import Message
from edge.domain.frozen import frozen
from edge.ports import JournalKeeper


@frozen
class EpochStream:
    """One epoch's journal towards the sync process."""

    epoch: int
    feed: JournalKeeper

    def position(self) -> Message:
        """Return ``{"epoch", "acked", "last", "send_from"}``."""
        place = self.feed.position()
        return {"epoch": self.epoch, "acked": place.acked, "last": place.last, "send_from": place.send_from}

    def drained(self) -> bool:
        """Say whether the centre has everything, and asks for nothing again."""
        place = self.feed.position()
        return place.acked >= place.last < place.send_from
