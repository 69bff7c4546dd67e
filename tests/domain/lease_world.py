"""A centre and two terminals that lease one grant: any order of messages, taps, returns and clocks.

What a terminal has written is durable and arrives in order, perhaps much later and more than once; lists come down in
any order, also older ones. A cut changes nothing here: nothing lives outside the rows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from edge.domain import lease
from edge.domain.holder import Holder, Lease
from edge.domain.lease import LeaseRow, Standing
from edge.domain.tap import TimeQuality

HOLDER: Final = b"\1" * 16
COUNTER, BUCKET = "meal", "2026-06-01"
NAMES: Final = ("till-1", "till-2")
TRUSTED: Final = TimeQuality.TRUSTED


@dataclass(frozen=True)
class Rules:
    """The functions that both sides go by; a fault is planted by putting another in the place of one."""

    lease_out: Callable[[LeaseRow | None, str, int], LeaseRow | None] = lease.lease_out
    heard: Callable[[LeaseRow, str, int, TimeQuality], LeaseRow] = lease.heard
    kept: Callable[[Holder, Iterable[tuple[str, str, int]]], Holder] = lease.without_returned
    in_force: Callable[[Iterable[Lease], str, str, int, TimeQuality], tuple[Lease, ...]] = lease.in_force


@dataclass(frozen=True)
class Written:
    """One entry of a terminal: what it tells of the quota, at which time."""

    kind: str
    time_ms: int
    quality: TimeQuality = TRUSTED
    serial: int = 0


@dataclass
class Terminal:
    """What lies on a terminal's disk: its entries, the serials it gave back, the list in force. And its clock."""

    name: str
    journal: list[Written] = field(default_factory=list)
    returned: list[tuple[str, str, int]] = field(default_factory=list)
    leases: tuple[Lease, ...] = ()
    now_ms: int = 0
    delivered: int = 0
    certain: int = 0

    def used(self) -> bool:
        return any(entry.kind == "claim" for entry in self.journal)


class World:
    """Does one random thing after the other; ``certain`` counts the certain grants of the one that there is."""

    def __init__(self, rules: Rules, chance: random.Random) -> None:
        self.rules, self.chance = rules, chance
        self.terminals = [Terminal(name) for name in NAMES]
        self.row: LeaseRow | None = None
        self.claims = 0
        self.lists: list[tuple[Lease, ...]] = [()]

    @property
    def certain(self) -> int:
        """Return how many grants were certain."""
        return sum(terminal.certain for terminal in self.terminals)

    def walk(self, steps: int) -> None:
        """Do ``steps`` things."""
        acts = (self.give, self.carry_down, self.carry_up, self.tap, self.write, self.give_back)
        for _ in range(steps):
            self.chance.choice(acts)(self.chance.choice(self.terminals))

    def give(self, terminal: Terminal) -> None:
        """Lease the quota where the centre may, and publish."""
        until_ms = max(each.now_ms for each in self.terminals) + self.chance.randint(1, 5)
        given = None if self.claims else self.rules.lease_out(self.row, terminal.name, until_ms)
        if given is not None:
            self.row = given
            self.lists.append((Lease(given.serial, COUNTER, BUCKET, given.terminal, given.until_ms),))

    def carry_down(self, terminal: Terminal) -> None:
        """Put one of the last lists into force."""
        terminal.leases = self.chance.choice([self.lists[-1], *self.lists[-2:]])

    def tap(self, terminal: Terminal) -> None:
        """Grant: with certainty under the own lease, else as one that others may have made too."""
        now_ms, quality = self._time(terminal)
        if terminal.used():
            return
        holder = self.rules.kept(Holder(HOLDER, leases=terminal.leases), terminal.returned)
        newest = lease.newest_of(self.rules.in_force(holder.leases, COUNTER, BUCKET, now_ms, quality))
        if newest is not None and newest.terminal == terminal.name:
            terminal.certain += 1
        elif self.chance.random() < 0.8:
            return
        terminal.journal.append(Written("claim", now_ms, quality))

    def write(self, terminal: Terminal) -> None:
        """Write anything else."""
        terminal.journal.append(Written("note", *self._time(terminal)))

    def give_back(self, terminal: Terminal) -> None:
        """Give the own lease back, where nothing was used under it."""
        mine = [one for one in terminal.leases if one.terminal == terminal.name]
        if mine and not terminal.used():
            terminal.returned.append((COUNTER, BUCKET, mine[0].serial))
            terminal.journal.append(Written("return", terminal.now_ms, TRUSTED, mine[0].serial))

    def carry_up(self, terminal: Terminal) -> None:
        """Deliver the next entries in order, now and then the last one again before them."""
        count = self.chance.randint(1, 3)
        first = max(terminal.delivered - self.chance.randint(0, 1), 0)
        for entry in terminal.journal[first : terminal.delivered + count]:
            self._receive(terminal.name, entry)
        terminal.delivered = min(terminal.delivered + count, len(terminal.journal))

    def _receive(self, name: str, entry: Written) -> None:
        self.claims += entry.kind == "claim"
        if self.row is None:
            return
        if entry.kind == "claim":
            self.row = lease.claimed(self.row)
        elif entry.kind == "return":
            self.row = lease.given_back(self.row, name, entry.serial)
        self.row = self.rules.heard(self.row, name, entry.time_ms, entry.quality)

    def _time(self, terminal: Terminal) -> tuple[int, TimeQuality]:
        """Return a trusted time, which only rises, or now and then an untrusted one, which may be anything."""
        terminal.now_ms += self.chance.randint(0, 3)
        if self.chance.randint(0, 3):
            return terminal.now_ms, TRUSTED
        return terminal.now_ms + self.chance.randint(-4, 9), TimeQuality.UNTRUSTED


def on_expiry_alone(row: LeaseRow | None, terminal: str, until_ms: int) -> LeaseRow | None:
    """Lease anew as soon as the centre's own clock says that the lease is over."""
    over = row is not None and row.until_ms < until_ms
    return lease.lease_out(replace(row, standing=Standing.PASSED) if row and over else row, terminal, until_ms)


PLANTED: Final = {
    "a centre that leases anew when its own clock says so": Rules(lease_out=on_expiry_alone),
    "a terminal that forgets what it gave back": Rules(kept=lambda holder, _: holder),
    "a centre that believes any time": Rules(heard=lambda row, name, ms, _: lease.heard(row, name, ms, TRUSTED)),
    "a terminal whose lease never ends": Rules(
        in_force=lambda leases, counter, bucket, _ms, _quality: lease.in_force(leases, counter, bucket, -9, TRUSTED)
    ),
}
