"""Two arms of one run side by side: a figure and its floor, compared within each round.

A shared machine is twice as fast in one minute as in the next, so only what was measured together is divided.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

BLOCK: Final = 10
"""How many of one arm are taken before the other has its turn."""


def pause(pause_ms: float) -> None:
    """Stand still, the event loop too: between two things that are timed nothing else may happen."""
    time.sleep(pause_ms / 1000)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least ``percent`` of the values do not exceed."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank), 1) - 1]


@dataclass(frozen=True, slots=True)
class Round:
    """One block of each arm, taken one after the other. Microseconds."""

    figure_us: Sequence[float]
    floor_us: Sequence[float]

    def ratio(self, percent: float) -> float:
        """Return the figure's percentile over the floor's."""
        return percentile(self.figure_us, percent) / percentile(self.floor_us, percent)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio as it came out round by round: its median and its range."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f}x ({self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rounds of one figure."""

    rounds: Sequence[Round]

    def ratio(self, percent: float) -> Ratio:
        """Return the ratio at a percentile."""
        ratios = [one.ratio(percent) for one in self.rounds]
        return Ratio(median(ratios), min(ratios), max(ratios))

    def text(self, percent: float) -> str:
        """Return figure, floor and ratio at a percentile; figure and floor over the values of all rounds."""
        figure = percentile([value for one in self.rounds for value in one.figure_us], percent)
        floor = percentile([value for one in self.rounds for value in one.floor_us], percent)
        return f"{_time(figure)} on a floor of {_time(floor)}: {self.ratio(percent)}"


def _time(microseconds: float) -> str:
    return f"{microseconds / 1000:.2f} ms" if microseconds >= 1000 else f"{microseconds:.0f} us"


async def compared(
    figure: Callable[[int], Awaitable[Sequence[float]]],
    floor: Callable[[int], Sequence[float]],
    *,
    rounds: int,
    blocks: int,
) -> Comparison:
    """Take ``rounds`` of ``blocks`` blocks of each arm in turn: floor, figure, floor, figure."""
    taken = []
    for _ in range(rounds):
        figure_us: list[float] = []
        floor_us: list[float] = []
        for _ in range(blocks):
            floor_us += floor(BLOCK)
            figure_us += await figure(BLOCK)
        taken.append(Round(figure_us, floor_us))
    return Comparison(taken)
