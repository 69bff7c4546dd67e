"""Who holds a medium, as far as the reference data says: entitlements by holder token, debts by medium token.

Holders are known by a keyed token of the card identification code or, where it cannot be read, by the tokens of their
media; never by name or id number.
"""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen

OPEN_END: Final = ""
"""Last day of a claim that does not end."""


@frozen
class Claim:
    """One category that a holder is entitled to, from and until a civil day (YYYYMMDD, both included).

    ``category`` is a rider category of the tariff, ``evidence`` the id of the record that proves it.
    """

    category: str
    from_day: str
    until_day: str = OPEN_END
    evidence: str = ""

    def holds_on(self, day: str) -> bool:
        """Say whether the claim holds on a civil day."""
        return self.from_day <= day and (self.until_day == OPEN_END or day <= self.until_day)


@frozen
class Lease:
    """The right of one terminal alone to grant what one holder has of a counter in one period.

    ``bucket`` names the period as counters do (``2026-06-01``). ``serial`` rises with every lease of the same counter
    and period, so that a lease that was given back is never taken up again from an older list. After ``until_ms`` (ms
    UTC) it gives no certainty any more, nor where the time is not trusted.
    """

    serial: int
    counter: str
    bucket: str
    terminal: str
    until_ms: int


@frozen
class Holder:
    """What the lists say of one person: the entitlement list, and the list of leases.

    ``status`` is empty, or the word of a status that suspends every claim (``deceased``, ``institution``);
    ``version`` that of the entitlement list.
    """

    token: bytes
    claims: tuple[Claim, ...] = ()
    status: str = ""
    version: int = 0
    leases: tuple[Lease, ...] = ()


@frozen
class HolderRecord:
    """One person in the entitlement list: see :class:`Holder`."""

    token: bytes
    claims: tuple[Claim, ...] = ()
    status: str = ""


@frozen
class LeaseRecord:
    """The leases of one person in the list of leases."""

    leases: tuple[Lease, ...]


@frozen
class Debt:
    """What a token owes: taps that its issuer declined later, in fen, since ms UTC; ``reference`` names the oldest.

    Below zero it is a credit, which pays a later fare.
    """

    fen: int
    since_ms: int
    reference: str


@frozen
class Credit:
    """What a token has coming from the operator, in fen, since ms UTC; another ``reference`` is another credit."""

    fen: int
    since_ms: int
    reference: str

    def as_debt(self) -> Debt:
        """Return it as what the token owes: less than nothing."""
        return Debt(-self.fen, self.since_ms, self.reference)


@frozen
class ListAge:
    """One list in force as a decision sees it: kind and name, version, and age in s (-1: not known)."""

    kind: str
    name: str
    version: int
    age_s: int
