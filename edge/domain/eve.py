"""The eve of another tariff: where the clock may be off across a change of versions, the entry says so."""

from __future__ import annotations

from dataclasses import replace

from edge.domain.errors import PolicyError
from edge.domain.fare import priced, reach_ms
from edge.domain.medium import Snapshot
from edge.domain.policy import Policy, State
from edge.domain.tap import Tap
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.certainty import CLOCK
from edge.domain.tariff.state import PricedDecision
from edge.domain.tariff.versions import in_force


def with_eve(answer: PricedDecision, tap: Tap, medium: Snapshot, policy: Policy, state: State) -> PricedDecision:
    """Return a price with what another version would make of it, where the clock may be wrong by that much.

    The price stays that of the time shown: nobody is charged by a guess. A version that cannot price the tap, or none
    at all, is a difference of the whole charge.
    """
    reach = reach_ms(state)
    if not reach or len(policy.versions) == 1:
        return answer
    others = [_priced_at(tap.time_ms + off_ms, tap, medium, policy, state) for off_ms in (-reach, reach)]
    if all(other is not None and other.charge == answer.charge for other in others):
        return answer
    payers = [0 if other is None else other.charge.payer_fen for other in others]
    exposure = max(abs(payer - answer.charge.payer_fen) for payer in payers)
    uncertain = (*answer.uncertain, *((CLOCK,) if CLOCK not in answer.uncertain else ()))
    return replace(answer, uncertain=uncertain, exposure_fen=max(answer.exposure_fen, exposure))


def _priced_at(at_ms: int, tap: Tap, medium: Snapshot, policy: Policy, state: State) -> PricedDecision | None:
    try:
        bundle: Bundle = in_force(policy.versions, at_ms)
        return priced(replace(tap, time_ms=at_ms), medium, bundle, replace(state, clock_error_s=0))
    except PolicyError:
        return None
