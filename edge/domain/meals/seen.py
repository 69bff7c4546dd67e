"""What a till remembers of its last meals, as far as guards ask: read of its journal, kept in the entry it decides."""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen

NEVER: Final = -1


@frozen
class MealsSeen:
    """The meals before this one. What no guard of the tariff asks for is left as it is here.

    ``burst`` are the subsidised meals inside the burst's window, ``last_ms`` (ms UTC, -1: none) and ``last_site`` the
    person's newest subsidised meal. ``amounts`` are the different amounts that this medium paid inside their window,
    rising, in fen; ``day`` the day's subsidised meals, ``at_cap`` those of them at a price that a cap has.
    """

    burst: int = 0
    last_ms: int = NEVER
    last_site: str = ""
    amounts: tuple[int, ...] = ()
    day: int = 0
    at_cap: int = 0


@frozen
class MealAsked:
    """The meal that is to be charged now, as guards look at it.

    ``unit_fen`` is the list price of one meal, ``total_fen`` of all that the medium is charged for. ``metres`` is how
    far it is from the site of the person's last subsidised meal (None: nobody knows). ``session_gap_s`` is how far the
    nearest meal session is away (0: inside one).
    """

    time_ms: int
    site: str
    unit_fen: int
    total_fen: int
    subsidised: bool
    metres: int | None
    session_gap_s: int
