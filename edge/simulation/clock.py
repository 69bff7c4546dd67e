"""A terminal's clock: wrong at boot, drifting, jumping, and honest about none of it."""

from __future__ import annotations

from collections.abc import Callable

from edge.domain.tap import TimeQuality


class SimulatedClock:
    """Implements ``edge.ports.Clock`` over the loop's virtual time.

    ``true_ms`` returns the true UTC time in ms, ``drift_ppm`` is how much faster than true this clock runs,
    ``offset_ms`` how far it is ahead now. Monotonic time is the loop's and never jumps.
    """

    def __init__(
        self,
        now_s: Callable[[], float],
        start_ms: int,
        *,
        offset_ms: float = 0.0,
        drift_ppm: float = 0.0,
        quality: TimeQuality = TimeQuality.TRUSTED,
    ) -> None:
        self._now_s = now_s
        self._start_ms = start_ms
        self._drift_ppm = drift_ppm
        self._offset_ms = offset_ms
        self._offset_at_ms = self.monotonic_ms()
        self._quality = quality

    def wall_ms(self) -> int:
        """Return what this clock believes, in ms UTC since 1970."""
        return int(self._start_ms + self.monotonic_ms() + self.error_ms())

    def quality(self) -> TimeQuality:
        """Return the quality this clock claims."""
        return self._quality

    def error_s(self) -> int:
        """Return 0 where this clock claims to be trusted, else -1."""
        return 0 if self._quality is TimeQuality.TRUSTED else -1

    def known_ms(self) -> int:
        """Return when the run began: nothing later was ever signed."""
        return self._start_ms

    def monotonic_ms(self) -> float:
        """Return the virtual time in ms since the run began."""
        return self._now_s() * 1000

    def true_ms(self) -> int:
        """Return the true time in ms UTC since 1970; the product never sees it."""
        return int(self._start_ms + self.monotonic_ms())

    def error_ms(self) -> float:
        """Return how far ahead of the true time this clock is."""
        drifted_ms = (self.monotonic_ms() - self._offset_at_ms) * self._drift_ppm / 1e6
        return self._offset_ms + drifted_ms

    def jump(self, by_ms: float) -> None:
        """Move the wall clock forward or back at once."""
        self._settle(self.error_ms() + by_ms)

    def set_right(self, quality: TimeQuality = TimeQuality.TRUSTED) -> None:
        """Set the wall clock to the true time, as a time server does."""
        self._settle(0.0)
        self._quality = quality

    def drift(self, ppm: float) -> None:
        """Run at another speed from now on."""
        self._settle(self.error_ms())
        self._drift_ppm = ppm

    def claim(self, quality: TimeQuality) -> None:
        """Claim another quality from now on."""
        self._quality = quality

    def _settle(self, offset_ms: float) -> None:
        self._offset_ms, self._offset_at_ms = offset_ms, self.monotonic_ms()
