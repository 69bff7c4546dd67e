"""Tap policies: what a tap means before it is priced, and what staying too long or tapping once costs."""

from __future__ import annotations

from edge.domain.frozen import frozen
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.job import Job
from edge.domain.tariff.list_price import list_price, lone_tap_price
from edge.domain.tariff.rule_models import MissingTap, Overtime, Passback, TapPolicy
from edge.domain.tariff.scene import Scene
from edge.domain.tariff.scenes import stay_s
from edge.domain.tariff.state import EventKind, Outcome


@frozen
class Fare:
    """What a ride costs before reliefs: list price, surcharge, and whether reliefs apply at all."""

    list_fen: int
    surcharge_fen: int = 0
    relieved: bool = True


@frozen
class Refusal:
    """A tap that is not priced."""

    outcome: Outcome
    reason: str


def refuse(job: Job, policy: TapPolicy) -> Refusal | None:
    """Refuse a repeated tap, or a tap-in without the balance it asks for."""
    meaning = _passback(job, policy.passback)
    if meaning == "duplicate":
        job.refused("tap.passback", "the same medium returned inside the window")
        return Refusal(Outcome.DUPLICATE, "passback")
    wanted = policy.entry_min_balance
    if job.event.kind is not EventKind.TAP_IN or wanted is None:
        return None
    if wanted.media and job.scene.medium not in wanted.media:
        return None
    balance = job.scene.facts.number("balance_fen")
    if balance is None or balance >= wanted.fen:
        job.applied("tap.entry_min_balance", "passed")
        return None
    job.refused("tap.entry_min_balance", f"balance below {wanted.fen} fen")
    return Refusal(Outcome.DENY, "balance_below_entry_minimum")


def is_companion(job: Job, policy: TapPolicy) -> bool:
    """Say whether the ride is priced for somebody who rides along: told, or by the passback rule."""
    if job.scene.facts.flag("companion"):
        return policy.companion == "full_price"
    return _passback(job, policy.passback) == "companion"


def _passback(job: Job, rule: Passback | None) -> str:
    """Return what the bundle says of a medium that returned: duplicate, companion or ride (empty: did not return)."""
    if rule is None or job.event.kind not in (EventKind.RIDE, EventKind.TAP_IN):
        return ""
    if job.scene.facts.flag("companion"):
        return ""  # somebody said who boards: nothing has to be guessed
    facts, last = job.scene.facts, job.state.last
    if facts.get("priced_below_normal") is not None and facts.number("gap_s") is not None:
        gap, below = facts.number("gap_s") or 0, facts.flag("priced_below_normal")
    elif last is not None and job.event.time_ms is not None:
        gap, below = job.event.time_ms // 1000 - last.time_ms // 1000, last.below_normal
    else:
        return ""
    inside = 0 <= gap < rule.window_s or (gap == rule.window_s and rule.end == "inclusive")
    if not inside:
        return ""
    return rule.below_normal if below else rule.otherwise


def fare_of(job: Job, policy: TapPolicy) -> Fare:
    """Return what the event costs before reliefs; writes the lines of list price, surcharges and penalties."""
    bundle, scene, kind = job.bundle, job.scene, job.event.kind
    missing = {EventKind.MISSING_OUT: policy.missing_out, EventKind.MISSING_IN: policy.missing_in}.get(kind)
    if kind is EventKind.TAP_IN:
        job.applied("tap.in", "the ride is priced at tap-out")
        return Fare(0)
    if missing is not None:
        return _lone(job, missing, f"tap.{kind.value}")
    if _changed_mind(job, policy):
        job.applied("tap.same_station", "left again without having ridden")
        return Fare(0, relieved=False)
    late = _overtime(job, policy)
    if late is not None and late.charge is not None:
        return _lone(job, late.charge, "tap.overtime")
    list_fen, product = list_price(bundle, scene)
    job.applied(product, "list price", list_fen)
    surcharge = _surcharges(job)
    if late is not None:
        job.applied("tap.overtime", f"stayed longer than {policy.max_minutes} min", late.add)
        surcharge += late.add
    return Fare(list_fen, surcharge)


def _lone(job: Job, missing: MissingTap, rule: str) -> Fare:
    fen, relieved = lone_tap_price(job.bundle, job.scene, missing)
    job.applied(rule, "one tap alone, or too long a stay", fen)
    return Fare(fen, relieved=relieved)


def _changed_mind(job: Job, policy: TapPolicy) -> bool:
    facts = job.scene.facts
    if not policy.same_station_free_minutes or not facts.flag("same_station"):
        return False
    if facts.get("travelled") is not False:
        job.refused("tap.same_station", "nobody said that the holder has not ridden")
        return False
    stay = _stay(job)
    free = stay is not None and stay <= policy.same_station_free_minutes * 60
    if not free:
        job.refused("tap.same_station", f"stayed longer than {policy.same_station_free_minutes} min")
    return free


def _overtime(job: Job, policy: TapPolicy) -> Overtime | None:
    overtime, stay = policy.overtime, _stay(job)
    if overtime is None or not policy.max_minutes or stay is None:
        return None
    limit = policy.max_minutes * 60
    if stay < limit or (stay == limit and policy.limit_end == "inclusive"):
        return None
    waiver = next((flag for flag in overtime.waive_if if job.scene.facts.flag(flag)), "")
    if waiver:
        job.refused("tap.overtime", f"waived: {waiver}")
        return None
    return overtime


def _stay(job: Job) -> int | None:
    return stay_s(job.scene.facts, job.event, job.bundle.document.bundle.utc_offset_min)


def _surcharges(job: Job) -> int:
    total = 0
    scene: Scene = job.scene
    day = scene.day.date if scene.day else None
    for row in job.bundle.document.x_surcharges:
        reason = row.when.failure(scene) or ("" if row.valid.holds(day) else "not in force on this day")
        if reason:
            job.refused(row.id, reason)
        else:
            job.applied(row.id, "surcharge", row.fen)
            total += row.fen
    return total


def policy_of(bundle: Bundle, scene: Scene) -> TapPolicy:
    """Return the tap policy of the scene's network."""
    return bundle.tap_policy(scene.network)
