"""What a card application offers to the terminal: conversations, found by name in :mod:`drivers.registry`."""

from __future__ import annotations

from typing import Protocol, TypeGuard, runtime_checkable

from drivers.conversation import Conversation
from drivers.sams.psam import PsamFacts
from edge.domain.debit import DebitOrder, DebitOutcome, Evidence, OpenDebit, Prepared
from edge.domain.media_bank import BankCardSnapshot
from edge.domain.medium import Snapshot


class CardApplication(Protocol):
    """One application on a card."""

    @property
    def name(self) -> str:
        """Return the name that profiles list."""
        ...

    @property
    def joins(self) -> bool:
        """Say whether it tells who holds the card and leaves paying to the card's other applications."""
        ...

    def snapshot(self) -> Conversation[Snapshot]:
        """Select and read; an :class:`~edge.domain.medium.UnknownSnapshot` where the card does not have it."""
        ...


class DebitedApplication(CardApplication, Protocol):
    """An application that money is taken from. ``medium`` is the snapshot that it gave of the same card."""

    def prepare(self, order: DebitOrder, medium: Snapshot, psam: PsamFacts) -> Conversation[Prepared]:
        """Go up to MAC1; moves no money."""
        ...

    def debit(self, prepared: Prepared, psam: PsamFacts) -> Conversation[DebitOutcome]:
        """Move the money; raises no coded error."""
        ...

    def evidence(
        self, debit: OpenDebit, medium: Snapshot, psam: PsamFacts, *, session_alive: bool
    ) -> Conversation[Evidence]:
        """Read what the card knows of an open debit; ``session_alive``: the PSAM still holds its session."""
        ...


def is_debited(application: CardApplication) -> TypeGuard[DebitedApplication]:
    """Say whether money is taken from it; asked twice a tap, so not by a protocol that is checked member by member."""
    return hasattr(application, "debit")


@runtime_checkable
class SigningApplication(CardApplication, Protocol):
    """An application that signs an amount, which is cleared later."""

    def authenticate(self, identified: BankCardSnapshot, amount_fen: int) -> Conversation[BankCardSnapshot]:
        """Have the card that was identified sign the exact amount."""
        ...
