"""Leases: one terminal alone may grant a person's quota of one period, so that it need not ask anybody.

The centre keeps one row for each (holder, counter, period) and moves it by what it hears; the terminal keeps the
serials that it gave back. Nothing is leased anew until every entry that the last lessee may have written under its
lease is held: it gave the lease back (entries come in order, so all before that are known), or its journal is held
beyond the end of the lease. What was used is never leased again. So whichever messages are lost, late or repeated, and
wherever either side is cut, at most one terminal grants with certainty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import IntEnum
from typing import Final

from edge.domain.frozen import frozen
from edge.domain.holder import Holder, Lease
from edge.domain.tap import TimeQuality

RETURNED_SUBJECT: Final = "lease.returned"
"""Subject of the note by which a terminal gives a lease back; its pairs are those of :func:`return_pairs`."""


class Standing(IntEnum):
    """How a lease stands at the centre; the numbers are in its database."""

    OUT = 1
    RETURNED = 2
    PASSED = 3
    USED = 4


FREE: Final = frozenset({Standing.RETURNED, Standing.PASSED})


@frozen
class LeaseRow:
    """What the centre keeps of the newest lease of one holder's counter and period."""

    serial: int
    terminal: str
    until_ms: int
    standing: Standing = Standing.OUT


def lease_out(row: LeaseRow | None, terminal: str, until_ms: int) -> LeaseRow | None:
    """Return the row of a new lease, None where the last one is still out, or its right was used."""
    if row is None:
        return LeaseRow(1, terminal, until_ms)
    return LeaseRow(row.serial + 1, terminal, until_ms) if row.standing in FREE else None


def given_back(row: LeaseRow, terminal: str, serial: int) -> LeaseRow:
    """Take the lessee's word that it will not use its lease; an older lease's changes nothing."""
    mine = (row.terminal, row.serial, row.standing) == (terminal, serial, Standing.OUT)
    return replace(row, standing=Standing.RETURNED) if mine else row


def claimed(row: LeaseRow) -> LeaseRow:
    """Take note that somebody was granted what the row leases: it is used, whoever did."""
    return replace(row, standing=Standing.USED)


def heard(row: LeaseRow, terminal: str, time_ms: int, quality: TimeQuality) -> LeaseRow:
    """Take note that the lessee's journal is held up to an entry of this time, with all before it.

    Only a trusted time proves that the lease is over for the lessee too.
    """
    over = quality is TimeQuality.TRUSTED and time_ms > row.until_ms
    mine = row.terminal == terminal and row.standing is Standing.OUT
    return replace(row, standing=Standing.PASSED) if mine and over else row


def in_force(
    leases: Iterable[Lease], counter: str, bucket: str, time_ms: int, quality: TimeQuality
) -> tuple[Lease, ...]:
    """Return the leases of a counter's period that a trusted time has not seen end; an untrusted time proves none."""
    if quality is not TimeQuality.TRUSTED:
        return ()
    wanted = (counter, bucket)
    return tuple(one for one in leases if (one.counter, one.bucket) == wanted and time_ms <= one.until_ms)


def newest_of(leases: Iterable[Lease]) -> Lease | None:
    """Return the newest of some leases of one counter and period: an older list may still name an older one."""
    return max(leases, key=lambda lease: lease.serial, default=None)


def without_returned(holder: Holder, returned: Iterable[tuple[str, str, int]]) -> Holder:
    """Return a holder without the leases that this terminal gave back: (counter, bucket, serial), whatever lists say.

    A list may be older than the return; an older serial is over as well.
    """
    last: dict[tuple[str, str], int] = {}
    for counter, bucket, serial in returned:
        last[counter, bucket] = max(serial, last.get((counter, bucket), 0))
    kept = tuple(one for one in holder.leases if one.serial > last.get((one.counter, one.bucket), 0))
    return replace(holder, leases=kept)


def return_pairs(holder: bytes, lease: Lease) -> tuple[tuple[str, str], ...]:
    """Return what the note of a return says."""
    return (
        ("holder", holder.hex()),
        ("counter", lease.counter),
        ("bucket", lease.bucket),
        ("serial", str(lease.serial)),
    )


def read_return(pairs: Iterable[tuple[str, str]]) -> tuple[bytes, str, str, int]:
    """Return (holder, counter, bucket, serial) of a return's note; raises ``ValueError`` where it is none."""
    told = dict(pairs)
    try:
        return bytes.fromhex(told["holder"]), told["counter"], told["bucket"], int(told["serial"])
    except KeyError as error:
        raise ValueError(f"a return without {error}") from None
