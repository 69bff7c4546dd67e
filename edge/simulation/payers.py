"""People with bank cards and codes. Their numbers are synthetic.

Before a terminal by bytes they hold a virtual card or a signed code (:mod:`edge.simulation.byte_media`). Before another
they come in at the session port: what reader or scanner would have verified is stated, everything behind it is real.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NoReturn

from edge.domain.debit import DebitOrder, DebitOutcome, Evidence, OpenDebit, Prepared
from edge.domain.errors import CardError
from edge.domain.frozen import mutable
from edge.domain.medium import (
    BankCardFacts,
    BankCardSnapshot,
    CardNumber,
    CardRound,
    CodeFacts,
    CodeSnapshot,
    Snapshot,
)
from edge.domain.shown import BANK_CARD_SCHEME
from edge.simulation.byte_media import VALID_FROM, VALID_UNTIL, bank_card, transit_code
from edge.simulation.pitch import Pitch

Holding = Callable[[Pitch], None]
"""Holds something before a pitch; done again, it is a recording or a screenshot of it."""

CODE_SCHEME: Final = "jtt1179"
VALID_MS: Final = 60_000
MADE_AGO_MS: Final = 2_000
SKEW_MS: Final = 120_000
BANK_CARD: Final = "bank card"
CODE: Final = "code"
CARD_PREFIX: Final = "6228000100"
ACCOUNT_PREFIX: Final = "310452000000"
READINGS_MAX: Final = 32
"""How often a reader may begin anew with a card before it is taken away: each raises the card's counter."""


@mutable
class Payer:
    """Somebody with one bank card or one account behind codes. ``shows`` counts how often it was shown."""

    label: str
    sort: str
    number: str
    lines: list[int]
    shows: int = 0

    @property
    def scheme(self) -> str:
        """Return the scheme of the number."""
        return BANK_CARD_SCHEME if self.sort == BANK_CARD else CODE_SCHEME

    def shown(self, now_ms: int, *, by_bytes: bool) -> Holding:
        """Return what is shown now: the card's counter has risen, the code is a fresh one."""
        self.shows += 1
        made_ms = now_ms - MADE_AGO_MS
        if self.sort == BANK_CARD:
            return _card_bytes(self.number, self._counter) if by_bytes else _card_read(self.number, self._counter)
        return _code_bytes(self.number, made_ms) if by_bytes else self._code_read(made_ms)

    @property
    def _counter(self) -> int:
        return self.shows * READINGS_MAX

    def _code_read(self, made_ms: int) -> Holding:
        code = self.shows.to_bytes(8, "big") + self.number.encode("ascii")[-8:]
        times = (made_ms, made_ms - SKEW_MS, made_ms + VALID_MS)
        known = CodeFacts(CODE_SCHEME, "city", "", code, *times, None, local=True, evidence=b"seal")
        return lambda pitch: pitch.present_code(CodeSnapshot(CardNumber(self.number), known))


def _card_bytes(number: str, counter: int) -> Holding:
    return lambda pitch: pitch.present(bank_card(number, counter))


def _code_bytes(account: str, made_ms: int) -> Holding:
    code = transit_code(account, made_ms)
    return lambda pitch: pitch.present_printed(code)


def _card_read(number: str, counter: int) -> Holding:
    medium = BankCardSnapshot(CardNumber(number), _card_facts(counter))
    return lambda pitch: pitch.present_shown(ShownCard(pitch, medium))


def _card_facts(counter: int) -> BankCardFacts:
    return BankCardFacts(
        application="A000000333010101",
        scheme="unionpay",
        method="fdda",
        refusal="",
        issuer_prefix="622800",
        valid_from=VALID_FROM,
        valid_until=VALID_UNTIL,
        rounds=(CardRound(1, counter, "ARQC"),),
        exact_due=False,
        cvr=bytes(3),
        tvr=bytes(5),
        tsi=bytes(2),
        over_floor=False,
        holder_check="",
        offline_fen=None,
        by_test_key=False,
        field_55=b"",
    )


class ShownCard:
    """A bank card in the field: a session that was read already."""

    from_crowd = False

    def __init__(self, pitch: Pitch, medium: BankCardSnapshot) -> None:
        self._pitch = pitch
        self._medium = medium

    async def snapshot(self) -> Snapshot:
        """Return what was read; raises ``CARD_LEFT`` where it is gone."""
        if self._pitch.shown is not self:
            raise CardError("CARD_LEFT", "the bank card was taken away")
        return self._medium

    async def authenticate(self, amount_fen: int) -> BankCardSnapshot:
        """Sign nothing: here the acquirer takes nominal amounts."""
        del amount_fen
        _no_purse()

    async def prepare(self, order: DebitOrder) -> Prepared:
        """Refuse: a bank card is not debited."""
        del order
        _no_purse()

    async def debit(self, prepared: Prepared) -> DebitOutcome:
        """Refuse: a bank card is not debited."""
        del prepared
        _no_purse()

    async def evidence(self, debit: OpenDebit) -> Evidence:
        """Refuse: a bank card keeps no log."""
        del debit
        _no_purse()

    async def removed(self, timeout_ms: int) -> bool:
        """Wait until it is taken away."""
        while self._pitch.shown is self:
            if not await self._pitch.changed(timeout_ms):
                return False
        return True


def _no_purse() -> NoReturn:
    raise CardError("CARD_STATUS", "a bank card has no purse")


class CodeWindow:
    """The scanner of a simulated terminal: gives each code that is held before it once."""

    def __init__(self, pitch: Pitch) -> None:
        self._pitch = pitch

    async def open(self) -> None:
        """Be open."""

    async def next_code(self) -> CodeSnapshot:
        """Wait for a code."""
        while (code := self._pitch.code) is None:
            await self._pitch.changed(None)
        self._pitch.code = None
        return code

    async def close(self) -> None:
        """Be closed."""

    def counters(self) -> Mapping[str, float]:
        """Return nothing: there is no line to count on."""
        return {}
