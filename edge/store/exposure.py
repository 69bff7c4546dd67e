"""What is accepted and not yet held by the centre: by medium, by family, and of first uses. In the tap's transaction.

A medium's taps lie in its own row with the numbers of their entries, so an ack lowers what it has at risk without
touching the row, and no clock does. The terminal's sums lie in the row of standing. What the centre keeps of a journal
that it refuses is at risk no more: it has said so, and has the money in suspense.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Final

from edge.domain.entry import Entry, Intent, PaidTap
from edge.domain.exposure import Exposure, Horizon, Passage, PastTaps, of_card
from edge.domain.frozen import frozen, mutable
from edge.domain.risk import is_first_use
from edge.domain.tap import TimeQuality
from edge.store.rows import Row
from edge.store.standing import Standing, unsent_by_family, update_standing
from edge.store.waiting import WaitingDebit
from sync.wire import decode, encode

NO_TAP_YET: Final = -1
"""Card counter in the row of a medium that has no accepted tap of its own: a torn debit of it was proven later."""


@frozen
class Accepted:
    """What an entry accepts: ``fen`` from the medium ``token`` of ``family`` for a tap at ``time_ms``.

    ``doubtful``: nobody could confirm that time. ``debt`` is the reference of a debt that was paid back with it.
    """

    token: bytes
    family: str
    fen: int
    time_ms: int
    doubtful: bool = False
    first_use: bool = False
    debt: str = ""


def accepted_in(tapped: Entry, charged: Intent | PaidTap) -> Accepted:
    """Return what accepting a charge comes to; ``tapped`` is the entry of the tap, whose body charged it."""
    return Accepted(
        token=charged.token,
        family=charged.family,
        fen=charged.charge.total_fen,
        time_ms=tapped.time_ms,
        doubtful=tapped.quality is not TimeQuality.TRUSTED,
        first_use=is_first_use(charged.state),
        debt=charged.pricing.debt,
    )


def add(connection: sqlite3.Connection, standing: Standing, accepted: Accepted, seq: int) -> None:
    """Take what the entry ``seq`` accepts into the sums of the terminal and into its medium's row."""
    families = unsent_by_family(standing)
    fen, count = families.get(accepted.family, (0, 0))
    families[accepted.family] = (fen + accepted.fen, count + 1)
    update_standing(
        connection,
        unsent_fen=standing.unsent_fen + accepted.fen,
        unsent_count=standing.unsent_count + 1,
        unsent_by_family=_text(families),
        unsent_first=standing.unsent_first + accepted.first_use,
    )
    remember_passage(connection, accepted, seq, standing.acked)


def remember_passage(connection: sqlite3.Connection, accepted: Accepted, seq: int, acked: int) -> None:
    """Add a tap to its medium's row; ``seq`` is 0 where another epoch's journal answers for it."""
    passage = Passage(seq, accepted.time_ms, accepted.fen, doubtful=accepted.doubtful)
    past = past_of(connection, accepted.token).with_one(passage, acked)
    connection.execute(
        """INSERT INTO holder (token, time_ms, payer_fen, counter, below_normal, chain, past, recovered, seq)
           VALUES (?, ?, 0, ?, 0, x'', ?, ?, ?) ON CONFLICT (token) DO UPDATE SET past = excluded.past,
           recovered = iif(excluded.recovered = '', recovered, excluded.recovered), seq = max(seq, excluded.seq)""",
        (accepted.token, accepted.time_ms, NO_TAP_YET, encode(past), accepted.debt, seq),
    )


def released(connection: sqlite3.Connection, standing: Standing, through: int) -> dict[str, int | str]:
    """Return the sums as they are once the centre holds everything up to ``through``."""
    return _without(connection, standing, standing.held_through, through, 1)


def reclaimed(connection: sqlite3.Connection, standing: Standing) -> dict[str, int | str]:
    """Return the sums as they are once nothing is sure any more but what is acked."""
    return _without(connection, standing, standing.acked, standing.held_through, -1)


def _without(
    connection: sqlite3.Connection, standing: Standing, after: int, through: int, times: int
) -> dict[str, int | str]:
    """Return the sums less so many times what the entries after ``after`` up to ``through`` accept."""
    rows = connection.execute(
        """SELECT family, sum(accepted_fen), count(accepted_fen), sum(first_use) FROM entry
           WHERE seq > ? AND seq <= ? AND accepted_fen IS NOT NULL GROUP BY family""",
        (after, through),
    ).fetchall()
    families = unsent_by_family(standing)
    for family, fen, count, _ in rows:
        before = families.get(family, (0, 0))
        families[family] = (before[0] - times * fen, before[1] - times * count)
    return {
        "unsent_fen": standing.unsent_fen - times * sum(row[1] for row in rows),
        "unsent_count": standing.unsent_count - times * sum(row[2] for row in rows),
        "unsent_by_family": _text(families),
        "unsent_first": standing.unsent_first - times * sum(row[3] for row in rows),
    }


def exposure_of(
    standing: Standing, past: bytes | None, own: Sequence[Entry], waiting: Sequence[WaitingDebit], horizon: Horizon
) -> Exposure:
    """Sum up what is at risk when a medium is tapped.

    ``past`` is the column of its taps, None where none was accepted here; ``own`` are the intents among ``waiting``
    that debited it.
    """
    charged = {debit.seq: debit.charge_fen for debit in waiting}
    pending = [_pending(ordered, charged[ordered.seq]) for ordered in own]
    of_family = [debit.charge_fen for debit in waiting if debit.family == horizon.family]
    family_fen, family_count = unsent_by_family(standing).get(horizon.family, (0, 0))
    return replace(
        of_card(_past(past or b""), pending, standing.held_through, horizon),
        pending_fen=sum(charged.values()),
        pending_count=len(waiting),
        family_fen=family_fen + sum(of_family),
        family_count=family_count + len(of_family),
        first_use_count=standing.unsent_first + sum(debit.first_use for debit in waiting),
        first_use=past is None,
    )


def past_of(connection: sqlite3.Connection, token: bytes) -> PastTaps:
    """Return what is remembered of a medium's taps."""
    row = connection.execute("SELECT past FROM holder WHERE token = ?", (token,)).fetchone()
    return PastTaps() if row is None else _past(row[0])


def inherited(past: bytes) -> bytes:
    """Return the column of a medium's taps as the next epoch's journal begins with it."""
    return encode(_past(past).inherited()) if past else b""


@mutable
class Unsent:
    """The terminal's sums, added up anew from the entries."""

    families: dict[str, tuple[int, int]] = field(default_factory=dict)
    first: int = 0

    def add(self, row: Row) -> None:
        """Add an entry that the centre does not hold."""
        if row.accepted_fen is None:
            return
        fen, count = self.families.get(row.family, (0, 0))
        self.families[row.family] = (fen + row.accepted_fen, count + 1)
        self.first += row.first_use

    def remove(self, row: Row) -> None:
        """Take an entry out again of which that was heard while the others were added."""
        if row.accepted_fen is None:
            return
        fen, count = self.families.pop(row.family)
        if count > 1:
            self.families[row.family] = (fen - row.accepted_fen, count - 1)
        self.first -= row.first_use

    def agrees(self, standing: Standing) -> bool:
        """Say whether the row of standing says the same."""
        fen, count = (sum(each[part] for each in self.families.values()) for part in (0, 1))
        told = (standing.unsent_fen, standing.unsent_count, standing.unsent_first, unsent_by_family(standing))
        return told == (fen, count, self.first, self.families)


def _text(families: Mapping[str, tuple[int, int]]) -> str:
    return json.dumps({name: families[name] for name in sorted(families) if families[name][1]}, separators=(",", ":"))


def _pending(ordered: Entry, fen: int) -> Passage:
    return Passage(ordered.seq, ordered.time_ms, fen, doubtful=ordered.quality is not TimeQuality.TRUSTED)


def _past(packed: bytes) -> PastTaps:
    return decode(PastTaps, packed) if packed else PastTaps()
