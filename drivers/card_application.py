"""What a card application offers to the terminal: conversations, found by name in :mod:`drivers.registry`."""

from __future__ import annotations

from typing import Protocol

from drivers.conversation import Conversation
from drivers.sams.psam import PsamFacts
from edge.domain.debit import DebitOrder, DebitOutcome, Evidence, OpenDebit, Prepared
from edge.domain.medium import Snapshot


class CardApplication(Protocol):
    """One application on a card. ``medium`` is the snapshot that :meth:`snapshot` gave of the same card."""

    @property
    def name(self) -> str:
        """Return the name that profiles list."""
        ...

    def snapshot(self) -> Conversation[Snapshot]:
        """Select and read; an :class:`~edge.domain.medium.UnknownSnapshot` where the card does not have it."""
        ...

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
