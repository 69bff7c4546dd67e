"""What an entry claims of persons' quotas: read from the entry alone, on a terminal or at the centre."""

from __future__ import annotations

from typing import Final

from edge.domain.charge import Charge, Share
from edge.domain.entry import Entry, Intent, PaidTap
from edge.domain.lease import in_force, newest_of
from edge.domain.policy import State
from edge.domain.tap import TimeQuality
from edge.domain.tariff.quotas import Claim
from edge.domain.tariff.state import Effect

FRESH_MS: Final = 7 * 86_400_000
"""A terminal grants inside its authority while the edition after its own is younger than this."""


def claims_of(entry: Entry) -> tuple[Claim, ...]:
    """Return the grants of persons' quotas that an intent or a paid tap claims; none of any other entry.

    ``authorised`` says no more here than that the terminal broke no lease of another.
    """
    body = entry.body
    if not isinstance(body, Intent | PaidTap):
        return ()
    return tuple(
        _claim(entry, _charge_of(body, effect), body.state, effect)
        for effect in body.pricing.effects
        if _is_grant(effect)
    )


def _is_grant(effect: Effect) -> bool:
    """Say whether an effect is a grant of a person's quota; what is merely counted bears its counter's name."""
    return bool(effect.subject) and effect.rule != effect.counter


def _charge_of(body: Intent | PaidTap, effect: Effect) -> Charge:
    """Return the charge that a grant belongs to: that of its part, where the sale has several."""
    return next((part.charge for part in body.pricing.parts if effect.rule in part.grants), body.charge)


def _claim(entry: Entry, charge: Charge, state: State, effect: Effect) -> Claim:
    leases = state.holder.leases if state.holder else ()
    lease = newest_of(in_force(leases, effect.counter, effect.bucket, entry.time_ms, entry.quality))
    return Claim(
        terminal=entry.terminal,
        epoch=entry.epoch,
        seq=entry.seq,
        time_ms=entry.time_ms,
        subject=effect.subject,
        counter=effect.counter,
        bucket=effect.bucket,
        rule=effect.rule,
        shares=_shares(charge, effect.rule),
        trusted_time=entry.quality is TimeQuality.TRUSTED,
        authorised=lease is None or lease.terminal == entry.terminal,
        leased=lease is not None and lease.terminal == entry.terminal,
    )


def _shares(charge: Charge, rule: str) -> tuple[Share, ...]:
    """Return what funders carry by a rule; a programme's grant is carried by all that the programme gives."""
    own = tuple(share for share in charge.shares if share.rule == rule)
    return own or charge.shares
