"""While a simulated run is on, its thread sees virtual time and no randomness of the machine.

Product code takes time and randomness as arguments; this seal shows where it does not. ``time.time`` and
``time.monotonic`` follow the loop (log records read them), ``time.sleep`` and ``os.urandom`` raise, and the shared
``random`` is seeded (a retry library draws its jitter from it). Randomness drawn inside C libraries is out of reach:
ports that seal boxes or make keys are simulated instead.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from edge.simulation.failures import RealWorldError

EPOCH_S = 1_790_000_000
"""What ``time.time`` starts from: a moment in September 2026."""


@contextmanager
def stillness(now_s: Callable[[], float], seed: int) -> Iterator[None]:
    """Seal off real time and real randomness for this thread until the block ends."""
    ours = threading.get_ident()

    def only_here(simulated: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
        def choose(*arguments: Any) -> Any:  # noqa: ANN401 - stands for functions of several shapes
            return simulated(*arguments) if threading.get_ident() == ours else real(*arguments)

        return choose

    shared = random.getstate()
    random.seed(seed)
    try:
        with replaced(
            (time, "time", only_here(lambda: EPOCH_S + now_s(), time.time)),
            (time, "time_ns", only_here(lambda: int((EPOCH_S + now_s()) * 1e9), time.time_ns)),
            (time, "monotonic", only_here(now_s, time.monotonic)),
            (time, "sleep", only_here(_no_sleep, time.sleep)),
            (os, "urandom", only_here(_no_randomness, os.urandom)),
            (random, "_urandom", only_here(_no_randomness, os.urandom)),
        ):
            yield
    finally:
        random.setstate(shared)


@contextmanager
def replaced(*replacements: tuple[object, str, object]) -> Iterator[None]:
    """Set attributes, each (owner, name, value), and put the former ones back at the end of the block."""
    former = [(owner, name, getattr(owner, name)) for owner, name, _ in replacements]
    for owner, name, value in replacements:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in former:
            setattr(owner, name, value)


def _no_sleep(_seconds: float) -> NoReturn:
    raise RealWorldError("a simulated run never sleeps in its thread: await asyncio.sleep")


def _no_randomness(_count: int) -> NoReturn:
    raise RealWorldError("a simulated run has no randomness of the machine: take an IdSource")
