"""The centre's books, from its own SQL: by medium, by payer, by funder, and whether everything adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, cast

from edge.domain.family import Family
from edge.domain.frozen import frozen
from sync.central.store import statements as sql
from sync.central.store.guard_statements import FLAG_COUNTS
from sync.central.store.port import Cell, Query, Row, Work
from sync.wire import decode_entry

PAYER: Final = "payer:"
FUNDER: Final = "funder:"
REVENUE: Final = "revenue:"
DEBT: Final = "debt:"
"""Paid back with a later fare: charged with it, and no revenue of that tap."""
RETURNED: Final = "returned:"
"""Given back to payers whose media had paid for good."""
CLEARED_LATER: Final = frozenset(
    {Family.BANK_CARD.value, Family.CODE.value, Family.IDENTITY.value, Family.MANUAL.value}
)
"""Families whose payers' part is receivable from their schemes; by hand, from the drawer or the registered account."""


@frozen
class MediumLine:
    """What one medium was charged: taps earned, fen paid by the holder, fen in all."""

    family: str
    token: bytes
    taps: int
    payer_fen: int
    total_fen: int


@frozen
class Back:
    """What tills have taken back of what was earned: the payers' part, everything, the funders' part, in fen."""

    payer_fen: int
    total_fen: int
    relief_fen: int


@frozen
class StreamLine:
    """How one journal stands: watermark, entries held up to the newest, and a forked tail with its fen in suspense."""

    terminal: str
    epoch: int
    acked_seq: int
    entries: int
    newest: int
    conflict_fen: int
    conflict_entries: int


@frozen
class GapLine:
    """A journal that stands at ``expected_seq`` though entries from ``first_seq`` on came at ``raised_ms``, ms UTC."""

    terminal: str
    epoch: int
    expected_seq: int
    first_seq: int
    raised_ms: int


@frozen
class Books:
    """Everything received, summed. ``problems`` says in words what does not add up; empty: balanced.

    ``flagged`` counts what the guards of meal subsidies found, by terminal and guard; it is no problem of the books.
    """

    media: tuple[MediumLine, ...]
    accounts: tuple[tuple[str, int], ...]
    streams: tuple[StreamLine, ...]
    quarantined: tuple[tuple[str, int, str, int], ...]
    alarms: tuple[tuple[str, int, str, int], ...]
    problems: tuple[str, ...]
    gaps: tuple[GapLine, ...] = ()
    flagged: tuple[tuple[str, str, int], ...] = ()

    def by(self, prefix: str) -> tuple[tuple[str, int], ...]:
        """Return the accounts under a prefix, named without it, with what they gave (fen)."""
        return tuple((name.removeprefix(prefix), -fen) for name, fen in self.accounts if name.startswith(prefix))


def books_work() -> Work[Books]:
    """Sum up the store."""
    media = [MediumLine(*cast("tuple[str, bytes, int, int, int]", tuple(row))) for row in (yield Query(sql.BY_MEDIUM))]
    accounts = cast("list[tuple[str, int]]", [tuple(row) for row in (yield Query(sql.BY_ACCOUNT))])
    back = Back(*cast("tuple[int, int, int]", tuple((yield Query(sql.REVERSED))[0])))
    unbalanced = yield Query(sql.UNBALANCED)
    held = yield Query(sql.BY_STREAM)
    aside = {(row[0], row[1]): cast("int", row[2]) for row in (yield Query(sql.CONFLICTS))}
    claimed = _claimed_fen((yield Query(sql.CLAIMS)))
    quarantined = cast("list[tuple[str, int, str, int]]", [tuple(row) for row in (yield Query(sql.QUARANTINED))])
    alarms = cast("list[tuple[str, int, str, int]]", [tuple(row) for row in (yield Query(sql.ALARMS))])
    gaps = [GapLine(*cast("tuple[str, int, int, int, int]", tuple(row))) for row in (yield Query(sql.OPEN_GAPS))]
    flagged = cast("list[tuple[str, str, int]]", [tuple(row) for row in (yield Query(FLAG_COUNTS))])
    streams = [_stream_line(row, aside, claimed) for row in held]
    problems = [*_postings_problems(unbalanced), *_stream_problems(streams), *_money_problems(media, accounts, back)]
    return Books(
        tuple(media),
        tuple(accounts),
        tuple(streams),
        tuple(quarantined),
        tuple(alarms),
        tuple(problems),
        tuple(gaps),
        tuple(flagged),
    )


def _stream_line(
    row: Row, aside: Mapping[tuple[Cell, Cell], int], claimed: Mapping[tuple[Cell, Cell], int]
) -> StreamLine:
    terminal, epoch, acked_seq, count, newest = cast("tuple[str, int, int, int, int]", tuple(row))
    stream = terminal, epoch
    return StreamLine(terminal, epoch, acked_seq, count, newest, claimed.get(stream, 0), aside.get(stream, 0))


def _claimed_fen(rows: Sequence[Row]) -> Counter[tuple[Cell, Cell]]:
    """Sum by stream what forked tails claim. A debit counts once, however many of its results are in them."""
    claims: dict[tuple[tuple[Cell, Cell], int, bytes], int] = {}
    for terminal, epoch, fen, raw in rows:
        entry = decode_entry(cast("bytes", raw))
        debit = (terminal, epoch), entry.ref_seq, entry.tap_id
        claims[debit] = max(claims.get(debit, 0), cast("int", fen))
    claimed: Counter[tuple[Cell, Cell]] = Counter()
    for (stream, _, _), fen in claims.items():
        claimed[stream] += fen
    return claimed


def _postings_problems(rows: Sequence[Row]) -> list[str]:
    return [f"{row[0]!s} epoch {row[1]!s} entry {row[2]!s}: postings sum to {row[3]!s} fen" for row in rows]


def _stream_problems(streams: Sequence[StreamLine]) -> list[str]:
    return [
        f"{line.terminal} epoch {line.epoch}: watermark {line.acked_seq}, {line.entries} entries, newest {line.newest}"
        for line in streams
        if not line.acked_seq == line.entries == line.newest
    ]


def _money_problems(media: list[MediumLine], accounts: list[tuple[str, int]], back: Back) -> list[str]:
    """Compare two independent sums: the amounts on earning entries less those taken back, and the postings.

    Of what was taken back, the part that payers got in another way stays collected from their media.
    """
    withdrawn_fen = back.payer_fen - _total(accounts, RETURNED)
    total_fen, payer_fen = sum(line.total_fen for line in media), sum(line.payer_fen for line in media)
    cleared_fen = sum(line.payer_fen for line in media if line.family in CLEARED_LATER)
    sums = {
        "holders": (payer_fen - withdrawn_fen, -_total(accounts, PAYER)),
        "operators": (total_fen - back.total_fen, _total(accounts, REVENUE) + _total(accounts, DEBT)),
        "funders": (total_fen - payer_fen - back.relief_fen, -_total(accounts, FUNDER)),
        "schemes": (cleared_fen - withdrawn_fen, _total(accounts, "receivable:")),
        "all accounts": (0, sum(fen for _, fen in accounts)),
    }
    return [f"{name}: entries say {a} fen, postings {b}" for name, (a, b) in sums.items() if a != b]


def _total(accounts: list[tuple[str, int]], prefix: str) -> int:
    return sum(fen for name, fen in accounts if name.startswith(prefix))
