"""The purse as the terminal calls it: its conversations, bound to this terminal's settings."""

from __future__ import annotations

from typing import ClassVar

from drivers.cards.epurse.proving import evidence
from drivers.cards.epurse.purchase import debit, prepare
from drivers.cards.epurse.reading import PurseSettings, snapshot
from drivers.conversation import Conversation
from drivers.sams.psam import PsamFacts
from edge.domain.debit import DebitOrder, DebitOutcome, Evidence, OpenDebit, Prepared
from edge.domain.errors import LocalProtocolError
from edge.domain.medium import PurseSnapshot, Snapshot


class Application:
    """The T-Union purse."""

    name: ClassVar[str] = "epurse"
    settings_type: ClassVar[type[PurseSettings]] = PurseSettings
    joins: ClassVar[bool] = False

    def __init__(self, settings: PurseSettings) -> None:
        self._settings = settings

    def snapshot(self) -> Conversation[Snapshot]:
        """Select and read the purse."""
        return (yield from snapshot(self._settings))

    def prepare(self, order: DebitOrder, medium: Snapshot, psam: PsamFacts) -> Conversation[Prepared]:
        """INITIALIZE, trip record, MAC1."""
        purse = _purse(medium)
        rules = self._settings.issuers.rules_of(purse.issuer, purse.city)
        return (yield from prepare(order, purse, psam, rules))

    def debit(self, prepared: Prepared, psam: PsamFacts) -> Conversation[DebitOutcome]:
        """DEBIT and MAC2."""
        return (yield from debit(prepared, psam))

    def evidence(
        self, debit: OpenDebit, medium: Snapshot, psam: PsamFacts, *, session_alive: bool
    ) -> Conversation[Evidence]:
        """Read log, proof and counter of the returned purse."""
        purse = _purse(medium)
        return (yield from evidence(debit, purse, psam, self._settings, session_alive=session_alive))


def _purse(medium: Snapshot) -> PurseSnapshot:
    if not isinstance(medium, PurseSnapshot):
        raise LocalProtocolError("WIRE_MALFORMED", "a medium without a purse cannot be debited")
    return medium
