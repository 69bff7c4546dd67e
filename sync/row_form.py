"""How rows that are found by a token are laid out, for those who write them (the centre) and who map them (terminals).

A list of kind ``entitlements``, ``debts``, ``credits``, ``leases`` or ``diners`` has one part, ``rows``: header, all
keys in rising order, for each key the number of its record, where each record ends, and the records (msgpack arrays).
Several keys may have one record: a holder is found by the holder's own token and by those of all media. Numbers are
little-endian, 32 bits.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Final

from edge.domain.tap import TOKEN_BYTES
from sync.wire import encode

FORM: Final = 1
ROWS: Final = "rows"
ENTITLEMENTS_KIND: Final = "entitlements"
DEBTS_KIND: Final = "debts"
CREDITS_KIND: Final = "credits"
LEASES_KIND: Final = "leases"
DINERS_KIND: Final = "diners"

HEADER: Final = struct.Struct("<8sIIQ")
"""Magic, count of keys, count of records, bytes of all records."""

MAGIC: Final = b"OCROWS01"
NUMBER: Final = struct.Struct("<I")
RECORD_BYTES_MAX: Final = 4 * 1024

Row = tuple[Sequence[bytes], object]
"""The keys of one record, and the record: a value type."""


def rows_part(rows: Iterable[Row]) -> bytes:
    """Return the part of some rows; raises ``ValueError`` for a key that is no token, or that two records claim."""
    records: list[bytes] = []
    keyed: list[tuple[bytes, int]] = []
    for number, (keys, value) in enumerate(rows):
        record = encode(value)
        if len(record) > RECORD_BYTES_MAX:
            raise ValueError(f"row {number}: a record of {len(record)} bytes, at most {RECORD_BYTES_MAX}")
        records.append(record)
        keyed += [(key, number) for key in dict.fromkeys(keys)]
    keyed.sort()
    _check(keyed)
    numbers = array("I", [number for _, number in keyed])
    ends = array("I", accumulate(map(len, records)))
    size = ends[-1] if ends else 0
    head = HEADER.pack(MAGIC, len(keyed), len(records), size)
    return b"".join((head, *(key for key, _ in keyed), _little(numbers), _little(ends), *records))


def keys_of(part: bytes) -> frozenset[bytes]:
    """Return the keys in a part that was made here."""
    _, count, _, _ = HEADER.unpack_from(part)
    start = HEADER.size
    return frozenset(part[at : at + TOKEN_BYTES] for at in range(start, start + TOKEN_BYTES * count, TOKEN_BYTES))


def _check(keyed: Sequence[tuple[bytes, int]]) -> None:
    if any(len(key) != TOKEN_BYTES for key, _ in keyed):
        raise ValueError(f"a key of a row has {TOKEN_BYTES} bytes")
    for (key, number), (following, other) in pairwise(keyed):
        if key == following:
            raise ValueError(f"rows {number} and {other} have a key in common")


def _little(numbers: array[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)
