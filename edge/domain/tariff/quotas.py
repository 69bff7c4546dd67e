"""Quotas are ledgers: reserve, commit, reverse; and claims made apart are merged the same way everywhere.

Nothing here depends on the order of arrival or on how claims were batched: identity and event time decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import IntEnum

from edge.domain.charge import Share
from edge.domain.frozen import frozen
from edge.domain.tariff.state import CounterRow, Effect


class Step(IntEnum):
    """How far a grant has come; a later step wins over an earlier one, whichever is heard first."""

    RESERVED = 1
    COMMITTED = 2
    REVERSED = 3


@frozen
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


Identity = tuple[str, int, int]
"""(terminal, epoch, seq)"""


@frozen
class Claim:
    """One grant that a terminal claims against a quota; a grant that uses several quotas is one claim on each.

    ``subject`` is the token of card, person or account; ``shares`` what each funder carries of the grant.
    ``trusted_time``: the terminal's clock was trusted. ``leased``: the terminal held the lease of the quota.
    ``authorised``: the site was inside its offline authority (fresh edition, open grants below their limit, nobody
    else's lease in force).
    """

    terminal: str
    epoch: int
    seq: int
    time_ms: int
    subject: bytes
    counter: str
    bucket: str
    rule: str
    shares: tuple[Share, ...]
    trusted_time: bool = True
    authorised: bool = True
    leased: bool = False

    @property
    def identity(self) -> Identity:
        """Return where the claim was made."""
        return self.terminal, self.epoch, self.seq

    @property
    def grant(self) -> tuple[Identity, str]:
        """Return which grant it is of: (identity, rule)."""
        return self.identity, self.rule

    @property
    def quota(self) -> tuple[bytes, str, str]:
        """Return what it claims against: (subject, counter, bucket)."""
        return self.subject, self.counter, self.bucket


@frozen
class Clawback:
    """A grant beyond a limit, and who carries it: the funders that the rule names, or the site; never the holder.

    ``claim`` is that on the quota that has no room, ``stands`` are those that used it up.
    """

    claim: Claim
    shares: tuple[Share, ...]
    stands: tuple[Identity, ...]


@frozen
class Merged:
    """Claims after a merge, each in order."""

    granted: tuple[Claim, ...]
    clawbacks: tuple[Clawback, ...]


def merge_claims(
    claims: Iterable[Claim], limits: Mapping[str, int], reversed_claims: Iterable[Identity] = ()
) -> Merged:
    """Grant the first claims of each (subject, counter, period) up to the counter's limit; claw back the rest.

    Order: claims under a lease first, for a lease promises the grant; then those of trusted time, then event time,
    terminal, epoch, seq. A claim heard twice counts once; a reversed one counts not at all, so that the next in order
    moves up. A grant stands where each of its quotas has room, and else uses none. What the holder paid is not touched.
    Raises ``KeyError`` for a counter without a limit.
    """
    gone = frozenset(reversed_claims)
    unique = {(claim.grant, claim.counter): claim for claim in claims if claim.identity not in gone}
    grants: dict[tuple[Identity, str], list[Claim]] = defaultdict(list)
    for claim in sorted(unique.values(), key=_order):
        grants[claim.grant].append(claim)
    stands: dict[tuple[bytes, str, str], list[Identity]] = defaultdict(list)
    granted: list[Claim] = []
    clawbacks: list[Clawback] = []
    for parts in grants.values():
        full = next((one for one in parts if len(stands[one.quota]) >= limits[one.counter]), None)
        if full is not None:
            clawbacks.append(Clawback(full, _fallen(full), tuple(stands[full.quota])))
            continue
        granted += parts
        for one in parts:
            stands[one.quota].append(one.identity)
    return Merged(tuple(granted), tuple(clawbacks))


def _order(claim: Claim) -> tuple[bool, bool, int, Identity, str]:
    return not claim.leased, not claim.trusted_time, claim.time_ms, claim.identity, claim.counter


def _fallen(claim: Claim) -> tuple[Share, ...]:
    """Return who carries a claim that lost: its funders where the site kept the rules, else the site."""
    if claim.authorised:
        return claim.shares
    return tuple(replace(share, funder=f"site:{claim.terminal}") for share in claim.shares)


@frozen
class Change:
    """One line of the next file about a closed day: a claim that a later one moved, naming both.

    ``before`` and ``after`` say who carries it, empty where it stands; ``stands`` are the claims it gave way to.
    """

    claim: Claim
    before: tuple[Share, ...]
    after: tuple[Share, ...]
    stands: tuple[Identity, ...]


def merge_changes(before: Merged, after: Merged) -> tuple[Change, ...]:
    """Return the grants whose lot is another after more claims or reversals arrived, in order.

    A claim that is new and stands is no change; one that was reversed is none either: its own entry says so.
    """
    was = {one.claim.grant: one for one in before.clawbacks}
    stood = {one.grant for one in before.granted}
    stands_now = {claim.grant: claim for claim in reversed(after.granted)}
    moved_up = [Change(claim, was[grant].shares, (), ()) for grant, claim in stands_now.items() if grant in was]
    gave_way = [Change(one.claim, (), one.shares, one.stands) for one in after.clawbacks if one.claim.grant in stood]
    return tuple(sorted([*moved_up, *gave_way], key=lambda change: _order(change.claim)))
