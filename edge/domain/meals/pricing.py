"""What a meal or its delivery costs the holder, and who carries the rest.

Reliefs are worked out on the list price; groups choose among theirs, all else adds up; the sum is bounded by the price
and by the programme's total limit, cut in the bundle's order of funders, last first.
"""

from __future__ import annotations

from fractions import Fraction

from edge.domain.frozen import mutable
from edge.domain.meals.programme import Programme
from edge.domain.tariff.amounts import TO_THE_FEN_DOWN, percent_of
from edge.domain.tariff.bundle import blocks_of
from edge.domain.tariff.job import Job
from edge.domain.tariff.list_price import product_price
from edge.domain.tariff.rules import Ask
from edge.domain.tariff.stages import decide_block
from edge.domain.tariff.state import Effect

WHOLE = Fraction(100)


@mutable
class Part:
    """What one funder carries by one rule."""

    funder: str
    fen: int
    rule: str


@mutable
class Grant:
    """What one programme offers: its parts, the counters it uses, and the lines of its own job."""

    programme: Programme
    parts: list[Part]
    job: Job

    @property
    def total(self) -> int:
        """Sum of the parts."""
        return sum(part.fen for part in self.parts)


def price_meal(job: Job, list_fen: int, service: str) -> int:
    """Return what the holder pays for a meal of ``list_fen``; books the reliefs of the programme that is chosen."""
    choice = job.bundle.document.x_group_choice.get("meals", "best_for_payer")
    grants: list[Grant] = []
    for programme in job.bundle.programmes.get(service, ()):
        refusal = _refusal(job, programme, list_fen)
        if refusal:
            job.refused(programme.id, refusal)
            continue
        grant = _offer(job, programme, list_fen)
        if choice != "best_for_payer" and grants:
            job.refused(programme.id, "another programme was chosen")
            continue
        grants.append(grant)
    if not grants:
        return list_fen
    best = max(grants, key=lambda grant: grant.total)
    for grant in grants:
        if grant is not best:
            job.refused(grant.programme.id, "another programme was chosen")
    return list_fen - _take(job, best)


def _refusal(job: Job, programme: Programme, list_fen: int) -> str:
    scene = job.scene
    reason = programme.when.failure(scene)
    if not reason and not programme.valid.holds(scene.day.date if scene.day else None):
        reason = "not in force on this day"
    if not reason:
        reason = job.used_up(programme.limits.uses)
    if not reason and list_fen < programme.limits.min_spend:
        reason = f"the price is below {programme.limits.min_spend} fen"
    return reason


def _offer(job: Job, programme: Programme, list_fen: int) -> Grant:
    """Work out what a programme would carry, on a job of its own, so that only the chosen one is booked."""
    trial = Job(job.bundle, job.scene, job.event, job.state, job.taken, job.barred)
    parts = _reliefs(trial, programme, list_fen) + _layers(trial, programme, list_fen)
    grant = Grant(programme, parts, trial)
    _limit(grant, list_fen)
    if programme.limits.price_must_exceed_relief and list_fen <= grant.total:
        trial.refused(programme.id, "the price does not exceed the relief")
        grant.parts, trial.grants = [], []
    return grant


def _reliefs(trial: Job, programme: Programme, list_fen: int) -> list[Part]:
    bundle, scene = trial.bundle, trial.scene
    ask = Ask(
        price_fen=list_fen,
        list_fen=list_fen,
        scene=scene,
        count=trial.count,
        product=lambda product_id: product_price(bundle, scene, product_id),
        reprice=lambda fen: fen,
    )
    for block in blocks_of(programme.reliefs, bundle.document.x_group_choice):
        decide_block(trial, block, ask, book=True)
    return [Part(share.funder, share.fen, share.rule) for share in trial.shares]


def _layers(trial: Job, programme: Programme, list_fen: int) -> list[Part]:
    """Fill what the co-payment leaves open with the layers in order; a layer that falls away stays with the holder."""
    copay = next((row for row in programme.fixed_copay if row.when.holds(trial.scene)), None)
    if copay is None:
        if programme.fixed_copay:
            trial.refused(f"{programme.id}.copay", "no band of holders fits")
        return []
    left = max(list_fen - copay.fen, 0)
    parts: list[Part] = []
    for layer in programme.layers:
        rule = f"{programme.id}.{layer.funder}"
        fen = left if layer.max is None else min(left, layer.max)
        left -= fen
        reason = layer.when.failure(trial.scene)
        if reason:
            trial.refused(rule, reason)
            continue
        trial.applied(rule, "layer", fen)
        parts.append(Part(layer.funder, fen, rule))
    return parts


def _limit(grant: Grant, list_fen: int) -> None:
    """Cut the parts to the total limit: the last funder in the bundle's order first, within one the last rule first."""
    share = grant.programme.limits.total_percent_max
    allowed = percent_of(list_fen, WHOLE if share is None else share, TO_THE_FEN_DOWN)
    over = grant.total - allowed
    rank = grant.job.bundle.funder_rank
    order = sorted(enumerate(grant.parts), key=lambda pair: (rank.get(pair[1].funder, len(rank)), pair[0]))
    for _, part in reversed(order):
        if over <= 0:
            return
        cut = min(part.fen, over)
        part.fen -= cut
        over -= cut
        grant.job.applied(f"{grant.programme.id}.total", f"{part.rule} is cut to the total limit", -cut)


def _take(job: Job, grant: Grant) -> int:
    programme, trial = grant.programme, grant.job
    job.lines += trial.lines
    for part in grant.parts:
        job.book(part.fen, part.funder, part.rule)
    total = grant.total
    if total:
        job.grants += trial.grants
        for name in programme.limits.uses:
            bucket = job.bucket_of(job.bundle.counters[name])
            job.grants.append(Effect(name, bucket, 1, programme.id))
        job.applied(programme.id, "programme", total)
    return total
