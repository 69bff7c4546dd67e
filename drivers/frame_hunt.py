"""The hunt for frames in a stream of bytes: what the codecs do alike that look at one start after the other.

Whatever does not begin a frame is dropped byte by byte and counted. From damage on, until a whole frame has come, the
hunt is *lost*: the start it stands at may lie inside a frame, so a codec trusts nothing short, and only the first
damage is news.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Literal, TypeVar

from drivers.framing import NEED_DATA, Damaged, FrameCounters, NeedData

F = TypeVar("F")
"""What a codec finds: frames, and words between them."""


class FrameHunt(ABC, Generic[F]):
    """The bytes received and not yet understood, ``_pending``; ``_lost`` since the last damage."""

    def __init__(self, counters: FrameCounters) -> None:
        self.counters = counters
        self._pending = bytearray()
        self._lost = False

    @abstractmethod
    def _at_start(self) -> F | Damaged | Literal[NeedData.NEED_DATA] | None:
        """Take what the bytes begin with; ``None``: they begin with nothing."""

    @property
    def partial(self) -> bool:
        """Say whether the bytes received end inside a frame."""
        return bool(self._pending)

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes from the line, however they were cut."""
        self._pending += incoming

    def give_up_partial(self) -> None:
        """Hunt on behind the start of a frame that does not end."""
        self._drop(min(len(self._pending), 1))
        self._lost = True

    def reset(self) -> None:
        """Forget all bytes received."""
        self._drop(len(self._pending))
        self._lost = False

    def next_found(self) -> F | Damaged | Literal[NeedData.NEED_DATA]:
        """Return the next frame or word, the news of damage, or NEED_DATA."""
        while self._pending:
            found = self._at_start()
            if found is not None:
                return found
            self._drop(1)
        return NEED_DATA

    def _take(self, count: int, found: F) -> F:
        """Remove the bytes of something whole."""
        del self._pending[:count]
        self.counters.frames += 1
        self._lost = False
        return found

    def _damaged(self, reason: str) -> Damaged | None:
        """Go on behind the start of a damaged frame; while lost already, in silence."""
        if self._lost:
            return None
        self._lost = True
        self.counters.checksum_errors += 1
        self._drop(1)
        return Damaged(reason)

    def _drop(self, count: int) -> None:
        self.counters.dropped_bytes += count
        del self._pending[:count]
