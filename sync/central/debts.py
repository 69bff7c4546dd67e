"""The debt list: what media owe for taps that their issuer declined later.

Columns of the table: ``token`` (of the medium), ``fen``, ``since`` (an instant), ``reference`` (of the oldest tap).
Several lines of one medium are added up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from edge.crypto.tokens import TokenKey
from edge.domain.holder import Debt
from edge.domain.money import FEN_MAX
from sync.central.artifacts import Publication
from sync.central.row_lists import rows_publication
from sync.central.tables import TableRow
from sync.row_form import DEBTS_KIND

COLUMNS: Final = ("token", "fen", "since", "reference")


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


def debt_list(owed: dict[bytes, Debt]) -> Publication:
    """Return the publication of debts by the token of the medium."""
    return rows_publication(DEBTS_KIND, [((token,), debt) for token, debt in owed.items()])
