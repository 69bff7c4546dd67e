"""What a purse keeps when the field is gone. One method changes money, and it changes everything at once."""

from __future__ import annotations

from collections import deque
from dataclasses import field
from typing import Final

from drivers.virtual.purse_files import (
    LOG_LENGTH,
    LOG_RECORDS,
    TRIP_LENGTH,
    TRIP_RECORDS,
    CommittedDebit,
    LogLine,
    empty_capp_records,
)
from edge.domain.frozen import mutable

LOAD: Final = 0x02
LOG_SFI: Final = 0x18
CAPP_SFI: Final = 0x1A
TRIP_SFI: Final = 0x1E


@mutable
class CappCache:
    """Record updates that wait for DEBIT: trip records to add, records of file 0x1A to replace."""

    trips: list[bytes] = field(default_factory=list)
    records: dict[int, bytes] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.trips or self.records)


@mutable
class PurseMemory:
    """Balance and overdraft limit in fen, counter of the last transaction, log and trips newest first."""

    balance_fen: int
    overdraft_limit_fen: int
    counter: int
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=LOG_RECORDS))
    trips: deque[bytes] = field(default_factory=lambda: deque(maxlen=TRIP_RECORDS))
    capp: dict[int, bytes] = field(default_factory=empty_capp_records)
    debits: list[CommittedDebit] = field(default_factory=list)
    blocked: bool = False

    @property
    def available_fen(self) -> int:
        """Return what a debit may take: balance and overdraft limit."""
        return self.balance_fen + self.overdraft_limit_fen

    def commit(self, debit: CommittedDebit, cache: CappCache) -> None:
        """Move balance and counter and write log, trips and records: the one atomic step of a debit."""
        self.balance_fen = debit.balance_after_fen
        self.counter = debit.line.sequence
        self.log.appendleft(debit.line)
        for trip in cache.trips:
            self.trips.appendleft(trip)
        self.capp.update(cache.records)
        self.debits.append(debit)

    def load(self, amount_fen: int, terminal: bytes, time: str) -> None:
        """Credit a load made elsewhere: balance, counter and log move, no debit is recorded."""
        self.balance_fen += amount_fen
        self.counter += 1
        self.log.appendleft(LogLine(self.counter, 0, amount_fen, LOAD, terminal, time))

    def records(self, sfi: int) -> dict[int, bytes] | None:
        """Return the records of a file by number, unwritten ones as zeros; ``None``: no such file."""
        if sfi == LOG_SFI:
            written = [line.to_bytes() for line in self.log]
            return _numbered(written, LOG_RECORDS, LOG_LENGTH)
        if sfi == TRIP_SFI:
            return _numbered(list(self.trips), TRIP_RECORDS, TRIP_LENGTH)
        return dict(self.capp) if sfi == CAPP_SFI else None

    def proof_of(self, kind: int, sequence: int) -> CommittedDebit | None:
        """Return the last debit if it bears this kind and number: the card proves no other."""
        last = self.debits[-1] if self.debits else None
        if last is None or last.line.sequence != self.counter:
            return None
        return last if (last.line.kind, last.line.sequence) == (kind, sequence) else None


def _numbered(written: list[bytes], count: int, length: int) -> dict[int, bytes]:
    filled = written + [bytes(length)] * (count - len(written))
    return dict(enumerate(filled, start=1))
