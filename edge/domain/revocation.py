"""An entitlement that was revoked after a terminal had already granted by it: flagged, and left alone below a policy.

The terminal decided by the list it had, and the holder paid what the terminal asked: neither is billed afterwards. What
the policy leaves alone stays with its funders; what is above it is for people to look at.
"""

from __future__ import annotations

from collections.abc import Iterable

from edge.domain.entitlement import claims_on
from edge.domain.entry import Entry, Intent, PaidTap
from edge.domain.frozen import frozen
from edge.domain.tariff.calendar import local
from edge.domain.tariff.quotas import Identity


@frozen
class Revocation:
    """A record of evidence that proves nothing any more from a civil day (YYYYMMDD) on, by a list of this version."""

    holder: bytes
    evidence: str
    from_day: str
    version: int


@frozen
class Flag:
    """A tap that was granted by evidence revoked since. ``is_kept``: what it cost the funders lies below the policy."""

    identity: Identity
    evidence: str
    listed: int
    relief_fen: int
    is_kept: bool


def flag_of(entry: Entry, revocations: Iterable[Revocation], keep_fen: int, utc_offset_min: int) -> Flag | None:
    """Return the flag of an intent or a paid tap, None where nothing it rested on was revoked for its day.

    ``keep_fen`` is the largest relief that is left alone.
    """
    body = entry.body
    if not isinstance(body, Intent | PaidTap) or body.state.holder is None or not body.charge.relief_fen:
        return None
    holder = body.state.holder
    day = local(entry.time_ms, utc_offset_min)[0].date
    today = day.strftime("%Y%m%d") if day else ""
    rested_on = {claim.evidence for claim in claims_on(holder, today)}
    for one in revocations:
        mine = one.holder == holder.token and one.evidence in rested_on
        if mine and one.from_day <= today and holder.version < one.version:
            relief_fen = body.charge.relief_fen
            identity = (entry.terminal, entry.epoch, entry.seq)
            return Flag(identity, one.evidence, holder.version, relief_fen, relief_fen <= keep_fen)
    return None
