"""Transfers: whether a leg follows another inside a window, and what becomes of the chain.

Windows are counted in whole seconds of absolute time, so that midnight means nothing; each end is written in the rule.
"""

from __future__ import annotations

from enum import Enum

from edge.domain.frozen import frozen
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import DAY_S
from edge.domain.tariff.rule_models import TransferRule
from edge.domain.tariff.scene import Scene
from edge.domain.tariff.scenes import arrival_s, departure_s
from edge.domain.tariff.state import Chain, TapEvent


class Course(Enum):
    """What becomes of the chain."""

    NEW = "a new chain begins"
    CONTINUED = "the chain goes on"
    KEPT = "the chain stays as it was"


@frozen
class Verdict:
    """The transfer rule that applies (None: none), the chain before, and what becomes of it.

    ``refusals`` are (rule, reason) of the rules that did not apply.
    """

    course: Course
    chain: Chain | None = None
    rule: TransferRule | None = None
    reason: str = ""
    refusals: tuple[tuple[str, str], ...] = ()

    @property
    def stage(self) -> str:
        """Stage at which the rule applies, empty without one."""
        return f"transfer_{self.rule.x_apply}" if self.rule else ""


FIRST_LEG = Verdict(Course.NEW)


def judge(bundle: Bundle, scene: Scene, event: TapEvent, chain: Chain | None) -> Verdict:
    """Find the transfer rule for a leg after ``chain``."""
    if chain is None:
        return FIRST_LEG
    refusals: list[tuple[str, str]] = []
    courses: list[Course] = []
    for rule in bundle.transfers.get((chain.leg_group, scene.leg_group), ()):
        course, reason = _refuse(rule, scene, event, chain, bundle.document.bundle.utc_offset_min)
        if not reason:
            return Verdict(Course.CONTINUED, chain, rule, "inside the transfer window", tuple(refusals))
        refusals.append((rule.x_id, reason))
        courses.append(course)
    for course in (Course.CONTINUED, Course.KEPT):
        if course in courses:
            return Verdict(course, chain, refusals=tuple(refusals))
    return Verdict(Course.NEW, refusals=tuple(refusals))


def _refuse(rule: TransferRule, scene: Scene, event: TapEvent, chain: Chain, offset_min: int) -> tuple[Course, str]:
    """Return what becomes of the chain and why the rule does not apply; no reason where it does."""
    window = rule.x_window
    if rule.x_media and scene.medium not in rule.x_media:
        return Course.NEW, "the medium has no transfer"
    if rule.x_outside is not None and rule.x_outside.holds(scene):
        return Course.KEPT, "the leg stands outside the window"
    gap = gap_s(rule, scene, event, chain, offset_min)
    if gap is not None and (gap > rule.duration_limit or (gap == rule.duration_limit and window.end == "exclusive")):
        return Course.NEW, f"{gap} s is past the window"
    if window.same_vehicle == "deny" and _same(scene.facts.flag("same_vehicle"), event.vehicle, chain.vehicle):
        return Course.KEPT, "the vehicle is the same"
    if window.same_terminal == "deny" and _same(scene.facts.flag("same_terminal"), event.terminal, chain.terminal):
        return Course.KEPT, "the terminal is the same"
    if gap is not None and gap < window.min_gap:
        return (Course.NEW if window.too_soon == "restart" else Course.KEPT), f"{gap} s is too soon"
    if 0 <= rule.transfer_count <= chain.transfers_used:
        return Course.NEW, "the chain has used its transfers"
    return Course.CONTINUED, rule.x_when.failure(scene)


def _same(told: bool, now: str, before: str) -> bool:  # noqa: FBT001 - a fact
    return told or (bool(now) and now == before)


def gap_s(rule: TransferRule, scene: Scene, event: TapEvent, chain: Chain, offset_min: int) -> int | None:
    """Return the whole seconds that the rule's window counts; None where they are not known: then it counts as inside.

    A gap that is told wins. Two times of day without a date that seem to run backwards lie on either side of midnight.
    """
    told = scene.facts.number("gap_s")
    if told is not None:
        return told
    from_arrival = rule.duration_limit_type in (2, 3)
    start_ms = chain.end_ms if from_arrival else chain.start_ms
    if rule.x_window.anchor == "first_charge":
        start_ms = chain.first_charge_ms
    to_arrival = rule.duration_limit_type in (0, 3)
    end_s = (arrival_s if to_arrival else departure_s)(scene.facts, event, offset_min)
    if start_ms is None or end_s is None:
        return None
    gap = end_s - start_ms // 1000
    return gap + DAY_S if gap < 0 and event.time_ms is None else max(gap, 0)


def chain_after(
    verdict: Verdict, scene: Scene, event: TapEvent, payer_fen: int, list_fen: int, offset_min: int
) -> Chain | None:
    """Return the chain after a priced leg."""
    before = verdict.chain
    if verdict.course is Course.KEPT:
        return before
    start = departure_s(scene.facts, event, offset_min)
    end = arrival_s(scene.facts, event, offset_min)
    charged_ms = None if end is None else end * 1000
    continued = verdict.course is Course.CONTINUED and before is not None
    return Chain(
        leg_group=scene.leg_group,
        first_charge_ms=before.first_charge_ms if continued and before else charged_ms,
        start_ms=None if start is None else start * 1000,
        end_ms=charged_ms,
        vehicle=event.vehicle,
        terminal=event.terminal,
        transfers_used=before.transfers_used + (verdict.rule is not None) if continued and before else 0,
        boardings=before.boardings + 1 if continued and before else 1,
        paid_fen=(before.paid_fen if continued and before else 0) + payer_fen,
        dearest_fen=max(before.dearest_fen if continued and before else 0, list_fen),
    )
