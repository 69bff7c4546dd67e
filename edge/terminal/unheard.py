"""The answer that a cut may have swallowed: durable, and perhaps never shown.

The green lamp is no entry, so after a cut nobody knows whether the last accepted passenger saw it. Where that
acceptance is the newest entry, its card gets the same answer once more inside the torn window, without another debit.
"""

from __future__ import annotations

from edge.domain.entry import Entry, Intent, Posted, Settled
from edge.domain.tap import Token
from edge.ports import JournalKeeper, Signal
from edge.terminal.line import TapLine
from edge.terminal.outcome import Outcome
from edge.terminal.supervisor import LastAnswer


async def unheard_answer(line: TapLine, journal: JournalKeeper) -> LastAnswer | None:
    """Return the newest entry's answer, good until the torn window ends; None where nobody is left in doubt.

    A clock that fell back decides for the passenger, for one whole window.
    """
    newest = await journal.entry(journal.position().last)
    if newest is None or not _lets_pass(newest):
        return None
    ordered = await journal.entry(newest.ref_seq)
    window_ms = line.rules.torn_window_s * 1000
    left_over_ms = min(window_ms, window_ms - (line.clock.wall_ms() - newest.time_ms))
    if left_over_ms <= 0 or ordered is None or not isinstance(ordered.body, Intent):
        return None
    terms = ordered.body.debit
    shown = Signal("green", "accepted", "accepted_before", terms.amount_fen, terms.balance_fen - terms.amount_fen)
    answer = Outcome(accepted=True, signal=shown, tap_id=newest.tap_id, token=Token(ordered.body.token))
    forgotten_ms = line.clock.monotonic_ms() + left_over_ms
    return LastAnswer(answer, left_ms=forgotten_ms - line.rules.debounce_ms)


def _lets_pass(entry: Entry) -> bool:
    return isinstance(entry.body, Posted) or (isinstance(entry.body, Settled) and entry.body.free_passage)
