"""What ends a simulated run at once. None of these belongs to the product: each is a defect found, or a defect made."""

from __future__ import annotations


class SimulationError(Exception):
    """Root of everything that makes a run void."""


class DeadlockError(SimulationError):
    """Nothing is ready, no timer is set and the main coroutine has not returned; names every waiting task."""


class StepLimitError(SimulationError):
    """The run took more steps than it may: something spins, or the workload outgrew its limit."""


class RealWorldError(SimulationError):
    """Simulated code reached for a socket, a process, a thread, the clock or the randomness of the machine."""


class UnhandledError(SimulationError):
    """A task or a callback failed and nobody listened."""


class FaultNeverHitError(SimulationError):
    """A class of faults was enabled and never happened: the run proves nothing about it."""


class PowerCut(BaseException):
    """Unwinds a database job whose process lost its power; no product code may catch it."""
