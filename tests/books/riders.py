"""Who rides through the town, and what each ought to have paid in the end: by arithmetic without the engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from sync.central.books.days import business_day
from tests.books.town import CAP_FEN, ELDER_FEN, FLAT_FEN, LONE_FEN, STATIONS, Medium, elder, trip_fen

DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
FIRST_MIN: Final = 360
LAST_MIN: Final = 1_290
OUT_SHARE: Final = 0.97
"""Share of metro rides whose rider taps out."""


@dataclass(frozen=True, slots=True)
class Boarding:
    """One bus ride: minute of the day and number of the bus."""

    minute: int
    bus: int


@dataclass(frozen=True, slots=True)
class Trip:
    """One metro ride: minute and station in, minute and station out; without ``to`` nobody tapped out."""

    minute: int
    start: str
    out_minute: int
    to: str


@dataclass(slots=True)
class Rider:
    """One rider with one medium."""

    medium: Medium

    def plan(self, random: Random, buses: int) -> list[Boarding | Trip]:
        """Return a day's rides, one after the other."""
        rides: list[Boarding | Trip] = []
        minute = random.randint(FIRST_MIN, LAST_MIN - 360)
        for _ in range(random.choice((1, 2, 2, 3, 4, 6))):
            minute += random.randint(5, 45)
            if self.medium.holder is not None or random.random() < 0.5:
                rides.append(Boarding(minute, random.randrange(buses)))
                continue
            start, to = random.sample(STATIONS, 2)
            out = minute + random.randint(8, 50)
            rides.append(Trip(minute, start, out, to if random.random() < OUT_SHARE else ""))
            minute = out
        return rides


def riders(random: Random, count: int) -> list[Rider]:
    """Return riders of all families; one in six is an elder with a purse."""
    families = ("bank_card", "bank_card", "code", "purse", "purse", "elder")
    found = []
    for number in range(count):
        family, token = random.choice(families), random.randbytes(16)
        holder = elder(b"H" + number.to_bytes(15, "big")) if family == "elder" else None
        found.append(Rider(Medium("purse" if holder else family, token, holder)))
    return found


def owed_fen(due: Iterable[tuple[int, int, bool]]) -> int:
    """Return what a medium's charges of one day come to under the cap; a lone tap is above every cap.

    ``due`` are (ms, fen, whether the cap spares it) in any order.
    """
    paid = 0
    for _, fen, lone in sorted(due):
        paid += fen if lone else min(fen, max(CAP_FEN - paid, 0))
    return paid


@dataclass
class Oracle:
    """What everybody owes in the end, and what the operator earned: kept beside the centre, told of every tap."""

    due: dict[bytes, dict[int, list[tuple[int, int, bool]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    earned_fen: int = 0
    granted: dict[tuple[bytes, int], set[int]] = field(default_factory=lambda: defaultdict(set))

    def boarded(self, rider: Rider, bus: int, time_ms: int) -> None:
        """Note a bus ride: an elder's first on each bus of the day is relieved there."""
        holder, fen, day = rider.medium.holder, FLAT_FEN, business_day(time_ms)
        if holder is not None and bus not in self.granted[holder.token, day]:
            self.granted[holder.token, day].add(bus)
            fen -= ELDER_FEN
        self._owe(rider, (time_ms, fen, False), FLAT_FEN)

    def travelled(self, rider: Rider, trip: Trip, in_ms: int, out_ms: int) -> None:
        """Note a metro ride; one without an exit costs what a lone tap costs."""
        if trip.to:
            fen = trip_fen(trip.start, trip.to)
            self._owe(rider, (out_ms, fen, False), fen)
        else:
            self._owe(rider, (in_ms, LONE_FEN, True), LONE_FEN)

    def _owe(self, rider: Rider, charge: tuple[int, int, bool], list_fen: int) -> None:
        self.due[rider.medium.token][business_day(charge[0])].append(charge)
        self.earned_fen += list_fen

    def total_fen(self, token: bytes) -> int:
        """Return what a medium owes in the end for all its days."""
        return sum(owed_fen(due) for due in self.due[token].values())

    @property
    def double_claims(self) -> int:
        """Return how many reliefs were granted beyond one for each holder and day."""
        return sum(len(buses) - 1 for buses in self.granted.values() if buses)
