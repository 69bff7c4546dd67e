"""How few bytes the columns of a journal can have, each for itself: what a form for each column is held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import log2

from edge.domain.exchange import BatchSpan
from sync.columns import grouped, heads_of, rows_of, taken_apart

BITS = 8
LONG_BYTES = 4


def column_bytes(values: Sequence[object]) -> float:
    """Return the least bytes of a column whose values are drawn one by one.

    Random bytes are counted where they are new, and free where they come again; numbers by themselves or by their
    steps, whichever is less. What a decoder must know beforehand, the distribution itself, is free: no form reaches it.
    """
    if is_random(values):
        return float(sum(len(value) for value in set(values) if isinstance(value, bytes)))
    least = _drawn([repr(value) for value in values])
    numbers = [value for value in values if type(value) is int]
    if len(numbers) == len(values) > 1:
        least = min(least, _drawn([after - before for before, after in pairwise(numbers)]))
    return least


def is_random(values: Sequence[object]) -> bool:
    """Say whether a column is of random bytes: long, and mostly new."""
    long = [value for value in values if isinstance(value, bytes) and len(value) >= LONG_BYTES]
    return len(long) == len(values) < 2 * len(set(values))


def _drawn(values: Sequence[object]) -> float:
    counts = Counter(values)
    return sum(count * log2(len(values) / count) for count in counts.values()) / BITS


def bound_bytes(span: BatchSpan, entries: Sequence[bytes]) -> tuple[float, float]:
    """Return the least bytes of all columns, and how many of them are random bytes."""
    rows = rows_of(span, entries)
    bodies = [column for alike in grouped(rows).values() for column in taken_apart(alike)[1]]
    columns = [*heads_of(span, rows), *bodies]
    least = sum(column_bytes(column) for column in columns if column)
    return least, sum(column_bytes(column) for column in columns if column and is_random(column))
