"""What the centre decided about a token beyond what its entries say: one item each, posted as differences.

An item's lines so far are a fold of what was posted for it. Whoever decides it anew states what it should come to, and
the difference is posted: deciding twice posts nothing, and late records move only what they change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

from edge.domain.frozen import frozen
from sync.central.books.accounts import PAYERS, Account, Balances, BookLine, lines_from
from sync.central.store import book_statements as books
from sync.central.store.port import Cell, Query, Row, Work, insert_all, insert_rows


class Reason(StrEnum):
    """Why the centre moves money; the words are in the store for ever."""

    JOURNEY = "journey"
    """A ride priced by both its taps, or by the one that there is."""
    REFUND_DUE = "refund_due"
    """The full price was charged until the centre would know."""
    WRONG_TIER = "wrong_tier"
    """A counter stood elsewhere than the terminal knew."""
    DOUBLE_CLAIM = "double_claim"
    """A quota was granted more often than its limit allows."""
    UNPRICED = "unpriced"
    """No tariff prices it: somebody has to look."""
    DECLINED = "declined"
    """Issuer or acquirer refused to pay: the holder owes it."""
    RESULT = "result"
    """An issuer's, acquirer's or clearing house's file said so."""
    PAID_OUT = "paid_out"
    """A credit was paid by file."""
    WAIVED = "waived"
    """The operator let a charge go."""
    REPAIRED = "repaired"
    """What was set aside counts after all."""
    WRITTEN_OFF = "written_off"
    """What was set aside is let go."""


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """What an adjustment is about: a reason, the entry it hangs on, and a rule where an entry has several."""

    reason: str
    terminal: str
    epoch: int
    seq: int
    rule: str = ""

    @property
    def entry(self) -> tuple[str, int, int]:
        """Return the entry that it hangs on."""
        return self.terminal, self.epoch, self.seq


@frozen
class Wanted:
    """What an item should come to.

    ``others`` are its lines but for the payer's side, which is ``payer_fen`` in all: above zero the holder pays more
    than was charged at the tap. ``collector`` collects that where the medium is billed later; empty: the holder owes.
    ``is_exact``: ``others`` are all its lines, whoever they are with.
    """

    day: int
    time_ms: int
    reference: str
    others: Balances = field(default_factory=dict)
    payer_fen: int = 0
    collector: str = ""
    is_exact: bool = False


@frozen
class Standing:
    """What was posted for an item so far."""

    day: int
    reference: str
    lines: Balances


NOTHING: Final = Standing(0, "", {})

GONE: Final = "gone:"
"""How the reference of an item begins that another took the place of."""

Standings = Mapping[Item, Standing]


def standings_work(subject: bytes, from_day: int) -> Work[Standings]:
    """Return what was posted for a token's items of ``from_day`` and later."""
    rows = yield Query(books.ADJUSTED, (bucket_of(subject), subject, from_day))
    lines: dict[Item, Counter[tuple[str, str]]] = {}
    heads: dict[Item, tuple[int, str]] = {}
    for row in rows:
        item, (reference, day, account, party, fen) = _item(row), cast("tuple[str, int, str, str, int]", row[5:])
        heads[item] = (day, reference)
        lines.setdefault(item, Counter())[account, party] += fen
    return {item: Standing(*heads[item], {key: fen for key, fen in lines[item].items() if fen}) for item in lines}


def _item(row: Row) -> Item:
    return Item(*cast("tuple[str, str, int, int, str]", tuple(row[:5])))


def bucket_of(subject: bytes) -> int:
    """Return the bucket of a token: who writes about it takes the bucket's turn."""
    return subject[0] if subject else 0


def take_bucket(subject: bytes) -> Work[int]:
    """Take a token's bucket for the rest of the transaction; returns its turn."""
    ((turn,),) = yield insert_rows(books.TAKE_BUCKET, [(bucket_of(subject), 0)])
    return cast("int", turn)


def settle_work(
    subject: bytes, turn: int, wanted: Mapping[Item, Wanted], standing: Standings, closed_day: int
) -> Work[int]:
    """Post what is wanted less what stands, for every item of either; returns how many items moved.

    The bucket must have been taken at ``turn``. What the holder paid by a file that is closed comes back as a credit.
    """
    rows: list[tuple[Cell, ...]] = []
    lines: list[tuple[Cell, ...]] = []
    bucket, number = bucket_of(subject), turn + 1
    for item in sorted(wanted.keys() | standing.keys()):
        stands = standing.get(item, NOTHING)
        target = wanted.get(item) or Wanted(stands.day, 0, f"{GONE} {stands.reference}")
        moved = difference(target, stands, closed_day)
        if not moved and (target.reference == stands.reference or item not in wanted):
            continue
        place = (bucket, subject, number, len(rows))
        about = (item.reason, *item.entry, item.rule)
        rows.append((*place, target.day, *about, target.reference, target.time_ms))
        lines += [(*place, at, target.day, line.account, line.party, line.fen) for at, line in enumerate(moved)]
    if rows:
        yield from insert_all(books.ADD_ADJUSTMENTS, rows)
        yield from insert_all(books.ADD_ADJUSTMENT_LINES, lines)
        yield Query(books.MOVE_TURN, (number, bucket))
    return len(rows)


def difference(wanted: Wanted, stands: Standing, closed_day: int) -> tuple[BookLine, ...]:
    """Return the lines that bring an item from where it stands to what is wanted; they sum to zero."""
    moved: Counter[tuple[str, str]] = Counter(wanted.others)
    payers = {} if wanted.is_exact else {key: fen for key, fen in stands.lines.items() if key[0] in PAYERS}
    moved.subtract({key: fen for key, fen in stands.lines.items() if key not in payers})
    change_fen = wanted.payer_fen - sum(payers.values())
    moved.update(_payer_side(wanted, payers, change_fen, is_closed=wanted.day <= closed_day))
    lines = lines_from(moved)
    if sum(line.fen for line in lines):
        raise ValueError(f"an adjustment does not sum to zero: {wanted.reference}")
    return lines


def _payer_side(wanted: Wanted, payers: Balances, change_fen: int, *, is_closed: bool) -> Balances:
    """Return who pays or is paid a change: first what it takes back, then whoever collects.

    Less to pay lowers what was still to be collected; what a closed file, or a card, has taken already is a credit.
    """
    moved: Counter[tuple[str, str]] = Counter()
    taken_back = Account.CREDIT if change_fen > 0 else Account.HOLDER
    open_fen = payers.get((taken_back, ""), 0)
    back_fen = min(change_fen, -open_fen) if change_fen > 0 else max(change_fen, -open_fen)
    if back_fen * change_fen > 0:
        moved[taken_back, ""] += back_fen
        change_fen -= back_fen
    if change_fen > 0:
        moved[(Account.ISSUER, wanted.collector) if wanted.collector else (Account.HOLDER, "")] += change_fen
    elif change_fen < 0:
        billed = [(key, fen) for key, fen in payers.items() if key[0] == Account.ISSUER and fen > 0]
        for key, fen in billed if not is_closed else ():
            less_fen = max(change_fen, -fen)
            moved[key] += less_fen
            change_fen -= less_fen
        still_open = bool(wanted.collector) and not is_closed and not payers
        moved[(Account.ISSUER, wanted.collector) if still_open else (Account.CREDIT, "")] += change_fen
    return moved


def ruled_work(subject: bytes, rulings: Sequence[tuple[Item, Wanted]], closed_day: int, *, since: int = 0) -> Work[int]:
    """Post what somebody ruled about a token, each item once; returns how many items moved.

    ``since`` is the earliest business day that one of them may stand on.
    """
    turn = yield from take_bucket(subject)
    standing = yield from standings_work(subject, since)
    wanted = dict(rulings)
    return (yield from settle_work(subject, turn, wanted, _of(standing, wanted), closed_day))


def _of(standing: Standings, items: Iterable[Item]) -> Standings:
    return {item: standing[item] for item in items if item in standing}
