"""The auditor's own idea of the driver's keys: who may ride along on one tap, and that a key pays once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from edge.domain.debit import Verdict
from edge.domain.entry import DeclinedTap, Entry, Intent, Kind, PaidTap, Posted, Remark, Settled
from edge.simulation.audit_facts import Kept

ARMED: Final = "driver.armed"
WAITS: Final = 3
"""So many times its own time a key may wait: once, again after a tear, and for the tap that is being taken."""

Problem = tuple[str, str]


def riders_of(entry: Entry) -> int:
    """Return for how many an entry pays."""
    body = entry.body
    boarding = body.boarding if isinstance(body, Intent | PaidTap | DeclinedTap) else None
    return 1 if boarding is None else boarding.riders


def rides_along(entry: Entry) -> bool:
    """Say whether a tap is for somebody beside its holder, who has tapped already."""
    body = entry.body
    return isinstance(body, Intent | PaidTap | DeclinedTap) and body.boarding is not None and body.boarding.companion


def problems_of_boarding(entry: Entry, kept: Mapping[int, Kept]) -> Iterable[Problem]:
    """Say what is wrong with a tap that pays for more than its holder, by the journal it stands in."""
    body = entry.body
    if not isinstance(body, Intent | PaidTap) or body.boarding is None:
        return
    if not any(_arms(each.entry, entry) for each in kept.values()):
        yield "I6", f"pays for {body.boarding.riders} riders, and no key was pressed for that"
    paid = {each.entry.ref_seq or each.seq for each in kept.values() if _has_paid(each.entry)}
    for number in paid:
        before = kept.get(number)
        if before is not None and number < entry.seq and _boards_as(before.entry, body):
            yield "I5", "a driver's key paid for two taps"


def _arms(entry: Entry, tap: Entry) -> bool:
    """Say whether an entry is the key of this tap."""
    body, order = entry.body, tap.body
    if not isinstance(body, Remark) or entry.kind is not Kind.STAFF or body.subject != ARMED or entry.seq >= tap.seq:
        return False
    if not isinstance(order, Intent | PaidTap) or order.boarding is None:
        return False
    said = dict(body.pairs)
    key = "companion" if order.boarding.companion else "pay_for"
    wanted = (order.boarding.driver, key, str(order.boarding.riders))
    waited_ms = tap.time_ms - entry.time_ms
    return (said["driver"], said["key"], said["riders"]) == wanted and waited_ms <= WAITS * int(said["for_ms"])


def _has_paid(entry: Entry) -> bool:
    body = entry.body
    return isinstance(body, Posted | PaidTap) or (isinstance(body, Settled) and body.verdict is Verdict.POSTED)


def _boards_as(entry: Entry, order: Intent | PaidTap) -> bool:
    return isinstance(entry.body, Intent | PaidTap) and entry.body.boarding == order.boarding
