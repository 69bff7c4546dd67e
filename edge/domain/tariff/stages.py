"""The stages of a fare: every relief in the network's order, groups decided as one, each difference on its funder."""

from __future__ import annotations

from collections.abc import Callable

from edge.domain.frozen import frozen
from edge.domain.tariff.bundle import Block
from edge.domain.tariff.job import Job
from edge.domain.tariff.list_price import product_price
from edge.domain.tariff.rule_models import Relief
from edge.domain.tariff.rules import Ask
from edge.domain.tariff.transfers import Verdict


@frozen
class Offer:
    """What a relief would make of the price.

    ``refusal`` says why it cannot; ``meant`` that its condition holds all the same and only a counter is in the way.
    """

    relief: Relief
    fen: int
    refusal: str = ""
    meant: bool = True


def offer(job: Job, relief: Relief, ask: Ask) -> Offer:
    """Ask one relief; the price it offers lies between 0 and the price before, and never below its floor."""
    reason = _condition_refusal(job, relief)
    if reason:
        return Offer(relief, ask.price_fen, reason, meant=False)
    reason = _counter_refusal(job, relief)
    if reason:
        return Offer(relief, ask.price_fen, reason)
    answer = relief.op.price(ask)
    if isinstance(answer, str):
        return Offer(relief, ask.price_fen, answer, meant=False)
    return Offer(relief, max(min(max(answer, relief.floor), ask.price_fen), 0))


def _condition_refusal(job: Job, relief: Relief) -> str:
    scene = job.scene
    for test in relief.when.tests:
        if not test.holds(scene):
            return test.reason
    return "" if relief.valid.holds(scene.day.date if scene.day else None) else "not in force on this day"


def _counter_refusal(job: Job, relief: Relief) -> str:
    reason = job.used_up(relief.uses) if relief.uses else ""
    if not reason and job.barred and not job.barred.isdisjoint(relief.op.counters()):
        reason = "its counter is not certain"
    return reason


def decide_block(job: Job, block: Block, ask: Ask, *, book: bool) -> int:
    """Decide a block and return the reliefs' sum in fen."""
    if len(block.members) == 1:
        chosen = [offer(job, block.members[0], ask)]
        passed: list[Offer] = []
    else:
        chosen, passed = _choose(block.choice, [offer(job, member, ask) for member in block.members])
    if not book:
        return sum(ask.price_fen - made.fen for made in chosen)
    total = 0
    for made in chosen:
        total += _grant(job, made, ask.price_fen, ask.price_fen - total)
    for made in passed:
        job.refused(made.relief.id, made.refusal or "another rule of its group was chosen")
    return total


def _choose(choice: str, offers: list[Offer]) -> tuple[list[Offer], list[Offer]]:
    if choice == "sum":
        return offers, []
    if choice == "exclusive":
        meant = next((made for made in offers if made.meant), None)
    else:
        open_offers = [made for made in offers if not made.refusal]
        best = choice == "best_for_payer"
        meant = min(open_offers, key=lambda made: made.fen, default=None) if best else next(iter(open_offers), None)
    chosen = [] if meant is None else [meant]
    return chosen, [made for made in offers if made is not meant]


def _grant(job: Job, made: Offer, before: int, left: int) -> int:
    relief = made.relief
    if made.refusal:
        job.refused(relief.id, made.refusal)
        return 0
    fen = min(before - made.fen, left)
    job.applied(relief.id, relief.op.KIND, fen)
    if fen:
        job.book(fen, relief.funder, relief.id)
        job.use(relief)
    return fen


def run_stages(job: Job, list_fen: int, verdict: Verdict, *, until: str = "", book: bool = True) -> int:
    """Return the price after all stages (or those before ``until``); books reliefs and writes lines when asked to."""
    bundle, scene = job.bundle, job.scene
    chain = verdict.chain
    ask = Ask(
        price_fen=list_fen,
        list_fen=list_fen,
        scene=scene,
        count=job.count,
        product=lambda product_id: product_price(bundle, scene, product_id),
        reprice=lambda fen: fen,
        window_paid_fen=chain.paid_fen if chain else 0,
        window_dearest_fen=chain.dearest_fen if chain else 0,
    )
    for stage, blocks in bundle.stages.get(scene.network, ()):
        if stage == until:
            break
        for block in blocks:
            ask.price_fen -= decide_block(job, block, ask, book=book)
        if stage == verdict.stage:
            ask.reprice = _reprice(job, verdict, stage)
            ask.price_fen -= _transfer(job, verdict, ask, book=book)
    return ask.price_fen


def _reprice(job: Job, verdict: Verdict, stage: str) -> Callable[[int], int]:
    return lambda fen: run_stages(job, fen, verdict, until=stage, book=False)


def _transfer(job: Job, verdict: Verdict, ask: Ask, *, book: bool) -> int:
    rule = verdict.rule
    operation = rule.operation if rule else None
    if rule is None or operation is None:
        return 0
    uncertain = job.barred and not job.barred.isdisjoint(operation.counters())
    answer = "its counter is not certain" if uncertain else operation.price(ask)
    if isinstance(answer, str):
        job.refused(rule.x_id, answer)
        return 0
    relief = ask.price_fen - max(min(answer, ask.price_fen), 0)
    if book:
        job.applied(rule.x_id, verdict.reason, relief)
        job.book(relief, rule.x_funder, rule.x_id)
    return relief
