"""What the lists of an edition say of persons, by token: entitlements, leases, debts, credits, registered codes."""

from __future__ import annotations

from typing import Final, Self

from edge.domain.diners import DinerRecord
from edge.domain.frozen import frozen
from edge.domain.holder import Debt, Holder, Lease
from edge.store.edition import OpenEdition
from edge.store.keyed_rows import CreditList, DebtList, DinerList, LeaseList, Roster
from sync.row_form import CREDITS_KIND, DEBTS_KIND, DINERS_KIND, ENTITLEMENTS_KIND, LEASES_KIND


@frozen
class People:
    """The lists of one edition, mapped as long as it is in force. All look-ups raise ``ARTIFACT_DAMAGED``."""

    entitlements: tuple[Roster, ...] = ()
    leases: tuple[LeaseList, ...] = ()
    debts: tuple[DebtList, ...] = ()
    diners: tuple[DinerList, ...] = ()
    credits: tuple[CreditList, ...] = ()

    @classmethod
    def of(cls, edition: OpenEdition) -> Self:
        """Return those of an edition."""
        return cls(
            edition.lists_of(ENTITLEMENTS_KIND, Roster),
            edition.lists_of(LEASES_KIND, LeaseList),
            edition.lists_of(DEBTS_KIND, DebtList),
            edition.lists_of(DINERS_KIND, DinerList),
            edition.lists_of(CREDITS_KIND, CreditList),
        )

    def holder(self, token: bytes) -> Holder | None:
        """Return who is known by a token, the holder's own or that of a medium: by the first list that does."""
        for roster in self.entitlements:
            record = roster.find(token)
            if record is not None:
                return Holder(record.token, record.claims, record.status, roster.version, self._leases(record.token))
        return None

    def _leases(self, holder: bytes) -> tuple[Lease, ...]:
        return tuple(lease for listed in self.leases if (found := listed.find(holder)) for lease in found.leases)

    def debt(self, token: bytes) -> Debt | None:
        """Return what a token owes, below zero what it has coming; None: nothing."""
        owed = next((found for listed in self.debts if (found := listed.find(token)) is not None), None)
        if owed is not None:
            return owed
        credit = next((coming for listed in self.credits if (coming := listed.find(token)) is not None), None)
        return None if credit is None else credit.as_debt()

    def diner(self, token: bytes) -> DinerRecord | None:
        """Return whose meal is collected by the code of a token; None where nobody's is."""
        return next((found for listed in self.diners if (found := listed.find(token)) is not None), None)


NOBODY: Final = People()
