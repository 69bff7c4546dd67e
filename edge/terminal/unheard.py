"""The answer that a cut may have swallowed: durable, and perhaps never shown.

The green lamp is no entry, so after a cut nobody knows whether the last accepted passenger saw it. Where that
acceptance is the newest entry of any tap, its card gets the same answer once more inside the torn window, without
another debit.
"""

from __future__ import annotations

from typing import Final

from edge.domain.entry import Entry, Intent, PaidTap, Posted, Remark, Settled
from edge.domain.tap import Token
from edge.ports import JournalKeeper, Signal
from edge.terminal.line import TapLine
from edge.terminal.outcome import Outcome
from edge.terminal.supervisor import LastAnswer

REMARKS_MAX: Final = 16
"""So many entries without a tap are looked past: more of them take longer than anybody waits at a gate."""


async def unheard_answer(line: TapLine, *journals: JournalKeeper) -> LastAnswer | None:
    """Return the newest entry's answer, good until the torn window ends; None where nobody is left in doubt.

    ``journals`` are newest first: where a new epoch has just begun, the newest entry stands in the one before. A clock
    that fell back decides for the passenger, for one whole window.
    """
    for journal in journals:
        newest = await _newest_of_a_tap(journal)
        if newest is not None:
            return await _answer(line, journal, newest)
    return None


async def _answer(line: TapLine, journal: JournalKeeper, newest: Entry) -> LastAnswer | None:
    if not _lets_pass(newest):
        return None
    charged = newest if isinstance(newest.body, PaidTap) else await journal.entry(newest.ref_seq)
    window_ms = line.rules.torn_window_s * 1000
    left_over_ms = min(window_ms, window_ms - (line.clock.wall_ms() - newest.time_ms))
    if left_over_ms <= 0 or charged is None or not isinstance(charged.body, Intent | PaidTap):
        return None
    body, token = charged.body, Token(charged.body.token)
    pays = body.medium.manual.pays if isinstance(body, PaidTap) and body.medium.manual is not None else ""
    answer = Outcome(True, _shown(body), newest.tap_id, token, sale=body.sale, pricing=body.pricing, pays=pays)
    forgotten_ms = line.clock.monotonic_ms() + left_over_ms
    return LastAnswer(answer, left_ms=forgotten_ms - line.rules.debounce_ms)


async def _newest_of_a_tap(journal: JournalKeeper) -> Entry | None:
    """Return the newest entry that a passenger's tap wrote; what the terminal noted of itself since is passed over."""
    last = journal.position().last
    for seq in range(last, max(0, last - REMARKS_MAX), -1):
        entry = await journal.entry(seq)
        if entry is None or not isinstance(entry.body, Remark):
            return entry
    return None


def _shown(charged: Intent | PaidTap) -> Signal:
    if isinstance(charged, PaidTap):
        return Signal("green", "accepted", "accepted_before", charged.charge.payer_fen)
    terms = charged.debit
    return Signal("green", "accepted", "accepted_before", terms.amount_fen, terms.balance_fen - terms.amount_fen)


def _lets_pass(entry: Entry) -> bool:
    return isinstance(entry.body, Posted | PaidTap) or (isinstance(entry.body, Settled) and entry.body.free_passage)
