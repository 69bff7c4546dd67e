"""What acquirers, issuers and clearing houses answer to the files: a table, taken in once for each reference.

Columns: ``reference`` (of the tap, as in the files), ``result``, ``fen``, ``reason`` (their own word, may be empty).
Results: ``accepted``; ``declined``: the holder owes it; ``adjusted``: they pay ``fen``, and what is missing waits in
suspense ``result``; ``settled`` and ``voided``: what became of a torn debit, also of one that its terminal has decided
in the meantime (:mod:`sync.central.books.torn_answers`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final, Protocol

from edge.domain.entry import Intent, PaidTap
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from edge.domain.money import FEN_MAX
from sync.central.books.accounts import Account, Balances, issuer_of
from sync.central.books.adjusting import Standings, Wanted, ruled_work, standings_work, take_bucket
from sync.central.books.bookkeeping import Bookkeeping
from sync.central.books.days import business_day
from sync.central.books.rulings import billed_work
from sync.central.books.torn_answers import SUSPENSE, Result, answer_item, decided_work, let_go_work
from sync.central.debts import Refusal
from sync.central.exports.taps import Identity, KnownTap, tap_work
from sync.central.store.port import Work
from sync.central.tables import TableRow

RESULT_COLUMNS: Final = ("reference", "result", "fen", "reason")
REFERENCE_PARTS: Final = 3


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
    otherwise, here or before, and for a torn debit's end where the debit never tore.
    """
    fresh: dict[tuple[Identity, bool], Answer] = {}
    for answer in answers:
        asked = (answer.tap, answer.result.is_of_torn)
        known = fresh[asked].told if asked in fresh else await centre.bookkeeping.look(partial(_known_work, answer))
        if known and known != answer.told:
            raise ConfigError("CONFIG_VALUE", f"{answer.where}: answered before, otherwise: {known}")
        if not known:
            fresh[asked] = answer
    declined = [answer for answer in fresh.values() if answer.result is Result.DECLINED]
    if declined:
        refusals = [await centre.bookkeeping.look(partial(_refusal_work, answer)) for answer in declined]
        await centre.refuse(refusals)
    for answer in fresh.values():
        await centre.bookkeeping.rule(partial(_result_work, answer))
    counts = Counter(str(answer.result) for answer in fresh.values())
    return {"results": dict(sorted(counts.items())), "known": len(answers) - len(fresh)}


def _known_work(answer: Answer) -> Work[str]:
    """Return how a tap was answered before, empty where it was not."""
    known = yield from tap_work(answer.tap)
    body, day = _charged(known), business_day(known.tap.time_ms)
    standing = yield from standings_work(body.token, day)
    item = answer_item(known.identity, answer.result)
    if item in standing:
        return standing[item].reference
    if answer.result.is_of_torn and not known.tore:
        raise ConfigError("CONFIG_VALUE", f"{answer.where}: this debit did not tear")
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
    turn = yield from take_bucket(body.token)
    standing = yield from standings_work(body.token, day)
    if not answer.result.is_of_torn:
        yield from let_go_work(known.tap, turn, standing)
    moved = yield from _moved_work(answer, known, standing)
    wanted = Wanted(day, known.tap.time_ms, answer.told, moved, is_exact=True)
    item = answer_item(known.identity, answer.result)
    return (yield from ruled_work(body.token, [(item, wanted)], closed_day=0, since=day))


def _moved_work(answer: Answer, known: KnownTap, standing: Standings) -> Work[Balances]:
    if answer.result.is_of_torn:
        return (yield from decided_work(known.tap, answer.result, standing))
    if answer.result is not Result.ADJUSTED:
        return {}
    _, billed_fen = yield from billed_work(answer.tap)
    change_fen = answer.fen - billed_fen
    return {(Account.ISSUER, issuer_of(_charged(known))): change_fen, (Account.SUSPENSE, SUSPENSE): -change_fen}


def _charged(known: KnownTap) -> Intent | PaidTap:
    body = known.tap.body
    if not isinstance(body, Intent | PaidTap):
        raise TypeError(f"entry {known.tap.seq} states no charge")
    return body
