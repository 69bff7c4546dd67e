"""Quotas are ledgers: reserve, commit, reverse; and claims made apart are merged the same way everywhere.

Nothing here depends on the order of arrival or on how claims were batched: identity and event time decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from edge.domain.tariff.state import CounterRow, Effect


class Step(IntEnum):
    """How far a grant has come; a later step wins over an earlier one, whichever is heard first."""

    RESERVED = 1
    COMMITTED = 2
    REVERSED = 3


@dataclass(frozen=True, slots=True)
class Movement:
    """One step of one grant. ``tap_id`` names the grant, ``add`` is in fen or grants."""

    tap_id: bytes
    counter: str
    bucket: str
    add: int
    step: Step


def movements(effects: Iterable[Effect], tap_id: bytes, step: Step) -> tuple[Movement, ...]:
    """Return what a decision's effects mean for the ledger at a step."""
    return tuple(Movement(tap_id, one.counter, one.bucket, one.add, step) for one in effects)


def balance(ledger: Iterable[Movement]) -> tuple[CounterRow, ...]:
    """Fold a ledger to counter rows: what is committed is known, what is only reserved is possible.

    The same movement twice counts once; a reversal restores the quota whenever it arrives.
    """
    latest: dict[tuple[bytes, str, str], Movement] = {}
    for movement in ledger:
        name = movement.tap_id, movement.counter, movement.bucket
        if name not in latest or (latest[name].step, latest[name].add) < (movement.step, movement.add):
            latest[name] = movement
    known: dict[tuple[str, str], int] = defaultdict(int)
    possible: dict[tuple[str, str], int] = defaultdict(int)
    for movement in latest.values():
        if movement.step is not Step.REVERSED:
            side = known if movement.step is Step.COMMITTED else possible
            side[movement.counter, movement.bucket] += movement.add
    names = sorted(known.keys() | possible.keys())
    return tuple(CounterRow(*name, known[name], possible[name]) for name in names)


@dataclass(frozen=True, slots=True)
class Claim:
    """One grant that a terminal claims against a quota.

    ``subject`` is the token of card, person or account. ``trusted_time``: the terminal's clock was trusted;
    ``authorised``: the site was inside its offline authority (fresh edition, open-claim limit, lease). ``fen`` is what
    the funder carries.
    """

    terminal: str
    seq: int
    time_ms: int
    subject: bytes
    counter: str
    bucket: str
    rule: str
    funder: str
    fen: int
    trusted_time: bool = True
    authorised: bool = True


@dataclass(frozen=True, slots=True)
class Clawback:
    """A claim beyond the limit: it falls on the funder or on the site, never on the holder."""

    claim: Claim
    falls_on: str


@dataclass(frozen=True, slots=True)
class Merged:
    """Claims after a merge, each in order."""

    granted: tuple[Claim, ...]
    clawbacks: tuple[Clawback, ...]


Identity = tuple[str, int]
"""(terminal, seq)"""


def merge_claims(
    claims: Iterable[Claim], limits: Mapping[str, int], reversed_claims: Iterable[Identity] = ()
) -> Merged:
    """Grant the first claims of each (subject, counter, period) up to the counter's limit; claw back the rest.

    Order: claims of trusted time first, then event time, terminal, seq. A claim heard twice counts once; a reversed one
    counts not at all, so that the next in order moves up. Raises ``KeyError`` for a counter without a limit.
    """
    gone = frozenset(reversed_claims)
    unique = {(claim.terminal, claim.seq, claim.counter): claim for claim in claims}
    standing = [claim for claim in unique.values() if (claim.terminal, claim.seq) not in gone]
    used: dict[tuple[bytes, str, str], int] = defaultdict(int)
    granted: list[Claim] = []
    clawbacks: list[Clawback] = []
    for claim in sorted(standing, key=_order):
        name = claim.subject, claim.counter, claim.bucket
        if used[name] < limits[claim.counter]:
            used[name] += 1
            granted.append(claim)
        else:
            clawbacks.append(Clawback(claim, claim.funder if claim.authorised else f"site:{claim.terminal}"))
    return Merged(tuple(granted), tuple(clawbacks))


def _order(claim: Claim) -> tuple[bool, int, str, int, str]:
    return not claim.trusted_time, claim.time_ms, claim.terminal, claim.seq, claim.counter
