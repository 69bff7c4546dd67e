"""Guards against misuse of meal subsidies: each a table of the bundle with its thresholds, and the rule that they set.

A guard that the bundle leaves out is off. What a guard finds is flagged: written into the entry, told to staff and
counted; nobody pays another price for it. Where the bundle says so, the guard refuses the meal instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Final, Literal, Protocol

from edge.domain.frozen import frozen
from edge.domain.meals.seen import NEVER, MealAsked, MealsSeen
from edge.domain.tariff.reading import key

DAY_S: Final = 86_400
MINUTE_S: Final = 60
ANSWER: Final = "flag: the meal is sold and flagged; refuse: it is refused, with what staff can do next"

GuardAnswer = Literal["flag", "refuse"]


class Guard(Protocol):
    """A guard that is on."""

    @property
    def answer(self) -> GuardAnswer:
        """Return what becomes of a meal that it finds."""

    def finds(self, seen: MealsSeen, meal: MealAsked) -> str:
        """Say what is odd about a meal, empty where nothing is."""


@frozen(kw_only=True)
class Burst:
    """More subsidised meals in a short time than people can be served."""

    meals_max: int = key("most subsidised meals of one till inside the window", low=1, high=1_000)
    window_s: int = key("length of the window", unit="s", low=1, high=3_600)
    answer: GuardAnswer = key(ANSWER, default="flag")

    def finds(self, seen: MealsSeen, meal: MealAsked) -> str:
        """Count this meal with those inside the window."""
        meals = seen.burst + 1
        if not meal.subsidised or meals <= self.meals_max:
            return ""
        return f"{meals} subsidised meals in {self.window_s} s, at most {self.meals_max}"


@frozen(kw_only=True)
class Repeat:
    """The same person at the same site again, sooner than a meal is eaten."""

    gap_s: int = key("least time between two subsidised meals of one person at one site", unit="s", low=1, high=DAY_S)
    answer: GuardAnswer = key(ANSWER, default="flag")

    def finds(self, seen: MealsSeen, meal: MealAsked) -> str:
        """Look at the time since the person's last subsidised meal."""
        gap_s = _since_s(seen, meal)
        if gap_s is None or seen.last_site != meal.site or gap_s >= self.gap_s:
            return ""
        return f"the same person {gap_s} s ago, at least {self.gap_s} s"


@frozen(kw_only=True)
class Travel:
    """The same person at another site, sooner than the way between them takes."""

    gap_s: int = key("least time between two sites whose distance x_distances does not name", unit="s", high=DAY_S)
    metres_per_min_max: int = key("fastest way between two sites that it names", default=1_000, low=1, high=10_000)
    answer: GuardAnswer = key(ANSWER, default="flag")

    def finds(self, seen: MealsSeen, meal: MealAsked) -> str:
        """Hold the time since the last meal against the way from its site."""
        gap_s = _since_s(seen, meal)
        if gap_s is None or seen.last_site == meal.site:
            return ""
        if meal.metres is None:
            return f"the same person {gap_s} s ago at {seen.last_site}" if gap_s < self.gap_s else ""
        if meal.metres * MINUTE_S <= self.metres_per_min_max * gap_s:
            return ""
        return f"the same person {gap_s} s ago at {seen.last_site}, {meal.metres} m from here"


@frozen(kw_only=True)
class Amounts:
    """One card that pays for meals of many different prices."""

    amounts_max: int = key("most different amounts that one card pays for meals inside the window", low=1, high=50)
    window_s: int = key("length of the window", unit="s", low=1, high=DAY_S)
    answer: GuardAnswer = key(ANSWER, default="flag")

    def finds(self, seen: MealsSeen, meal: MealAsked) -> str:
        """Count this amount with those inside the window."""
        amounts = len({*seen.amounts, meal.total_fen})
        if amounts <= self.amounts_max:
            return ""
        return f"{amounts} different amounts of one card in {self.window_s} s, at most {self.amounts_max}"


@frozen(kw_only=True)
class OffSession:
    """A subsidised meal when no meal is served."""

    slack_s: int = key("how far from a session it may still be", unit="s", default=0, high=7_200)
    answer: GuardAnswer = key(ANSWER, default="flag")

    def finds(self, seen: MealsSeen, meal: MealAsked) -> str:  # noqa: ARG002 - the form of every guard
        """Look at how far the nearest session is."""
        if not meal.subsidised or meal.session_gap_s <= self.slack_s:
            return ""
        return f"outside every meal session, allowed {self.slack_s} s"


@frozen(kw_only=True)
class AtCap:
    """Too many of a day's subsidised meals cost just what a subsidy is capped at."""

    prices: tuple[int, ...] = key("list prices that equal a cap", unit="fen", low=1)
    share_percent_max: int = key("most of the day's subsidised meals at such a price", unit="%", high=100)
    meals_min: int = key("subsidised meals of the day from which on the share is looked at", low=1, high=10_000)
    answer: GuardAnswer = key(ANSWER, default="flag")

    def finds(self, seen: MealsSeen, meal: MealAsked) -> str:
        """Hold the day's share, this meal with it, against the most that is usual."""
        if not meal.subsidised or meal.unit_fen not in self.prices:
            return ""
        meals, at_cap = seen.day + 1, seen.at_cap + 1
        if meals < self.meals_min or at_cap * 100 <= self.share_percent_max * meals:
            return ""
        return f"{at_cap} of the day's {meals} subsidised meals cost what a subsidy is capped at"


@frozen(kw_only=True)
class MealGuards:
    """The guards of a bundle; one that is absent is off."""

    burst: Burst | None = key("many subsidised meals in a short time at one till", default=None)
    repeat: Repeat | None = key("the same person again at the same site", default=None)
    travel: Travel | None = key("the same person at another site", default=None)
    amounts: Amounts | None = key("one card at many amounts", default=None)
    off_session: OffSession | None = key("a subsidised meal outside every session", default=None)
    at_cap: AtCap | None = key("prices that equal the cap of a subsidy", default=None)

    def on(self) -> Iterator[tuple[str, Guard]]:
        """Yield the guards that are on, by name."""
        for field in fields(self):
            guard: Guard | None = getattr(self, field.name)
            if guard is not None:
                yield field.name, guard


NO_GUARDS: Final = MealGuards()


@frozen
class Found:
    """What one guard found: its name, in words, and whether it refuses the meal."""

    guard: str
    said: str
    refuses: bool


def found_by(guards: MealGuards, seen: MealsSeen, meal: MealAsked) -> tuple[Found, ...]:
    """Return what the guards find; what is only flagged stands before what refuses."""
    told = ((name, guard, guard.finds(seen, meal)) for name, guard in guards.on())
    found = [Found(name, said, guard.answer == "refuse") for name, guard, said in told if said]
    return tuple(sorted(found, key=lambda one: one.refuses))


def _since_s(seen: MealsSeen, meal: MealAsked) -> int | None:
    """Return the seconds since the person's last subsidised meal, None where this or that is none."""
    if not meal.subsidised or seen.last_ms == NEVER:
        return None
    return abs(meal.time_ms - seen.last_ms) // 1000
