"""Who holds a medium, as far as the reference data says: entitlements by holder token, debts by medium token.

Holders are known by a keyed token of the card identification code or, where it cannot be read, by the tokens of their
media; never by name or id number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OPEN_END: Final = ""
"""Last day of a claim that does not end."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Holder:
    """What the entitlement list says of one person.

    ``status`` is empty, or the word of a status that suspends every claim (``deceased``, ``institution``);
    ``version`` that of the list.
    """

    token: bytes
    claims: tuple[Claim, ...] = ()
    status: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Debt:
    """What a token owes: taps that its issuer declined later, in fen, since ms UTC; ``reference`` names the oldest."""

    fen: int
    since_ms: int
    reference: str


@dataclass(frozen=True, slots=True)
class ListAge:
    """One list in force as a decision sees it: kind and name, version, and age in s (-1: not known)."""

    kind: str
    name: str
    version: int
    age_s: int
