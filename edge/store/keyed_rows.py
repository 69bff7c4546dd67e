"""Rows found by a token: mapped, never read into memory; see ``sync/row_form.py`` for how they lie in the file.

Keys are keyed hashes, evenly spread: where a key must lie is known to within a few hundred others, so that a look-up
touches two or three pages of the file.
"""

from __future__ import annotations

import mmap
import struct
from math import isqrt
from pathlib import Path
from typing import Final, Generic, TypeVar

from edge.domain.diners import DinerRecord
from edge.domain.errors import PolicyError, RemoteProtocolError
from edge.domain.holder import Credit, Debt, HolderRecord, LeaseRecord
from edge.domain.tap import TOKEN_BYTES
from edge.ports.editions import Steps
from edge.store.segment import Segment
from sync.row_form import FORM, HEADER, MAGIC, NUMBER, RECORD_BYTES_MAX, ROWS
from sync.wire import decode

R = TypeVar("R")

RECORDS_A_STEP: Final = 64
KEYS_A_STEP: Final = 512
"""Read in one step: below a millisecond."""

SPREAD: Final = 4
"""A key lies within this many standard deviations of its expected place, nearly always."""


class RowFile:
    """One mapped file of rows. Raises ``ARTIFACT_DAMAGED`` where its sizes are not what its header says."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: {error}") from error
        try:
            self._lay_out()
        except PolicyError:
            self.close()
            raise

    def _lay_out(self) -> None:
        try:
            magic, keys, records, size = HEADER.unpack_from(self._map)
        except struct.error:
            raise self._damaged("shorter than its header") from None
        self.keys: int = keys
        self.records: int = records
        self._key_at = HEADER.size
        self._number_at = self._key_at + TOKEN_BYTES * self.keys
        self._end_at = self._number_at + NUMBER.size * self.keys
        self._record_at = self._end_at + NUMBER.size * self.records
        if magic != MAGIC or len(self._map) != self._record_at + size:
            raise self._damaged("not a file of rows, or its size is not what its header says")

    def find(self, token: bytes) -> bytes | None:
        """Return the record of a token, None where there is none; raises ``ARTIFACT_DAMAGED`` for one out of place."""
        low, high = self._window(token)
        mapped, start = self._map, self._key_at
        while low < high:
            middle = (low + high) // 2
            at = start + TOKEN_BYTES * middle
            found = mapped[at : at + TOKEN_BYTES]
            if found == token:
                return self.record(self._number(self._number_at, middle))
            if found < token:
                low = middle + 1
            else:
                high = middle
        return None

    def _window(self, token: bytes) -> tuple[int, int]:
        """Return between which places a key lies: few, where the keys are spread as hashes are; else all."""
        count = self.keys
        expected = count * int.from_bytes(token[:8], "big") >> 64
        reach = SPREAD * isqrt(count) + SPREAD
        low, high = max(expected - reach, 0), min(expected + reach, count)
        if low and self.key(low) > token:
            low = 0
        if high < count and self.key(high) <= token:
            high = count
        return low, high

    def key(self, place: int) -> bytes:
        """Return the key at a place."""
        at = self._key_at + TOKEN_BYTES * place
        return self._map[at : at + TOKEN_BYTES]

    def record(self, number: int) -> bytes:
        """Return a record by its number; raises ``ARTIFACT_DAMAGED`` where the file has none such."""
        if number >= self.records:
            raise self._damaged(f"no record {number}")
        start = self._number(self._end_at, number - 1) if number else 0
        end = self._number(self._end_at, number)
        size = len(self._map) - self._record_at
        if not start < end <= min(size, start + RECORD_BYTES_MAX):
            raise self._damaged(f"record {number} from {start} to {end}")
        return self._map[self._record_at + start : self._record_at + end]

    def _number(self, column: int, place: int) -> int:
        found: int = NUMBER.unpack_from(self._map, column + NUMBER.size * place)[0]
        return found

    def reading(self) -> Steps[None]:
        """Check the order of keys and the numbers of their records, in steps; raises ``ARTIFACT_DAMAGED``."""
        before = b""
        for place in range(self.keys):
            if not place % KEYS_A_STEP:
                yield
            key = self.key(place)
            if key <= before or self._number(self._number_at, place) >= self.records:
                raise self._damaged(f"key {place} is out of order, or has no record")
            before = key

    def close(self) -> None:
        """Give the map back; idempotent."""
        self._map.close()

    def _damaged(self, told: str) -> PolicyError:
        return PolicyError("ARTIFACT_DAMAGED", f"{self._name}: {told}")


class KeyedList(Generic[R]):
    """The list of one artifact: rows of one type of record. ``version`` is the artifact's."""

    def __init__(self, segment: Segment, record: type[R]) -> None:
        segment.form(FORM)
        self._rows = RowFile(segment.part(ROWS))
        self._record = record
        self._name = segment.header.name
        self.version = segment.header.version
        if segment.entries != self._rows.records:
            self.close()
            told = f"{self._name}: {self._rows.records} records, not {segment.entries}"
            raise PolicyError("ARTIFACT_DAMAGED", told)

    def __len__(self) -> int:
        return self._rows.records

    def find(self, token: bytes) -> R | None:
        """Return the record of a token, None where the list has none; raises ``ARTIFACT_DAMAGED``."""
        packed = self._rows.find(token)
        return None if packed is None else self._read(packed)

    def reading(self) -> Steps[None]:
        """Read everything once, in steps: order, numbers, and every record; raises ``ARTIFACT_DAMAGED``."""
        yield from self._rows.reading()
        for number in range(self._rows.records):
            if not number % RECORDS_A_STEP:
                yield
            self._read(self._rows.record(number))

    def _read(self, packed: bytes) -> R:
        try:
            return decode(self._record, packed, limit=RECORD_BYTES_MAX)
        except RemoteProtocolError as error:
            raise PolicyError("ARTIFACT_DAMAGED", f"{self._name}: {error.args[0]}") from error

    def close(self) -> None:
        """Give the map back; idempotent."""
        self._rows.close()


class Roster(KeyedList[HolderRecord]):
    """The entitlement list: a holder is found by the own token and by that of every medium."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(segment, HolderRecord)


class DebtList(KeyedList[Debt]):
    """What tokens of media owe."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(segment, Debt)


class CreditList(KeyedList[Credit]):
    """What tokens of media have coming."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(segment, Credit)


class LeaseList(KeyedList[LeaseRecord]):
    """The leases of holders."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(segment, LeaseRecord)


class DinerList(KeyedList[DinerRecord]):
    """Who may eat without a card: found by the token of the registered code, or of a proxy's own."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(segment, DinerRecord)
