"""What a clearing house says of a torn debit, beside what the terminal itself said: booked once, whichever comes first.

The terminal's own evidence settles the debit in its journal. An answer counts in full only as long as the books hold
no such entry: what it comes to is decided anew when one is posted. Where the two contradict each other, the terminal's
word stands, and what the issuer pays beside it, or does not pay, waits in suspense ``result``.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from enum import StrEnum
from typing import Final, cast

from edge.domain.debit import Verdict
from edge.domain.entry import Entry, Intent, Settled
from sync.central.books.accounts import Account, Balances, balances_of, issuer_of
from sync.central.books.adjusting import Item, Reason, Standings, Wanted, settle_work, standings_work, take_bucket
from sync.central.books.postings import TORN, earned, suspended
from sync.central.books.set_aside import taken_work
from sync.central.store import book_statements as books
from sync.central.store.port import Query, Work
from sync.wire import decode_entry

SUSPENSE: Final = "result"
"""Party of the suspense that holds what an issuer did not pay, or paid for nothing, until somebody decides."""


class Result(StrEnum):
    """What became of a tap; the words are in the store for ever."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    ADJUSTED = "adjusted"
    SETTLED = "settled"
    VOIDED = "voided"

    @property
    def is_of_torn(self) -> bool:
        """Say whether it answers if a card was debited, and not if its issuer pays."""
        return self in (Result.SETTLED, Result.VOIDED)


def answer_item(tap: tuple[str, int, int], result: Result) -> Item:
    """Return where an answer about a tap stands: a torn debit that is proven later is asked for a second time."""
    return Item(Reason.RESULT, *tap, TORN if result.is_of_torn else "")


def torn_lines(charged: Intent, answer: Result, verdict: Verdict | None, *, is_paid_for: bool) -> Balances:
    """Return what an answer about a torn debit comes to, beside a ``verdict`` of its terminal (None: it has none).

    ``is_paid_for``: its issuer has answered since whether it pays for the proven debit, which decides.
    """
    is_debited = answer is Result.SETTLED
    if verdict is None:
        return balances_of(suspended(charged, -1) + (earned(charged) if is_debited else ()))
    if is_debited is (verdict is Verdict.POSTED) or is_paid_for:
        return {}
    fen = charged.charge.payer_fen if is_debited else -charged.charge.payer_fen
    return {(Account.ISSUER, issuer_of(charged)): fen, (Account.SUSPENSE, SUSPENSE): -fen} if fen else {}


def decided_work(tap: Entry, answer: Result, standing: Standings) -> Work[Balances]:
    """Return what an answer about a torn debit comes to now; the token's bucket must have been taken.

    What is posted of the journal counts, not what is held: whoever posts the rest derives the token after that, and
    comes to the bucket after us.
    """
    about = yield from _booked_about_work(tap, standing)
    verdict = next((one.body.verdict for one in about if isinstance(one.body, Settled)), None)
    seqs = {tap.seq, *(one.seq for one in about)}
    is_paid_for = any(_says_of_payment(item, tap, seqs) for item in standing)
    return torn_lines(_ordered(tap), answer, verdict, is_paid_for=is_paid_for)


def _booked_about_work(tap: Entry, standing: Standings) -> Work[list[Entry]]:
    """Return the entries about a tap that are in the books: posted, or taken after they had been set aside."""
    identity = (tap.terminal, tap.epoch, tap.seq)
    marks = yield Query(books.MARK, identity[:2])
    posted = cast("int", marks[0][0]) if marks else 0
    held = [decode_entry(cast("bytes", raw)) for (raw,) in (yield Query(books.ABOUT_TAP, identity))]
    taken = yield from taken_work(identity)
    repaired = [one for one in taken if Item(Reason.REPAIRED, one.terminal, one.epoch, one.seq) in standing]
    return [*(one for one in held if one.seq <= posted), *repaired]


def decided_again_work(charged: Intent, since: int) -> Work[int]:
    """Decide the answers about a token's torn debits anew, from a business day on; returns how many moved."""
    turn = yield from take_bucket(charged.token)
    standing = yield from standings_work(charged.token, since)
    wanted = yield from torn_targets_work(standing)
    stands = {item: standing[item] for item in wanted}
    return (yield from settle_work(charged.token, turn, wanted, stands, closed_day=0))


def torn_suspense_work(tap: tuple[str, int, int], bucket: int) -> Work[int]:
    """Return what is in suspense for a torn debit by its journal, and by what was taken after it had been aside."""
    ((fen,),) = cast("list[tuple[int]]", (yield Query(books.TORN_LINES, tap)))
    for one in (yield from taken_work(tap)):
        cells = (bucket, one.terminal, one.epoch, one.seq)
        fen += cast("int", (yield Query(books.TORN_REPAIRED, cells))[0][0])
    return fen


def torn_targets_work(standing: Standings) -> Work[Mapping[Item, Wanted]]:
    """Decide every answer about a torn debit that stands anew; the token's bucket must have been taken."""
    wanted: dict[Item, Wanted] = {}
    for item, stands in standing.items():
        if item.reason == Reason.RESULT and item.rule == TORN:
            ((raw,),) = yield Query(books.HELD_ANYWHERE, item.entry * 2)
            tap = decode_entry(cast("bytes", raw))
            lines = yield from decided_work(tap, Result(stands.reference.partition(" ")[0]), standing)
            wanted[item] = Wanted(stands.day, tap.time_ms, stands.reference, lines, is_exact=True)
    return wanted


def let_go_work(tap: Entry, turn: int, standing: Standings) -> Work[int]:
    """Let go what waits for a torn debit's contradiction: its issuer says now whether it pays. Returns the turn."""
    item = Item(Reason.RESULT, tap.terminal, tap.epoch, tap.seq, TORN)
    if item not in standing:
        return turn
    stands = standing[item]
    wanted = Wanted(stands.day, tap.time_ms, stands.reference, is_exact=True)
    moved = yield from settle_work(_ordered(tap).token, turn, {item: wanted}, {item: stands}, closed_day=0)
    return turn + (moved > 0)


def _says_of_payment(item: Item, tap: Entry, seqs: Container[int]) -> bool:
    is_answer = item.reason == Reason.DECLINED or (item.reason == Reason.RESULT and not item.rule)
    return is_answer and item.entry[:2] == (tap.terminal, tap.epoch) and item.seq in seqs


def _ordered(tap: Entry) -> Intent:
    if not isinstance(tap.body, Intent):
        raise TypeError(f"entry {tap.seq} is no order to debit")
    return tap.body
