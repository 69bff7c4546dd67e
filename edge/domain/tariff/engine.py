"""``price(bundle, facts, state, event) -> PricedDecision``: a pure function from data to money.

The same arguments give the same answer on a terminal and at the centre, today and in ten years.
"""

from __future__ import annotations

from edge.domain.charge import Charge
from edge.domain.meals.pricing import price_meal
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.certainty import priced_surely
from edge.domain.tariff.facts import Facts
from edge.domain.tariff.job import Job
from edge.domain.tariff.list_price import meal_price, product_price
from edge.domain.tariff.rule_models import TapPolicy
from edge.domain.tariff.stages import run_stages
from edge.domain.tariff.state import (
    NO_CHARGE,
    Chain,
    CounterState,
    Effect,
    EventKind,
    Outcome,
    PricedDecision,
    TapEvent,
)
from edge.domain.tariff.taps import Fare, fare_of, is_companion, refuse
from edge.domain.tariff.transfers import FIRST_LEG, Verdict, chain_after, judge

SERVICES = {EventKind.MEAL: "meal", EventKind.DELIVERY: "delivery"}


def price(bundle: Bundle, facts: Facts, state: CounterState, event: TapEvent) -> PricedDecision:
    """Price one event.

    Raises ``FACTS_INVALID`` where the facts give no price (an unknown station, a missing distance), never a guess.
    Where a counter of ``state`` is an interval and the price depends on it, the counter's offline mode decides.
    """
    return priced_surely(_price_job, bundle, facts, state, event)


def _price_job(job: Job) -> PricedDecision:
    """Price with the counter values that the job takes as true, without the reliefs that hang on a barred counter."""
    bundle, scene, event, chain = job.bundle, job.scene, job.event, job.state.chain
    if event.kind in SERVICES:
        list_fen, product = meal_price(bundle, scene, SERVICES[event.kind])
        job.applied(product, "list price", list_fen)
        if scene.facts.flag("companion"):
            job.applied("meal.party", "somebody else's meal has its list price")
            return _answer(job, Charge(list_fen, 0, list_fen), chain)
        payer = price_meal(job, list_fen, SERVICES[event.kind])
        return _answer(job, Charge(list_fen, 0, payer, tuple(job.shares)), chain)
    return _price_ride(job, chain)


def _price_ride(job: Job, chain: Chain | None) -> PricedDecision:
    policy = job.bundle.tap_policy(job.scene.network)
    refusal = refuse(job, policy)
    if refusal is not None:
        return _refused(job, refusal.outcome, refusal.reason, chain)
    fare = fare_of(job, policy)
    verdict = judge(job.bundle, job.scene, job.event, chain) if fare.list_fen else FIRST_LEG
    payer, companion = _relieved(job, policy, fare, verdict)
    surcharge = fare.surcharge_fen + (0 if companion else _transfer_fee(job, verdict))
    charge = Charge(fare.list_fen, surcharge, payer + surcharge, tuple(job.shares))
    if job.event.kind is EventKind.TAP_IN or companion or not fare.list_fen:
        return _answer(job, charge, chain)
    offset = job.bundle.document.bundle.utc_offset_min
    after = chain_after(verdict, job.scene, job.event, payer, fare.list_fen, offset) if job.bundle.transfers else chain
    return _answer(job, charge, after)


def _relieved(job: Job, policy: TapPolicy, fare: Fare, verdict: Verdict) -> tuple[int, bool]:
    """Return what the holder pays of the list price, and whether the ride is a companion's."""
    if is_companion(job, policy):
        job.applied("tap.companion", "somebody who rides along pays the list price")
        return fare.list_fen, True
    if not fare.relieved:
        return fare.list_fen, False
    for rule, reason in verdict.refusals:
        job.refused(rule, reason)
    return run_stages(job, fare.list_fen, verdict), False


def _transfer_fee(job: Job, verdict: Verdict) -> int:
    rule = verdict.rule
    if rule is None or not rule.fee_product:
        return 0
    fee = product_price(job.bundle, job.scene, rule.fee_product)
    job.applied(rule.x_id, "transfer fee", fee)
    return fee


def _refused(job: Job, outcome: Outcome, reason: str, chain: Chain | None) -> PricedDecision:
    prompts = job.bundle.document.x_prompts
    prompt = next((name for name in (reason, outcome.value) if name in prompts), "")
    voice = prompts[prompt].voice if prompt else ""
    lines = tuple(job.lines)
    return PricedDecision(job.bundle.id, outcome, reason, NO_CHARGE, lines, chain=chain, prompt=prompt, voice=voice)


def _answer(job: Job, charge: Charge, chain: Chain | None) -> PricedDecision:
    effects = (*job.grants, *_counted(job, charge))
    prompt = _prompt(job, charge.payer_fen)
    voice = job.bundle.document.x_prompts[prompt].voice if prompt else ""
    return PricedDecision(
        job.bundle.id, Outcome.APPROVED, "", charge, tuple(job.lines), effects, chain, prompt=prompt, voice=voice
    )


def _counted(job: Job, charge: Charge) -> tuple[Effect, ...]:
    """Return what the event adds to the counters of money and of rides; grants count themselves."""
    ride = bool(charge.list_fen) and job.event.kind not in SERVICES
    adds = {"paid_fen": charge.payer_fen, "rides": int(ride)}
    return tuple(
        Effect(counter.id, job.bucket_of(counter), adds[counter.measure], counter.id)
        for counter in job.bundle.document.x_counters
        if adds.get(counter.measure) and counter.when.holds(job.scene)
    )


def _prompt(job: Job, payer_fen: int) -> str:
    """Return the key of the prompt: low balance before the category's own."""
    prompts, facts = job.bundle.document.x_prompts, job.scene.facts
    after, before = facts.number("balance_after_fen"), facts.number("balance_fen")
    if after is None and before is not None:
        after = before - payer_fen
    low = prompts.get("low_balance")
    if low is not None and low.at_most is not None and after is not None and after <= low.at_most:
        return "low_balance"
    return job.scene.category if job.scene.category in prompts else ""
