"""A spare terminal from the drawer: refused only by what is proven, or where it was never used and nobody fed it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pytest

from edge.clock import BUILD_MS, SystemClock
from edge.domain.errors import OneCardError
from edge.domain.exchange import ArtifactHeader
from edge.terminal.spare import SpareWatch

DAY_MS: Final = 86_400_000
LIMIT_MS: Final = 30 * DAY_MS
PUBLISHED_MS: Final = BUILD_MS + DAY_MS
NEVER: Final = 0


def edition(number: int = 7, published_ms: int = PUBLISHED_MS) -> ArtifactHeader:
    return ArtifactHeader("edition", "edition", number, number, published_ms, 0, b"")


@dataclass
class Terminal:
    """A watch with a clock that can be set, and everything it says."""

    wall_ms: int
    passed_ms: int = 0
    told: list[str] = field(default_factory=list)

    def watch(self, *, used: bool, age_ms_max: int = LIMIT_MS) -> SpareWatch:
        clock = SystemClock(self.passed_ms, system_ms=lambda: self.wall_ms, monotonic_ms=lambda: 0.0)
        return SpareWatch(clock, self.record, self.report, lambda: self.told.append("hurry"), age_ms_max, used, first=7)

    async def record(self, subject: str, pairs: tuple[tuple[str, str], ...]) -> None:
        self.told.append(f"{subject} {dict(pairs)['lack']}")

    def report(self, error: OneCardError) -> None:
        self.told.append(error.code)


AFTER: Final = PUBLISHED_MS + LIMIT_MS
CASES: dict[str, tuple[Terminal, bool, int, str]] = {
    "row 29: signed time proves its lists old": (Terminal(AFTER, AFTER), True, NEVER, "lists_stale"),
    "signed time proves them old, though the wall clock shows them young": (
        Terminal(PUBLISHED_MS, AFTER),
        True,
        NEVER,
        "lists_stale",
    ),
    "signed time leaves them a second": (Terminal(AFTER, AFTER - 1_000), True, NEVER, ""),
    "the centre said since that they are its newest": (Terminal(AFTER, AFTER), True, AFTER - DAY_MS, ""),
    "row 25: its wall clock alone says that they are old": (Terminal(AFTER + 900 * DAY_MS), True, NEVER, ""),
    "row 24: its wall clock is of 1970, and it was used": (Terminal(0), True, NEVER, ""),
    "never used, and the wall clock shows them old": (Terminal(AFTER), False, NEVER, "lists_stale"),
    "never used, and the wall clock is of 1970": (Terminal(0), False, NEVER, "lists_stale"),
    "never used, and the wall clock shows them young": (Terminal(AFTER - DAY_MS), False, NEVER, ""),
    "never used, and the centre confirmed them a day before": (Terminal(AFTER), False, AFTER - DAY_MS, ""),
}


@pytest.mark.parametrize("name", CASES)
async def test_whether_nothing_is_sold_where(name: str) -> None:
    terminal, used, confirmed_ms, stop = CASES[name]
    assert await terminal.watch(used=used).stop(edition(), confirmed_ms) == stop


async def test_lists_without_a_date_never_grow_old() -> None:
    assert await Terminal(AFTER).watch(used=False).stop(edition(published_ms=0), NEVER) == ""


async def test_no_limit_is_no_rule() -> None:
    assert await Terminal(AFTER, AFTER).watch(used=False, age_ms_max=0).stop(edition(), NEVER) == ""


async def test_what_it_lacks_is_told_once_and_the_centre_is_made_to_answer() -> None:
    terminal = Terminal(AFTER, AFTER)
    watch = terminal.watch(used=True)
    for _ in range(3):
        await watch.stop(edition(), NEVER)
    assert terminal.told == ["LISTS_STALE", "lists.stale old", "hurry"]
    assert (watch.lack, watch.as_of_ms) == ("old", PUBLISHED_MS)


FEEDS: dict[str, tuple[int, int]] = {"a newer edition": (8, PUBLISHED_MS), "an ack": (7, PUBLISHED_MS)}


@pytest.mark.parametrize("feed", FEEDS)
async def test_an_unused_terminal_serves_once_it_was_fed_by(feed: str) -> None:
    watch = Terminal(0).watch(used=False)
    assert await watch.stop(edition(), NEVER) == "lists_stale"
    watch.fed = feed == "an ack"
    assert await watch.stop(edition(*FEEDS[feed]), NEVER) == ""
    assert watch.lack is None


async def test_feeding_does_not_make_old_lists_young() -> None:
    watch = Terminal(AFTER + LIMIT_MS, AFTER + LIMIT_MS).watch(used=False)
    watch.fed = True
    assert await watch.stop(edition(8), NEVER) == "lists_stale"
