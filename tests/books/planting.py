"""Differences planted into the tables of the books, as a defect or a hand would leave them, and sums beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from sync.central.store.port import CentralStore, Query, Work

PAYING: Final = "('issuer', 'holder', 'credit')"


def payer_totals_work() -> Work[Mapping[bytes, int]]:
    """Return what each token pays in the end, by the books."""
    rows = yield Query(
        f"""SELECT subject, sum(fen) FROM (SELECT subject, fen FROM book_line WHERE account IN {PAYING}
        UNION ALL SELECT subject, fen FROM adjustment_line WHERE account IN {PAYING}) AS lines GROUP BY subject"""  # noqa: S608 - our own words
    )
    return dict(cast("list[tuple[bytes, int]]", [tuple(row) for row in rows]))


async def plant(store: CentralStore) -> dict[str, str]:
    """Lose one tap, double one and change one; returns name -> the entry it was done to."""

    def work() -> Work[dict[str, str]]:
        rows = yield Query("""SELECT terminal_id, epoch, seq, max(business_day) FROM book_line
            WHERE account IN ('operator', 'issuer') GROUP BY terminal_id, epoch, seq HAVING count(*) = 2
            ORDER BY terminal_id, epoch, seq LIMIT 3""")
        lost, doubled, changed = (tuple(row[:3]) for row in rows)
        here = "terminal_id = ? AND epoch = ? AND seq = ?"
        yield Query(f"DELETE FROM book_line WHERE {here}", lost)  # noqa: S608 - as above
        yield Query(
            f"""INSERT INTO book_line (terminal_id, epoch, seq, line, business_day, account, party, subject, fen)
            SELECT terminal_id, epoch, seq, line + 50, business_day, account, party, subject, fen FROM book_line
            WHERE {here}""",  # noqa: S608 - as above
            doubled,
        )
        yield Query(f"UPDATE book_line SET fen = fen + 1 WHERE {here} AND account = 'issuer'", changed)  # noqa: S608 - as above
        return {
            "lost_tap": _named(lost),
            "doubled_tap": _named(doubled),
            "changed_amount": _named(changed),
        }

    return await store.write(work)


def _named(identity: tuple[object, ...]) -> str:
    return "{}/{}/{}".format(*identity)
