"""Bugs planted in the payment of media that need no write."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from edge.domain import checks, fare
from edge.domain.boarding import Ask, Boarding
from edge.domain.entry import Draft, Entry, Kind
from edge.domain.tariff.state import CounterRow, PricedDecision
from edge.ports import HolderRow
from edge.store.journal import SqliteJournal
from edge.terminal.boardings import Boardings
from edge.terminal.outcome import Outcome
from tests.simulation.planted.planting import Planted, Replacement

WRITING: list[asyncio.Task[Any]] = []


def paid_before_durable() -> list[Replacement]:
    append = SqliteJournal.append

    async def later(
        self: SqliteJournal, draft: Draft, *, holder: HolderRow | None = None, durable: bool = True
    ) -> Entry:
        if draft.kind is not Kind.TAP:
            return await append(self, draft, holder=holder, durable=durable)
        expected = draft.numbered(self.terminal, self.epoch, self.last_seq + 1)
        writing = append(self, draft, holder=holder)
        asyncio.get_running_loop().call_later(0.02, lambda: WRITING.append(asyncio.create_task(writing)))
        return expected

    return [(SqliteJournal, "append", later)]


def evidence_forgotten() -> list[Replacement]:
    def fresh(*_: object) -> bool:
        return True

    return [(checks, "_unused", fresh), (checks, "_risen", fresh)]


def riders_ride_free() -> list[Replacement]:
    def one(_boarding: Boarding, counters: tuple[CounterRow, ...], ask: Ask) -> PricedDecision:
        return ask(counters, False, 0)

    return [(fare, "price_boarding", one)]


def key_stays_armed() -> list[Replacement]:
    def deaf(_self: Boardings, _outcome: Outcome) -> None:
        return None

    return [(Boardings, "hear", deaf)]


BUGS: Final = (
    Planted("one rider is paid for where a key says three", frozenset({"I9"}), riders_ride_free),
    Planted("a driver's key stays armed after its tap", frozenset({"I5"}), key_stays_armed, terminals=1, taps=240),
    Planted("a tap without a write is green before its entry is durable", frozenset({"I1"}), paid_before_durable),
    Planted("a code and a cryptogram pay again", frozenset({"I5"}), evidence_forgotten, seeds=4, taps=80),
)
