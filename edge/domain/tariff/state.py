"""What an event is, what is remembered of a holder, and what a decision says. Plain values, fit for the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from edge.domain.charge import Charge, ChargePart, Line
from edge.domain.frozen import frozen

CURRENT: Final = "*"
"""Bucket of a counter row whose period is the one of the event, whichever that is."""


class EventKind(StrEnum):
    """What is to be priced."""

    RIDE = "ride"
    TAP_IN = "tap_in"
    MISSING_OUT = "missing_out"
    MISSING_IN = "missing_in"
    MEAL = "meal"
    DELIVERY = "delivery"


@frozen
class TapEvent:
    """One event. Times in ms UTC since 1970, ``None`` where only facts tell them.

    A ride over a network with tap-out has its tap-in at ``entered_ms`` and is charged at ``time_ms``. ``leg_group`` may
    be empty where the bundle has a default. The clock may be off by ``clock_error_s`` in either direction.
    """

    kind: EventKind = EventKind.RIDE
    leg_group: str = ""
    time_ms: int | None = None
    entered_ms: int | None = None
    terminal: str = ""
    seq: int = 0
    vehicle: str = ""
    clock_error_s: int = 0


@frozen
class CounterRow:
    """What is known of one counter in one period: its value lies in [known, known + possible]."""

    counter: str
    bucket: str
    known: int
    possible: int = 0


@frozen
class OpenGrants:
    """Grants of a counter whose certainty is still open: of this person, and of this terminal today."""

    counter: str
    person: int
    device_day: int


@frozen
class Chain:
    """The open transfer chain of a medium: its last leg, when it was first charged, and what it has cost.

    Times in ms UTC. ``transfers_used`` counts reliefs, ``boardings`` legs.
    """

    leg_group: str
    first_charge_ms: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    vehicle: str = ""
    terminal: str = ""
    transfers_used: int = 0
    boardings: int = 1
    paid_fen: int = 0
    dearest_fen: int = 0


@frozen
class LastPriced:
    """The last priced tap of this medium at this terminal."""

    time_ms: int
    below_normal: bool


@frozen
class CounterState:
    """All that a price reads beside bundle, facts and event."""

    rows: tuple[CounterRow, ...] = ()
    chain: Chain | None = None
    last: LastPriced | None = None
    open_grants: tuple[OpenGrants, ...] = ()


NOTHING_KNOWN: Final = CounterState()


class Outcome(StrEnum):
    """How an event is answered."""

    APPROVED = "approved"
    DENY = "deny"
    DUPLICATE = "duplicate"


@frozen
class Effect:
    """What an accepted decision adds to a counter: ``add`` in fen or grants, for the rule named.

    ``subject`` is the token under which it is counted, empty for that of the medium itself.
    """

    counter: str
    bucket: str
    add: int
    rule: str
    subject: bytes = b""


LEASED_HERE: Final = "here"
LEASED_ELSEWHERE: Final = "elsewhere"


@frozen
class Quota:
    """A person's quota as a decision found it, in [known, known + possible], and what the decision ``added``.

    ``lease`` says whose right the rest of it is: this terminal's, another's, or nobody's (empty).
    """

    counter: str
    bucket: str
    limit: int
    known: int
    possible: int
    added: int
    lease: str = ""

    @property
    def left(self) -> tuple[int, int]:
        """Return how much is left after the decision: at least, at most."""
        most = max(self.limit - self.known - self.added, 0)
        return max(most - self.possible, 0), most


NO_CHARGE: Final = Charge(0, 0, 0)


@frozen
class PricedDecision:
    """The answer: who pays what, every rule that applied or not, and what an accepted tap changes.

    ``reason`` is empty where approved. ``uncertain`` names the counters (or ``clock``) whose value could change the
    price, ``exposure_fen`` the most it could change by. ``chain`` is the transfer chain after the event. ``prompt`` is
    a key of the bundle's prompts, ``voice`` what low balance or the prompt says aloud. A meal sale has its charge in
    ``parts``, and the persons' ``quotas`` that it was decided by.
    """

    bundle: str
    outcome: Outcome
    reason: str
    charge: Charge
    lines: tuple[Line, ...]
    effects: tuple[Effect, ...] = ()
    chain: Chain | None = None
    uncertain: tuple[str, ...] = ()
    exposure_fen: int = 0
    prompt: str = ""
    voice: str = ""
    parts: tuple[ChargePart, ...] = ()
    quotas: tuple[Quota, ...] = ()
