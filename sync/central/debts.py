"""What media owe for taps that their issuer declined later, and what they have coming: two lists that go down.

Columns of the table: ``token`` (of the medium), ``fen``, ``since`` (an instant), ``reference`` (of the oldest tap).
Several lines of one medium are added up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, cast

from edge.crypto.tokens import TokenKey
from edge.domain.errors import PolicyError
from edge.domain.frozen import frozen
from edge.domain.holder import Credit, Debt
from edge.domain.money import FEN_MAX
from sync.central.artifacts import Publication
from sync.central.books.set_aside import earned_work
from sync.central.persons import DECLINED_LINE
from sync.central.row_lists import rows_publication
from sync.central.store import book_statements as books
from sync.central.store import statements as sql
from sync.central.store.port import Query, Work, insert_rows
from sync.central.tables import TableRow
from sync.row_form import CREDITS_KIND, DEBTS_KIND, keys_of

COLUMNS: Final = ("token", "fen", "since", "reference")
REFUSAL_COLUMNS: Final = ("terminal", "epoch", "seq")
REFUSED_NAME: Final = "refused"
CREDITS_NAME: Final = "credits"
"""Name of the list of what media have coming, by the centre's own books."""
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


@frozen
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


def refused_work(refusal: Refusal, billed_fen: int) -> Work[bool]:
    """Turn a tap that was refused later into a debt of its medium, once; False where no such tap was accepted.

    ``billed_fen`` is what its issuer was asked for by the books, which price a ride by both its taps; 0: they do not
    have it yet, and what the tap charged is owed.
    """
    identity = (refusal.terminal, refusal.epoch, refusal.seq)
    found = yield from earned_work(identity)
    if found is None:
        return False
    token, payer_fen, time_ms = found
    yield insert_rows(
        sql.ADD_DEBT_LINES, [(*identity, DECLINED_LINE, token, billed_fen or payer_fen, refusal.reference, time_ms)]
    )
    return True


def positions_work() -> Work[Mapping[bytes, list[Debt]]]:
    """Return what makes up the position of each medium that is not even: debts, and below zero what it paid or has."""
    lines: dict[bytes, list[Debt]] = defaultdict(list)
    for token, fen, reference, time_ms in cast("list[tuple[bytes, int, str, int]]", (yield Query(sql.DEBT_LINES))):
        lines[token].append(Debt(fen, time_ms, reference))
    for row in (yield Query(books.HOLDER_ADJUSTMENTS)):
        token, fen, terminal, epoch, seq, time_ms = cast("tuple[bytes, int, str, int, int, int]", tuple(row))
        lines[token].append(Debt(fen, time_ms, f"{terminal}/{epoch}/{seq}"))
    return lines


def debt_list_work() -> Work[Publication]:
    """Return the list of what media owe by the centre's own books, less what was paid back or credited since."""
    lines = yield from positions_work()
    owed = {token: debt for token, found in lines.items() if (debt := still_owed(found)) is not None}
    return debt_list(owed, REFUSED_NAME)


def credits_work() -> Work[Mapping[bytes, Credit]]:
    """Return what media have coming by the centre's own books."""
    lines = yield from positions_work()
    return {token: credit for token, found in lines.items() if (credit := coming(found)) is not None}


def credit_list_work() -> Work[Publication]:
    """Return the list of what media have coming: their next taps use it."""
    found = yield from credits_work()
    return rows_publication(CREDITS_KIND, [((token,), credit) for token, credit in found.items()], CREDITS_NAME)


def coming(lines: Iterable[Debt]) -> Credit | None:
    """Return what is left after debts were paid, None: nothing. Its reference is another with every line that came."""
    known = sorted(lines, key=lambda line: (line.since_ms, line.reference))
    fen = -sum(line.fen for line in known)
    if fen <= 0:
        return None
    return Credit(fen, known[0].since_ms, f"{known[-1].reference}+{len(known)}")


def debts_renewed_work() -> Work[tuple[Publication, ...]]:
    """Return the lists of the centre's own books that were ever published, as they stand now."""
    renewed: list[Publication] = []
    if (yield Query(sql.NEWEST, (DEBTS_KIND, REFUSED_NAME))):
        renewed.append((yield from debt_list_work()))
    if (yield Query(sql.NEWEST, (CREDITS_KIND, CREDITS_NAME))):
        renewed.append((yield from credit_list_work()))
    return tuple(renewed)


def check_apart(publications: Iterable[Publication], own: Iterable[Publication]) -> None:
    """Raise ``DEBT_TWICE`` where a list of debts that people wrote names a medium that owes by the centre's books.

    Two lists of one medium are never added up: what is paid back settles the centre's own debt alone, and the written
    one would be collected again. A tap that is refused later, of a medium that a written list names, is owed by the
    books at once and collected when the written list leaves the medium out.
    """
    booked = _media(listed for listed in own if listed.kind == DEBTS_KIND)
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
