"""What the driver's keys make of the next tap. It lives in memory alone: a restart disarms."""

from __future__ import annotations

from edge.domain.boarding import Boarding
from edge.domain.frozen import mutable
from edge.domain.tap import Token
from edge.ports import Clock
from edge.terminal.outcome import NO_TOKEN, PRESENT_SAME_CARD, Outcome


@mutable
class Boardings:
    """Holds one boarding until a tap has paid for it, or for ``armed_ms``.

    While its debit is torn it is ``bound`` to that medium, and waits as long again: the same card returns for the same
    riders, and whoever else taps pays for one.
    """

    clock: Clock
    armed_ms: int
    held: Boarding | None = None
    bound: Token = NO_TOKEN
    _until_ms: float = 0.0

    def arm(self, boarding: Boarding) -> None:
        """Let the next tap be this."""
        self.held, self.bound = boarding, NO_TOKEN
        self._until_ms = self.clock.monotonic_ms() + self.armed_ms

    def disarm(self) -> None:
        """Let the next tap be an ordinary one."""
        self.held, self.bound = None, NO_TOKEN

    def current(self) -> Boarding | None:
        """Return what is armed now."""
        if self.held is not None and self.clock.monotonic_ms() >= self._until_ms:
            self.disarm()
        return self.held

    def left_ms(self) -> int:
        """Return how long it is still armed, 0 where nothing is."""
        return max(int(self._until_ms - self.clock.monotonic_ms()), 0) if self.current() is not None else 0

    def boarding_for(self, token: Token) -> Boarding | None:
        """Return what a medium that is presented now pays for."""
        held = self.current()
        return None if self.bound and self.bound != token else held

    def hear(self, outcome: Outcome) -> None:
        """Hear how a tap ended: an accepted one has paid, a torn one binds it to its medium, others leave it armed.

        An answer that is given again is of its own boarding, which is another than the one armed since.
        """
        if self.held is None or not (outcome.boarding == self.held or self._is_bound_to(outcome.token)):
            return
        if outcome.accepted:
            self.disarm()
        elif outcome.signal == PRESENT_SAME_CARD:
            self.bound = outcome.token
            self._until_ms = self.clock.monotonic_ms() + self.armed_ms

    def _is_bound_to(self, token: Token) -> bool:
        return bool(token) and token == self.bound
