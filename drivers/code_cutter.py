"""Cuts a stream of unframed codes: at a terminator, at silence, or where something that is no code stands between."""

from __future__ import annotations

from collections import deque

from drivers.framing import Damaged, FrameCounters
from drivers.scanning import ScanEvent, Scanned, ScannerSettings, without_prefixes


class CodeCutter:
    """Holds what has come and is no whole code yet; whole ones become events. Bounded by the longest code."""

    def __init__(self, settings: ScannerSettings) -> None:
        self.pending = bytearray()
        self.events: deque[ScanEvent] = deque()
        self.counters = FrameCounters()
        self._terminator = settings.terminator
        self._ends_by_silence = settings.ends_by_silence
        self._bytes_max = settings.payload_bytes_max
        self._skipping = False

    @property
    def partial(self) -> bool:
        """Say whether a code has begun."""
        return bool(self.pending) or self._skipping

    def cut(self, limit: int | None = None) -> None:
        """Take the codes that are ended by a terminator before ``limit``; then drop what is too long for any code."""
        if self._terminator and not self._ends_by_silence:
            left = len(self.pending) - (len(self.pending) if limit is None else limit)
            while (end := self.pending.find(self._terminator, 0, len(self.pending) - left)) >= 0:
                self._end(end)
                del self.pending[: len(self._terminator)]
        if len(self.pending) > self._bytes_max:
            self._skip()

    def end(self) -> None:
        """Take what has come as one code: the line is silent."""
        self._end(len(self.pending))

    def take_out(self, start: int, end: int) -> bytes:
        """Return what is no code; what stands before it is whole, what stands behind it goes on."""
        taken, rest = bytes(self.pending[start:end]), self.pending[end:]
        del self.pending[start:]
        self.cut()
        self.end()
        self.pending += rest
        self.counters.frames += 1
        return taken

    def reset(self) -> None:
        """Forget everything."""
        self.pending.clear()
        self.events.clear()
        self._skipping = False

    def _end(self, length: int) -> None:
        ended = bytes(self.pending[:length])
        del self.pending[:length]
        if self._skipping:
            self.counters.dropped_bytes += length
            self._skipping = False
        elif payload := without_prefixes(ended.removesuffix(self._terminator)):
            self.counters.frames += 1
            self.events.append(Scanned(payload))

    def _skip(self) -> None:
        """Drop the beginning of something too long; the rest is skipped up to its end."""
        if not self._skipping:
            self.events.append(Damaged("longer than any code"))
        self._skipping = True
        self.counters.dropped_bytes += len(self.pending)
        self.pending.clear()
