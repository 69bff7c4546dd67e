"""What each day came to, party by party: a closed day as its file says, an open one as the books stand now.

Only open days are summed line by line, so that a city which closes its days pays for one or two of them. Late records
of closed days are in no day here before the file that takes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, cast

from edge.domain.frozen import frozen
from edge.domain.shown import PURSE_SCHEME
from sync.central.books.accounts import Account
from sync.central.books.days import day_before
from sync.central.store import book_statements as books
from sync.central.store import money_statements as sql
from sync.central.store.port import Query, Row, Work

PURSES: Final = PURSE_SCHEME
"""The medium of all purses, whichever issuer stands behind each."""


@frozen
class DayMoney:
    """One business day: fen by account and party as the books hold them, above zero owed to the city.

    ``is_closed``: its file is written, and it changes no more.
    """

    day: int
    is_closed: bool
    balances: Mapping[tuple[str, str], int]

    def collected(self) -> Mapping[str, int]:
        """Return what is collected from holders, by medium: purses together, every other one by its scheme."""
        found: Counter[str] = Counter()
        for party, fen in self.of(Account.ISSUER).items():
            found[PURSES if party.startswith(f"{PURSE_SCHEME}/") else party] += fen
        return found

    def of(self, account: Account) -> Mapping[str, int]:
        """Return the parties of an account and what each stands at."""
        return {party: fen for (name, party), fen in sorted(self.balances.items()) if name == account and fen}

    @property
    def earned_fen(self) -> int:
        """Return what all operators earned."""
        return -sum(self.of(Account.OPERATOR).values())


@frozen
class Money:
    """The last days, the oldest first; ``behind`` entries are not in the books yet."""

    days: tuple[DayMoney, ...]
    behind: int


def money_work(last_day: int, count: int) -> Work[Money]:
    """Return ``count`` business days up to one."""
    days = [last_day]
    while len(days) < count:
        days.append(day_before(days[-1]))
    first = days[-1]
    ((closed,),) = cast("list[tuple[int]]", (yield Query(books.LAST_CLOSED)))
    sums: dict[int, Counter[tuple[str, str]]] = {day: Counter() for day in days}
    _add(sums, (yield Query(sql.FILED, (first, last_day))))
    since = max(closed, day_before(first))
    if since < last_day:
        _add(sums, (yield Query(sql.LINES_BY_DAY, (since, last_day))))
        for bucket, _ in (yield Query(books.TURNS)):
            _add(sums, (yield Query(sql.ADJUSTED_BY_DAY, (bucket, since, last_day))))
    ((behind,),) = cast("list[tuple[int]]", (yield Query(books.BEHIND_BY)))
    return Money(tuple(DayMoney(day, day <= closed, sums[day]) for day in reversed(days)), behind)


def _add(sums: Mapping[int, Counter[tuple[str, str]]], rows: Sequence[Row]) -> None:
    for day, account, party, fen in cast("Sequence[tuple[int, str, str, int]]", rows):
        if day in sums:
            sums[day][account, party] += fen
