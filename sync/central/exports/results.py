"""What acquirers, issuers and clearing houses answer to the files: a table, taken in once for each reference.

Columns: ``reference`` (of the tap, as in the files), ``result``, ``fen``, ``reason`` (their own word, may be empty).
Results: ``accepted``; ``declined``: the holder owes it; ``adjusted``: they pay ``fen``, and what is missing waits in
suspense ``result``; ``settled`` and ``voided``: what became of a torn debit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import partial
from typing import Final, Protocol

from edge.domain.entry import Entry, Intent, PaidTap
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from edge.domain.money import FEN_MAX
from sync.central.books.accounts import Account, Balances, balances_of, issuer_of
from sync.central.books.adjusting import Item, Reason, Wanted, ruled_work, standings_work
from sync.central.books.bookkeeping import Bookkeeping
from sync.central.books.days import business_day
from sync.central.books.postings import earned, suspended
from sync.central.books.rulings import billed_work
from sync.central.debts import Refusal
from sync.central.exports.taps import Identity, KnownTap, tap_work
from sync.central.store.port import Work
from sync.central.tables import TableRow

RESULT_COLUMNS: Final = ("reference", "result", "fen", "reason")
SUSPENSE: Final = "result"
"""Party of the suspense that holds what an issuer did not pay, until somebody decides."""
REFERENCE_PARTS: Final = 3


class Result(StrEnum):
    """What became of a tap; the words are in the store for ever."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    ADJUSTED = "adjusted"
    SETTLED = "settled"
    VOIDED = "voided"


@frozen
class Answer:
    """One row; ``where`` says in which line of the table it stands."""

    where: str
    tap: Identity
    result: Result
    fen: int
    reason: str

    @property
    def told(self) -> str:
        """Return the answer in one text: a repeat must say the same."""
        return f"{self.result} {self.fen} {self.reason}".rstrip()


class Refusing(Protocol):
    """The centre, as far as answers need it."""

    bookkeeping: Bookkeeping

    async def refuse(self, refusals: Sequence[Refusal]) -> tuple[list[bool], int]:
        """Turn taps into debts and publish them; returns which were taps here, and the edition."""
        ...


def answers_of(rows: Iterable[TableRow]) -> list[Answer]:
    """Return the answers of a table; raises ``CONFIG_VALUE``."""
    return [_answer(row) for row in rows]


def _answer(row: TableRow) -> Answer:
    parts = row.word("reference", 96).split("/")
    if len(parts) != REFERENCE_PARTS or not all(part.isdecimal() for part in parts[1:]):
        raise row.fault("reference", "TERMINAL/EPOCH/SEQ is wanted, as the files name it")
    if row.text("result") not in list(Result):
        raise row.fault("result", f"one of {', '.join(Result)} is wanted")
    if (fen := row.whole("fen")) > FEN_MAX:
        raise row.fault("fen", f"at most {FEN_MAX} is wanted")
    tap = (parts[0], int(parts[1]), int(parts[2]))
    return Answer(row.where, tap, Result(row.text("result")), fen, row.plain("reason"))


async def take_in(centre: Refusing, answers: Sequence[Answer]) -> dict[str, object]:
    """Take answers in, each once; returns how many of each result are new, and how many were known.

    Raises ``CONFIG_VALUE`` before anything is taken in: for a reference that no tap has, for one that was answered
    otherwise, here or before, and for a torn debit's end where the tap is not torn.
    """
    fresh: dict[Identity, Answer] = {}
    for answer in answers:
        known = fresh[answer.tap].told if answer.tap in fresh else await centre.bookkeeping.look(_checked(answer))
        if known and known != answer.told:
            raise ConfigError("CONFIG_VALUE", f"{answer.where}: answered before, otherwise: {known}")
        if not known:
            fresh[answer.tap] = answer
    declined = [answer for answer in fresh.values() if answer.result is Result.DECLINED]
    if declined:
        refusals = [await centre.bookkeeping.look(partial(_refusal_work, answer)) for answer in declined]
        await centre.refuse(refusals)
    for answer in fresh.values():
        await centre.bookkeeping.rule(partial(_result_work, answer))
    counts = Counter(str(answer.result) for answer in fresh.values())
    return {"results": dict(sorted(counts.items())), "known": len(answers) - len(fresh)}


def _checked(answer: Answer) -> partial[Work[str]]:
    return partial(_known_work, answer)


def _known_work(answer: Answer) -> Work[str]:
    """Return how a tap was answered before, empty where it was not."""
    known = yield from tap_work(answer.tap)
    body, day = _charged(known), business_day(known.tap.time_ms)
    standing = yield from standings_work(body.token, day)
    item = _item(known.tap)
    if item in standing:
        return standing[item].reference
    if answer.result in (Result.SETTLED, Result.VOIDED) and not known.is_torn:
        raise ConfigError("CONFIG_VALUE", f"{answer.where}: this debit is not torn")
    if answer.result in (Result.DECLINED, Result.ADJUSTED) and known.earned_seq is None:
        raise ConfigError("CONFIG_VALUE", f"{answer.where}: nothing was collected for this tap")
    return ""


def _refusal_work(answer: Answer) -> Work[Refusal]:
    known = yield from tap_work(answer.tap)
    return Refusal(known.tap.terminal, known.tap.epoch, known.earned_seq or known.tap.seq)


def _result_work(answer: Answer) -> Work[int]:
    """Post what an answer moves, and remember it: one that moves nothing as well."""
    known = yield from tap_work(answer.tap)
    body, day = _charged(known), business_day(known.tap.time_ms)
    moved = yield from _moved_work(answer, body)
    wanted = Wanted(day, known.tap.time_ms, answer.told, moved, is_exact=True)
    return (yield from ruled_work(body.token, [(_item(known.tap), wanted)], closed_day=0, since=day))


def _moved_work(answer: Answer, body: Intent | PaidTap) -> Work[Balances]:
    if answer.result is Result.ADJUSTED:
        _, billed_fen = yield from billed_work(answer.tap)
        change_fen = answer.fen - billed_fen
        return {(Account.ISSUER, issuer_of(body)): change_fen, (Account.SUSPENSE, SUSPENSE): -change_fen}
    if isinstance(body, Intent) and answer.result is Result.SETTLED:
        return balances_of(suspended(body, -1) + earned(body))
    if isinstance(body, Intent) and answer.result is Result.VOIDED:
        return balances_of(suspended(body, -1))
    return {}


def _item(tap: Entry) -> Item:
    return Item(Reason.RESULT, tap.terminal, tap.epoch, tap.seq)


def _charged(known: KnownTap) -> Intent | PaidTap:
    body = known.tap.body
    if not isinstance(body, Intent | PaidTap):
        raise TypeError(f"entry {known.tap.seq} states no charge")
    return body
