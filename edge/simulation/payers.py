"""People with bank cards and codes, at the session port: what a reader or scanner would have verified is stated.

The numbers are synthetic. No byte of a card or an engine passes a line here; everything behind the port is real.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from edge.domain.debit import DebitOrder, DebitOutcome, Evidence, OpenDebit, Prepared
from edge.domain.errors import CardError
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
from edge.simulation.pitch import Pitch

CODE_SCHEME: Final = "jtt1179"
VALID_MS: Final = 60_000
MADE_AGO_MS: Final = 2_000
SKEW_MS: Final = 120_000
BANK_CARD: Final = "bank card"
CODE: Final = "code"


@dataclass(slots=True)
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

    def medium(self, now_ms: int) -> BankCardSnapshot | CodeSnapshot:
        """Return what is read of it now: its counter rises, its code is a fresh one."""
        self.shows += 1
        number = CardNumber(self.number)
        if self.sort == BANK_CARD:
            return BankCardSnapshot(number, _card_facts(self.shows))
        made_ms = now_ms - MADE_AGO_MS
        code = self.shows.to_bytes(8, "big") + self.number.encode("ascii")[-8:]
        times = (made_ms, made_ms - SKEW_MS, made_ms + VALID_MS)
        return CodeSnapshot(
            number, CodeFacts(CODE_SCHEME, "city", "", code, *times, None, local=True, evidence=b"seal")
        )


def _card_facts(counter: int) -> BankCardFacts:
    return BankCardFacts(
        application="A000000333010101",
        scheme="unionpay",
        method="fdda",
        refusal="",
        issuer_prefix="622800",
        valid_from="20240101",
        valid_until="20441231",
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
