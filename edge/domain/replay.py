"""Any past decision again: the tap, the state and the purse as the entry wrote them down, under any policy.

Under the policy of the entry's own edition the answer is the same, part by part; under another it is a what-if.
"""

from __future__ import annotations

from edge.domain.authorize import authorize
from edge.domain.decision import CARD_ANSWERS, Approved, Decision, Declined
from edge.domain.entry import DeclinedTap, Entry, Intent, PaidTap
from edge.domain.medium import Snapshot
from edge.domain.policy import Policy
from edge.domain.tap import Tap, TapId, TerminalId, Token

Decided = Intent | PaidTap | DeclinedTap
"""Bodies that hold a decision."""


def replay(entry: Entry, policy: Policy) -> Decision | None:
    """Decide an entry's tap again; None where the entry holds no decision of ``authorize``."""
    body = entry.body
    medium = medium_of(body) if isinstance(body, Decided) else None
    if not isinstance(body, Decided) or medium is None or is_undecided(body):
        return None
    return authorize(tap_of(entry, body, medium), policy, body.state)


def tap_of(entry: Entry, body: Decided, medium: Snapshot) -> Tap:
    """Return the tap that an entry decided, as far as it was written down."""
    return Tap(
        id=TapId(entry.tap_id),
        terminal=TerminalId(entry.terminal),
        place=body.place,
        time_ms=entry.time_ms,
        quality=entry.quality,
        token=Token(body.token),
        medium=medium,
        sale=body.sale,
        boarding=body.boarding,
    )


def medium_of(body: Decided) -> Snapshot | None:
    """Return the medium of which the same decision is made, None where nothing was read of it."""
    facts = body.medium
    if isinstance(body, DeclinedTap) and facts is None:
        facts = body.other
    return None if facts is None else facts.snapshot()


def is_undecided(body: Decided) -> bool:
    """Say whether the tap was declined because card or SAM failed: that, no policy decides."""
    return isinstance(body, DeclinedTap) and any(line.rule == CARD_ANSWERS for line in body.explanation)


def differences(entry: Entry, decision: Decision) -> list[str]:
    """Name the parts of a decision that are not what the entry says; empty: the same in every part."""
    body = entry.body
    if isinstance(body, Intent | PaidTap) and isinstance(decision, Approved):
        parts = {
            "charge": (body.charge, decision.charge),
            "explanation": (body.explanation, decision.explanation),
            "pricing": (body.pricing, decision.pricing),
            "flags": (body.flags, decision.flags),
        }
    elif isinstance(body, DeclinedTap) and isinstance(decision, Declined):
        parts = {
            "reason": (body.reason, decision.reason.value),
            "explanation": (body.explanation, decision.explanation),
            "flags": (body.flags, decision.flags),
        }
    else:
        return ["decision"]
    return [name for name, (was, is_now) in parts.items() if was != is_now]
