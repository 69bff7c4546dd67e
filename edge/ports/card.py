"""A card in the field and the reader that finds it, as protocols."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from edge.domain.debit import DebitOrder, DebitOutcome, Evidence, OpenDebit, Prepared
from edge.domain.medium import BankCardSnapshot, Snapshot
from edge.ports.world import Signal


class Trouble(StrEnum):
    """Why the field holds no single readable card, though something happened."""

    TWO_CARDS = "two_cards"


class CardSession(Protocol):
    """One card in the field, with the SAM that serves it. Ends when the card leaves.

    Every call raises ``CARD_LEFT`` (retap) when the card goes away where nothing is at stake, other CardErrors for
    malformed or refused answers, SamError for the PSAM's failures, ReaderError when the line fails. Only
    :meth:`debit` turns these into a value, for there the difference is money.
    """

    @property
    def from_crowd(self) -> bool:
        """Say whether it stood beside another card a moment ago: then nobody chose it to pay."""
        ...

    async def snapshot(self) -> Snapshot:
        """Select the application by the profile's order and read it. Moves no money."""
        ...

    async def prepare(self, order: DebitOrder) -> Prepared:
        """INITIALIZE, trip record, MAC1. Moves no money."""
        ...

    async def debit(self, prepared: Prepared) -> DebitOutcome:
        """Send DEBIT and have MAC2 checked. Never raises CardError, SamError or ReaderError."""
        ...

    async def evidence(self, debit: OpenDebit) -> Evidence:
        """Read what the card knows about an unsettled debit. Moves no money."""
        ...

    async def authenticate(self, amount_fen: int) -> BankCardSnapshot:
        """Have the bank card that was read sign the exact amount, where the profile wants that. Moves no money.

        The snapshot returned holds both rounds. Raises ``CARD_SWAPPED`` as well.
        """
        ...

    async def removed(self, timeout_ms: int) -> bool:
        """Wait until the card has left the field; False when it is still there after ``timeout_ms``."""
        ...


class Reader(Protocol):
    """A contactless reader with its SAM, opened and kept alive by itself."""

    async def open(self) -> None:
        """Open port, reader and SAM; raises ReaderError or SamError."""
        ...

    async def next_card(self) -> CardSession | Trouble:
        """Wait for a card; raises ReaderError and SamError when a part fails (the caller opens again)."""
        ...

    async def show(self, signal: Signal) -> None:
        """Give lamp and tone by the reader where it has them; a failure is counted, never raised."""
        ...

    async def close(self) -> None:
        """Release port and SAM; idempotent."""
        ...

    def psam_number(self) -> bytes:
        """Return the six-byte number of the PSAM found at opening (empty: none)."""
        ...

    def counters(self) -> Mapping[str, float]:
        """Return counters per port: reconnects, resyncs, checksum_errors, nacks, ladder_rung, ..."""
        ...
