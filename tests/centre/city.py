"""A synthetic city for the books: ``python -m tests.centre.city --days 30 --taps 300000``.

Buses and gates write real journals, offline for hours or days; the centre receives, keeps its books and closes every
day. An oracle without the engine says what everybody owes; at the end differences are planted, and each must be named.
Exit code: 0 every day closed to the fen and everything explained, 1 something else.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from edge.domain.debit import Verdict
from edge.domain.entry import Entry, Intent, PaidTap, Posted, Settled, Torn
from sync.central.books.closing import Closing, close_day
from sync.central.books.days import business_day
from sync.central.books.reconciling import Named
from sync.central.books.torn_answers import Result
from sync.central.books.worker import bring_up
from sync.central.centre import Centre
from sync.central.debts import Refusal
from sync.central.exports.results import Answer, take_in
from sync.central.intake import Forked
from sync.central.store.port import CentralStore
from sync.central.store.sqlite import open_sqlite
from tests.books.riders import DAY_MS, MINUTE_MS, Boarding, Oracle, Rider, Trip, riders
from tests.books.town import FLAT_FEN, STATIONS, Device, device, publish
from tests.centre.city_audit import Outcome, audit
from tests.conformance.central_store import KEYS

START_MS: Final = 1_780_243_200_000
"""Midnight of 2026-06-01 in Beijing."""
TAPS_PER_RIDER: Final = 4.15
CLOSING_MS: Final = 4 * 3_600_000
"""A day is closed at four in the morning after."""
TORN_SHARE: Final = 0.02
OFFLINE_SHARE: Final = 0.25
DECLINES_A_DAY: Final = 3
LOOKED_AT: Final = 800
"""Entries of a bus among which declines are chosen."""
ACCOUNTS: Final = ("operator", "issuer", "funder", "site", "holder", "credit", "suspense", "unproven")
FAULTS_SHOWN: Final = 20


@dataclass
class City:
    """One city: its terminals, riders, centre and clock; ``said`` counts what was planted on the way."""

    store: CentralStore
    seed: int
    buses: int
    riders_count: int
    now_ms: int = START_MS
    taps: int = 0
    closings: list[Closing] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    oracle: Oracle = field(default_factory=Oracle)
    torn: list[tuple[Device, Entry, Rider, int]] = field(default_factory=list)
    to_answer: list[Verdict] = field(default_factory=lambda: [Verdict.POSTED, Verdict.VOIDED])
    paid_beside: Counter[bytes] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.centre = Centre(self.store, KEYS, lambda: self.now_ms, self.random.randbytes)
        self.people = riders(self.random, self.riders_count)

    async def build(self) -> None:
        """Publish the tariff and enrol everybody."""
        await publish(self.centre)
        self.bus = [await device(self.centre, f"BUS-{number}") for number in range(self.buses)]
        self.gates = {
            (way, station): await device(self.centre, f"G-{station}-{way}", gate=way, station=station)
            for way in ("in", "out")
            for station in STATIONS
        }

    @property
    def devices(self) -> list[Device]:
        """Return all terminals."""
        return [*self.bus, *self.gates.values()]

    async def live(self, day: int) -> None:
        """Let a day pass: everybody rides, most terminals upload, some clones appear, and the day before is closed."""
        midnight = START_MS + day * DAY_MS
        await self._answer_torn(midnight + 5 * MINUTE_MS)
        self._settle_torn(midnight)
        events = self._events(midnight)
        for at_ms, who, ride in events[: len(events) // 2]:
            self._ride(at_ms, who, ride)
        await self._upload(midnight + DAY_MS // 2)
        await bring_up(self.store)
        if day:
            await self._close(day - 1)
        for at_ms, who, ride in events[len(events) // 2 :]:
            self._ride(at_ms, who, ride)
        if day == 1:
            await self._clone(midnight)
        await self._upload(midnight + DAY_MS - 1)

    def _events(self, midnight: int) -> list[tuple[int, Rider, Boarding | Trip | tuple[Trip, int]]]:
        events: list[tuple[int, Rider, Boarding | Trip | tuple[Trip, int]]] = []
        for number, rider in enumerate(self.people):
            for ride in rider.plan(self.random, self.buses):
                at_ms = midnight + ride.minute * MINUTE_MS + number % 59_000
                events.append((at_ms, rider, ride))
                if isinstance(ride, Trip):
                    out_ms = midnight + ride.out_minute * MINUTE_MS + number % 59_000
                    self.oracle.travelled(rider, ride, at_ms, out_ms)
                    if ride.to:
                        events.append((out_ms, rider, (ride, at_ms)))
        return sorted(events, key=lambda event: (event[0], event[1].medium.token))

    def _ride(self, at_ms: int, rider: Rider, ride: Boarding | Trip | tuple[Trip, int]) -> None:
        self.taps += 1
        if isinstance(ride, Trip):
            self.gates["in", ride.start].tap(rider.medium, at_ms)
        elif isinstance(ride, tuple):
            self.gates["out", ride[0].to].tap(rider.medium, at_ms)
        elif rider.medium.family == "purse" and rider.medium.holder is None and self.random.random() < TORN_SHARE:
            bus = self.bus[ride.bus]
            self.torn.append((bus, bus.tear(rider.medium, at_ms), rider, ride.bus))
        else:
            self.oracle.boarded(rider, ride.bus, at_ms)
            self.bus[ride.bus].tap(rider.medium, at_ms)

    def _settle_torn(self, midnight: int) -> None:
        """Let cards of torn debits come back the next morning: most are proven."""
        for bus, intent, rider, number in self.torn:
            if self.random.random() < 0.8:
                bus.settle(intent, midnight + 5 * MINUTE_MS)
                self.oracle.boarded(rider, number, intent.time_ms)
                self.said["torn_settled"] += 1
            else:
                self.said["torn_open"] += 1
        self.torn.clear()

    async def _answer_torn(self, at_ms: int) -> None:
        """Let a clearing house say that a torn debit was taken, before one card denies it and another proves it."""
        if not self.torn or not self.to_answer:
            return
        (bus, intent, rider, number), verdict = self.torn.pop(), self.to_answer.pop()
        await self._send(bus)
        tap = (bus.name, bus.epoch, intent.seq)
        await take_in(self.centre, [Answer("planted", tap, Result.SETTLED, FLAT_FEN, "")])
        bus.settle(intent, at_ms, verdict)
        if verdict is Verdict.POSTED:
            self.oracle.boarded(rider, number, intent.time_ms)
        else:
            self.paid_beside[rider.medium.token] += FLAT_FEN
            self.said["contradicted"] += 1

    async def _upload(self, at_ms: int) -> None:
        self.now_ms = at_ms
        for one in self.devices:
            if self.random.random() >= OFFLINE_SHARE:
                await self._send(one)

    async def _send(self, one: Device) -> None:
        """Upload what a terminal has, and count what comes after the file of its day."""
        last = self.closings[-1].day if self.closings else 0
        new = (one.entry(seq) for seq in range(one.sent + 1, len(one.raws) + 1))
        late = [entry for entry in new if business_day(entry.time_ms) <= last]
        self.said[Named.LATE_RECORD] += sum(moves_money(one, entry) for entry in late)
        await one.upload(self.centre)

    async def _clone(self, midnight: int) -> None:
        """Let a copied disk write beside its terminal, and be heard."""
        bus = self.bus[0]
        await self._send(bus)
        twin = bus.clone()
        rider = self.people[0]
        self.oracle.boarded(rider, 0, midnight + DAY_MS - 20 * MINUTE_MS)
        bus.tap(rider.medium, midnight + DAY_MS - 20 * MINUTE_MS)
        twin.tap(self.people[1].medium, midnight + DAY_MS - 15 * MINUTE_MS)
        await self._send(bus)
        receipts = await twin.upload(self.centre)
        self.said["clone"] += sum(isinstance(receipt.verdict, Forked) for receipt in receipts)

    async def _close(self, day: int) -> None:
        number = business_day(START_MS + day * DAY_MS)
        self.closings.append(await close_day(self.store, number, lambda: self.now_ms))
        await self._decline(day)

    async def _decline(self, day: int) -> None:
        """Let an acquirer refuse a few paid bank taps of a closed day."""
        bus = self.random.choice(self.bus)
        number = business_day(START_MS + day * DAY_MS)
        entries = [bus.entry(seq) for seq in range(max(1, bus.sent - LOOKED_AT), bus.sent + 1)]
        paid = [entry.seq for entry in entries if business_day(entry.time_ms) == number and is_billed(entry)]
        chosen = self.random.sample(paid, min(DECLINES_A_DAY, len(paid)))
        known, _ = await self.centre.refuse([Refusal(bus.name, bus.epoch, seq) for seq in chosen])
        self.said["declined"] += sum(known)

    async def finish(self, days: int) -> None:
        """Let every terminal upload what it has, and close the days that are left, and one more for what came late."""
        await self._answer_torn(START_MS + days * DAY_MS)
        self._settle_torn(START_MS + days * DAY_MS)
        self.now_ms = START_MS + (days + 1) * DAY_MS + CLOSING_MS
        await self._close(days - 1)
        for one in self.devices:
            await self._send(one)
        self.closings.append(await close_day(self.store, business_day(START_MS + days * DAY_MS), lambda: self.now_ms))


def moves_money(one: Device, entry: Entry) -> bool:
    """Say whether an entry of the city has lines in the books."""
    if not isinstance(entry.body, PaidTap | Posted | Torn | Settled):
        return False
    body = entry.body if isinstance(entry.body, PaidTap) else one.entry(entry.ref_seq).body
    return isinstance(body, Intent | PaidTap) and bool(body.charge.total_fen)


def is_billed(entry: Entry) -> bool:
    """Say whether an acquirer is asked to pay for a tap."""
    body = entry.body
    return isinstance(body, PaidTap) and body.family == "bank_card" and bool(body.charge.payer_fen)


async def run(folder: Path, days: int, taps: int, seed: int) -> tuple[City, Outcome]:
    """Let a city live for some days with about so many taps in all."""
    people = max(20, round(taps / days / TAPS_PER_RIDER))
    store = await open_sqlite(folder / "central.db")
    try:
        city = City(store, seed, buses=max(4, people // 60), riders_count=people)
        await city.build()
        for day in range(days):
            await city.live(day)
            say(f"day {day + 1}: {city.taps:,} taps, {len(city.closings)} days closed")
        await city.finish(days)
        return city, await audit(city)
    finally:
        await store.close()


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run a city and print what it came to."""
    parser = argparse.ArgumentParser(prog="python -m tests.centre.city")
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--taps", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        city, verdict = asyncio.run(run(Path(folder), options.days, options.taps, options.seed))
    for closing in city.closings:
        late = sum(total.late_fen for total in closing.totals if total.fen > 0)
        sums = {account: sum(t.fen for t in closing.totals if t.account == account) for account in ACCOUNTS}
        say(f"{closing.day}: " + ", ".join(f"{name} {fen}" for name, fen in sums.items()) + f", late {late}")
    say(f"{city.taps:,} taps of {len(city.people):,} media at {len(city.devices)} terminals; {dict(verdict.named)}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    say(f"{time.monotonic() - start:.0f} s, {peak_mb} MB; faults: {len(verdict.faults)}")
    for fault in verdict.faults[:FAULTS_SHOWN]:
        say(f"  {fault}")
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main())
