"""The debt list: what media owe for taps that their issuer declined later.

Columns of the table: ``token`` (of the medium), ``fen``, ``since`` (an instant), ``reference`` (of the oldest tap).
Several lines of one medium are added up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from edge.crypto.tokens import TokenKey
from edge.domain.errors import PolicyError
from edge.domain.holder import Debt
from edge.domain.money import FEN_MAX
from sync.central.artifacts import Publication
from sync.central.persons import DECLINED_LINE
from sync.central.row_lists import rows_publication
from sync.central.store import statements as sql
from sync.central.store.port import Query, Work, insert_rows
from sync.central.tables import TableRow
from sync.row_form import DEBTS_KIND, keys_of
from sync.wire import decode_entry

COLUMNS: Final = ("token", "fen", "since", "reference")
REFUSAL_COLUMNS: Final = ("terminal", "epoch", "seq")
REFUSED_NAME: Final = "refused"
"""Name of the list that the centre makes from its own books, beside one that people write."""


def debts(rows: Iterable[TableRow], token_key: TokenKey) -> Publication:
    """Return the publication of a table of debts; raises ``CONFIG_VALUE``."""
    owed: dict[bytes, Debt] = {}
    for row in rows:
        token, fen = row.token("token", token_key), row.whole("fen", 1)
        debt = Debt(fen, row.instant_ms("since"), row.word("reference"))
        owed[token] = added(owed[token], debt) if token in owed else debt
        if owed[token].fen > FEN_MAX:
            raise row.fault("fen", f"more than {FEN_MAX} fen are owed")
    return debt_list(owed)


def added(one: Debt, other: Debt) -> Debt:
    """Return two debts of one medium as one: the older one gives time and reference."""
    oldest = min(one, other, key=lambda debt: (debt.since_ms, debt.reference))
    return Debt(one.fen + other.fen, oldest.since_ms, oldest.reference)


def debt_list(owed: Mapping[bytes, Debt], name: str = DEBTS_KIND) -> Publication:
    """Return the publication of debts by the token of the medium."""
    return rows_publication(DEBTS_KIND, [((token,), debt) for token, debt in owed.items()], name)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A tap whose money its issuer or acquirer refused later: the number of the entry that accepted it."""

    terminal: str
    epoch: int
    seq: int

    @property
    def entry(self) -> tuple[str, int, int]:
        """Return the entry that accepted it."""
        return self.terminal, self.epoch, self.seq

    @property
    def reference(self) -> str:
        """Return how the debt is named."""
        return f"{self.terminal}/{self.epoch}/{self.seq}"


def refusals_of(rows: Iterable[TableRow]) -> list[Refusal]:
    """Return the refusals of a table; raises ``CONFIG_VALUE``."""
    return [Refusal(row.word("terminal", 32), row.whole("epoch", 1), row.whole("seq", 1)) for row in rows]


def refused_work(refusal: Refusal) -> Work[bool]:
    """Turn a tap that was refused later into a debt of its medium, once; False where no such tap was accepted."""
    identity = (refusal.terminal, refusal.epoch, refusal.seq)
    rows = yield Query(sql.EARNED_ENTRY, identity)
    if not rows:
        return False
    token, payer_fen, raw = rows[0]
    time_ms = decode_entry(cast("bytes", raw)).time_ms
    yield insert_rows(sql.ADD_DEBT_LINES, [(*identity, DECLINED_LINE, token, payer_fen, refusal.reference, time_ms)])
    return True


def debt_list_work() -> Work[Publication]:
    """Return the list of what media owe by the centre's own books: refused taps less what was paid back since."""
    lines: dict[bytes, list[Debt]] = defaultdict(list)
    for token, fen, reference, time_ms in (yield Query(sql.DEBT_LINES)):
        lines[cast("bytes", token)].append(Debt(cast("int", fen), cast("int", time_ms), cast("str", reference)))
    owed = {token: debt for token, found in lines.items() if (debt := still_owed(found)) is not None}
    return debt_list(owed, REFUSED_NAME)


def debts_renewed_work() -> Work[tuple[Publication, ...]]:
    """Return the list of the centre's own books where one was ever published: without what was paid back since."""
    if not (yield Query(sql.NEWEST, (DEBTS_KIND, REFUSED_NAME))):
        return ()
    return ((yield from debt_list_work()),)


def check_apart(publications: Iterable[Publication], own: Iterable[Publication]) -> None:
    """Raise ``DEBT_TWICE`` where a list of debts that people wrote names a medium that owes by the centre's books.

    Two lists of one medium are never added up: what is paid back settles the centre's own debt alone, and the written
    one would be collected again. A tap that is refused later, of a medium that a written list names, is owed by the
    books at once and collected when the written list leaves the medium out.
    """
    booked = _media(own)
    written = [listed for listed in publications if listed.kind == DEBTS_KIND and listed.name != REFUSED_NAME]
    if twice := len(booked & _media(written)):
        raise PolicyError("DEBT_TWICE", f"{twice} media of this list owe in the list of refused taps as well")


def _media(lists: Iterable[Publication]) -> set[bytes]:
    return {key for listed in lists for part in listed.files for key in keys_of(part)}


def still_owed(lines: Iterable[Debt]) -> Debt | None:
    """Return what is owed after repayments (negative lines), which pay the oldest debts first; None: nothing."""
    known = sorted(lines, key=lambda line: (line.since_ms, line.reference))
    paid = -sum(line.fen for line in known if line.fen < 0)
    owed: Debt | None = None
    for line in (line for line in known if line.fen > 0):
        left = max(line.fen - paid, 0)
        paid -= line.fen - left
        if left:
            rest = Debt(left, line.since_ms, line.reference)
            owed = rest if owed is None else added(owed, rest)
    return owed
