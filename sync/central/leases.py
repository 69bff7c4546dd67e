"""Leases at the centre: who alone may grant a person's quota today, as rows and as the list that terminals get.

A row is written when a lease is given and never changed; how it stands is read from what its lessee sent since, so a
cut at any moment loses nothing. A restored backup may lack leases that terminals hold: none is given until all of those
have ended, and for that none reaches further ahead than two days.

Columns of the table: ``holder``, ``counter``, ``bucket`` (the period, as counters name it), ``terminal``, ``until``
(an instant).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, cast

from edge.crypto.tokens import TokenKey
from edge.domain.entry import Kind
from edge.domain.frozen import frozen
from edge.domain.holder import Lease, LeaseRecord
from edge.domain.lease import LeaseRow, claimed, given_back, heard, lease_out
from sync.central.artifacts import Publication
from sync.central.facts import LEASING, restored_ms_work, take_turn
from sync.central.row_lists import rows_publication
from sync.central.store import statements as sql
from sync.central.store.port import Query, Work, insert_rows
from sync.central.tables import TableRow
from sync.row_form import LEASES_KIND
from sync.wire import decode_entry

COLUMNS: Final = ("holder", "counter", "bucket", "terminal", "until")
VOIDED: Final = 0
AHEAD_MS: Final = 2 * 86_400_000
GIVEN, IN_USE, USED, TOO_FAR, RESTORED = "given", "in_use", "used", "too_far_ahead", "restored_lately"
"""What becomes of a request."""


@frozen
class LeaseRequest:
    """A lease that somebody asks for; fields as in :class:`Lease`."""

    holder: bytes
    counter: str
    bucket: str
    terminal: str
    until_ms: int

    @property
    def quota(self) -> tuple[bytes, str, str]:
        """Return what is to be leased."""
        return self.holder, self.counter, self.bucket


def lease_requests(rows: Iterable[TableRow], token_key: TokenKey) -> list[LeaseRequest]:
    """Return the requests of a table; raises ``CONFIG_VALUE``."""
    return [
        LeaseRequest(
            row.person("holder", token_key),
            row.word("counter"),
            row.word("bucket"),
            row.word("terminal", 32),
            row.instant_ms("until"),
        )
        for row in rows
    ]


def lease_work(request: LeaseRequest, now_ms: int) -> Work[str]:
    """Give one lease, or say in one of the words above why not."""
    yield from take_turn(LEASING)
    if now_ms < (yield from restored_ms_work()) + AHEAD_MS:
        return RESTORED
    if not now_ms < request.until_ms <= now_ms + AHEAD_MS:
        return TOO_FAR
    if (yield from _is_claimed(request.quota)):
        return USED
    row, _ = yield from _standing(request.quota)
    given = lease_out(row, request.terminal, request.until_ms)
    if given is None:
        return IN_USE
    cells = (given.terminal, *request.quota, given.serial, given.until_ms, now_ms)
    yield insert_rows(sql.ADD_LEASES, [cells])
    return GIVEN


def lease_list_work(now_ms: int) -> Work[Publication]:
    """Return the list of the newest lease of every quota, as far as it has not ended: the others tell nothing."""
    leases: dict[bytes, list[Lease]] = defaultdict(list)
    for holder, counter, bucket, _ in (yield Query(sql.LEASES_UNTIL, (now_ms,))):
        quota = (cast("bytes", holder), cast("str", counter), cast("str", bucket))
        row, is_free = yield from _standing(quota)
        if row is not None and not is_free and row.until_ms >= now_ms:
            leases[quota[0]].append(Lease(row.serial, quota[1], quota[2], row.terminal, row.until_ms))
    rows = [((holder,), LeaseRecord(tuple(found))) for holder, found in leases.items()]
    return rows_publication(LEASES_KIND, rows)


def _standing(quota: tuple[bytes, str, str]) -> Work[tuple[LeaseRow | None, bool]]:
    """Return the newest lease of a quota as it stands by all that is held, and whether its lessee is done with it."""
    found = yield Query(sql.NEWEST_LEASE, quota)
    if not found:
        return None, True
    serial, terminal, until_ms, given_ms = found[0]
    row = LeaseRow(cast("int", serial), cast("str", terminal), cast("int", until_ms))
    if (yield from _is_claimed(quota)):
        return claimed(row), False
    returned = yield Query(sql.RETURNS, (row.terminal, *quota))
    row = given_back(row, row.terminal, cast("int", returned[0][0] or 0))
    row = yield from _heard(row, cast("int", given_ms))
    return row, lease_out(row, row.terminal, row.until_ms) is not None


def _is_claimed(quota: tuple[bytes, str, str]) -> Work[bool]:
    """Say whether anybody granted something of a quota, or may have: a debit without a result counts."""
    holder, counter, bucket = quota
    rows = yield Query(sql.CLAIMS_ON, (bucket, counter, holder))
    return any(kind == Kind.TAP or earned != VOIDED for _, kind, earned in rows)


def _heard(row: LeaseRow, given_ms: int) -> Work[LeaseRow]:
    """Hear the last entries of the lessee: beyond the end of its lease, and in a journal that is older than that.

    A journal that was begun since says nothing of what the one before it may still hold unsent; of a spare grant nobody
    knows when it was begun.
    """
    streams = yield Query(sql.NEWEST_STREAM, (row.terminal,))
    epoch, issued_ms, spare = streams[0] if streams else (0, 0, 1)
    if spare or cast("int", issued_ms) > given_ms:
        return row
    raws: Sequence[Sequence[object]] = yield Query(sql.LAST_ENTRIES, (row.terminal, epoch))
    for (raw,) in raws:
        entry = decode_entry(cast("bytes", raw))
        row = heard(row, row.terminal, entry.time_ms, entry.quality)
    return row
