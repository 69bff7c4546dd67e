"""What one terminal has at risk: the taps of a medium that it still remembers, and sums of them at a moment.

Unsent money is told by the numbers of entries, never by a clock: no jump of time lowers it. Days and windows are told
by time, and a tap whose time nobody could trust counts in every one of them until the centre has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from edge.domain.frozen import frozen

PASSAGES_MAX: Final = 24
"""Taps of one medium that are remembered one by one; older ones are joined, as if they were as new as the newest."""
KEPT_MS: Final = 2 * 86_400_000
"""An acked tap is of no interest after this: no day and no window reaches further back."""


@frozen
class Passage:
    """One accepted tap, or ``count`` of them joined, of ``fen`` in all; the newest at ``time_ms`` is entry ``seq``.

    ``doubtful``: nobody could confirm the time.
    """

    seq: int
    time_ms: int
    fen: int
    count: int = 1
    doubtful: bool = False

    def joined(self, newer: Passage) -> Passage:
        """Return both as one, never less of a risk than the two."""
        return Passage(
            max(self.seq, newer.seq),
            max(self.time_ms, newer.time_ms),
            self.fen + newer.fen,
            self.count + newer.count,
            self.doubtful or newer.doubtful,
        )


@frozen
class PastTaps:
    """What is remembered of one medium, oldest first."""

    passages: tuple[Passage, ...] = ()

    def with_one(self, passage: Passage, acked: int) -> PastTaps:
        """Return it with another accepted tap, without what is of no interest any more."""
        kept = [each for each in self.passages if each.seq > acked or _still_matters(each, passage)]
        kept.append(passage)
        while len(kept) > PASSAGES_MAX:
            kept[:2] = [kept[0].joined(kept[1])]
        return PastTaps(tuple(kept))

    def inherited(self) -> PastTaps:
        """Return it for the next epoch's journal: what is unsent stays with the entries of the old one."""
        return PastTaps(tuple(replace(each, seq=0) for each in self.passages))


def _still_matters(acked: Passage, newest: Passage) -> bool:
    if acked.doubtful:
        return False
    return newest.doubtful or newest.time_ms - acked.time_ms < KEPT_MS


@frozen
class Horizon:
    """The moment for which exposure is summed: a tap of ``family`` at ``time_ms``, which may be off by ``error_s``.

    ``error_s`` is -1 where nobody knows. The civil day of the tap is [``day_from_ms``, ``day_to_ms``), the window that
    of velocity.
    """

    family: str = ""
    time_ms: int = 0
    error_s: int = 0
    day_from_ms: int = 0
    day_to_ms: int = 0
    window_s: int = 0

    def in_day(self, passage: Passage) -> bool:
        """Say whether a tap may lie in the same civil day."""
        return self._may_lie(passage, self.day_from_ms, self.day_to_ms)

    def in_window(self, passage: Passage) -> bool:
        """Say whether a tap may lie in the window before this one."""
        return self._may_lie(passage, self.time_ms - self.window_s * 1000 + 1, self.time_ms + 1)

    def _may_lie(self, passage: Passage, from_ms: int, to_ms: int) -> bool:
        if self.error_s < 0 or passage.doubtful:
            return True
        error_ms = self.error_s * 1000
        return from_ms - error_ms <= passage.time_ms < to_ms + error_ms


NO_HORIZON: Final = Horizon()
"""Of no family and no moment: days and windows are empty."""


@frozen
class Exposure:
    """What a terminal has at risk when a tap is decided, in fen and counts.

    ``pending_*`` are open and torn debits of the terminal. ``family_*``, ``card_*`` and ``first_use_count`` are unsent
    taps of the medium's family, of the token, and of tokens at their first use; the first two hold what is pending as
    well, and so do ``day_*`` and ``window_count``, the taps of the token in the civil day and in the window of
    velocity. ``first_use``: the token was never accepted here.
    """

    pending_fen: int = 0
    pending_count: int = 0
    family_fen: int = 0
    family_count: int = 0
    first_use_count: int = 0
    card_fen: int = 0
    card_count: int = 0
    day_fen: int = 0
    day_count: int = 0
    window_count: int = 0
    first_use: bool = False

    def with_older(self, older: Exposure) -> Exposure:
        """Add what an earlier epoch's journal still has at risk; its days and windows were taken over already."""
        return replace(
            self,
            pending_fen=self.pending_fen + older.pending_fen,
            pending_count=self.pending_count + older.pending_count,
            family_fen=self.family_fen + older.family_fen,
            family_count=self.family_count + older.family_count,
            first_use_count=self.first_use_count + older.first_use_count,
            card_fen=self.card_fen + older.card_fen,
            card_count=self.card_count + older.card_count,
            first_use=self.first_use and older.first_use,
        )


def of_card(past: PastTaps, pending: Iterable[Passage], acked: int, horizon: Horizon) -> Exposure:
    """Sum up what is known of one token; ``pending`` are its open and torn debits, which no ack takes away."""
    open_ones = list(pending)
    unsent = [each for each in past.passages if each.seq > acked] + open_ones
    timely = [each for each in past.passages if each.seq > acked or not each.doubtful] + open_ones
    day = [each for each in timely if horizon.in_day(each)]
    return Exposure(
        card_fen=sum(each.fen for each in unsent),
        card_count=sum(each.count for each in unsent),
        day_fen=sum(each.fen for each in day),
        day_count=sum(each.count for each in day),
        window_count=sum(each.count for each in timely if horizon.in_window(each)),
    )
