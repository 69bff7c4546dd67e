"""What is risked and by which time, as people are told: the answers to the verbs ``limits`` and ``clock``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from edge.control.messages import Message
from edge.domain.errors import PolicyError
from edge.domain.family import Family
from edge.domain.frozen import frozen
from edge.domain.holder import ListAge
from edge.domain.limits import CEILING_NAMES, NORMAL, Ceilings, Limits, Tier
from edge.domain.risk import InForce, in_force, why_in
from edge.ports import ClockReading, JournalKeeper, Reference, TimeMarks
from edge.terminal.control import Verb
from edge.terminal.timekeeping import ages_of

FAMILIES: Final = tuple(family.value for family in Family if family is not Family.UNKNOWN)


@frozen
class Moment:
    """By which time lists age: what has surely passed, how far the clock may be off, when they were confirmed."""

    known_ms: int
    error_s: int
    confirmed_ms: int


@frozen
class Used:
    """What of the ceilings is used: unsent fen and counts of all journals, with open and torn debits."""

    unsent_fen: int
    unsent_count: int
    pending_count: int
    first_use_count: int
    families: Mapping[str, tuple[int, int]]


@frozen
class RiskVerbs:
    """The verbs of ``onecard limits`` and ``onecard clock``; ``cautious`` says whether continuity is in doubt."""

    reference: Reference
    journals: Callable[[], Sequence[JournalKeeper]]
    reading: Callable[[], ClockReading]
    confirmed_ms: Callable[[], int]
    cautious: Callable[[], bool]

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"limits": self.limits, "clock": self.clock}

    async def limits(self, _message: Message) -> Message:
        """Return what is in force and what is used of it."""
        reading = self.reading()
        moment = Moment(reading.high_water_ms, reading.error_s, self.confirmed_ms())
        return limits_message(self.reference, await used_in(self.journals()), moment, cautious=self.cautious())

    async def clock(self, _message: Message) -> Message:
        """Return what the clock knows of itself, and what the journal keeps of signed time."""
        return clock_message(self.reading(), self.journals()[-1].position().time)


async def used_in(journals: Iterable[JournalKeeper]) -> Used:
    """Sum up what all journals have at risk."""
    fen = count = pending = first = 0
    families = dict.fromkeys(FAMILIES, (0, 0))
    for journal in journals:
        place = journal.position()
        fen, count, first = fen + place.unsent_fen, count + place.unsent_count, first + place.unsent_first
        for name, (family_fen, family_count) in place.unsent_by_family.items():
            before = families.get(name, (0, 0))
            families[name] = (before[0] + family_fen, before[1] + family_count)
        for debit in await journal.unsettled():
            purse_fen, purse_count = families[Family.PURSE]
            families[Family.PURSE] = (purse_fen + debit.charge_fen, purse_count + 1)
            fen, pending = fen + debit.charge_fen, pending + 1
    return Used(fen, count, pending, first, families)


def limits_message(reference: Reference, used: Used, moment: Moment, *, cautious: bool) -> Message:
    """Return the ceilings in force with what is used of them, the tier and why, and each tier's thresholds."""
    try:
        policy = reference.policy()
    except PolicyError as error:
        return {"edition": 0, "lacks": error.code}
    limits = policy.limits
    ages = ages_of(reference.artifacts(), moment.confirmed_ms, moment.known_ms)
    holds = in_force(limits, ages, moment.error_s)
    return {
        "edition": policy.edition,
        "tier": holds.tier,
        "why": holds.why,
        "media": holds.media.value,
        "debt": limits.debt.value,
        "clock_error_s": moment.error_s,
        "terminal": _terminal(limits, used, holds, cautious=cautious),
        "families": [_family(name, used.families[name], limits) for name in FAMILIES],
        "tap_and_card": {**_named(holds.terminal), "velocity_window_s": limits.velocity_window_s},
        "tiers": [_tier(each, ages, moment.error_s) for each in limits.tiers],
        "lists": [asdict(each) for each in ages],
    }


def tier_of(reference: Reference, moment: Moment) -> tuple[str, str]:
    """Return the tier and why it holds; the normal one where nothing is in force."""
    try:
        limits = reference.policy().limits
    except PolicyError:
        return NORMAL, ""
    ages = ages_of(reference.artifacts(), moment.confirmed_ms, moment.known_ms)
    holds = in_force(limits, ages, moment.error_s)
    return holds.tier, holds.why


def _terminal(limits: Limits, used: Used, holds: InForce, *, cautious: bool) -> list[Message]:
    counts = [limits.cautious_unsent_count_max if cautious else limits.unsent_count_max]
    sums = [limits.unsent_fen_max]
    counts += [each for each in (holds.terminal.unsent_count_max,) if each is not None]
    sums += [each for each in (holds.terminal.unsent_fen_max,) if each is not None]
    first = holds.terminal.first_use_unsent_count_max
    return [
        {"name": "unsent_count", "used": used.unsent_count + used.pending_count, "max": min(counts)},
        {"name": "unsent_fen", "used": used.unsent_fen, "max": min(sums)},
        {"name": "first_use_unsent_count", "used": used.first_use_count, "max": first},
    ]


def _family(name: str, unsent: tuple[int, int], limits: Limits) -> Message:
    fen, count = unsent
    return {"family": name, "unsent_fen": fen, "unsent_count": count, "ceilings": _named(limits.of_family(name))}


def _tier(tier: Tier, ages: tuple[ListAge, ...], error_s: int) -> Message:
    return {
        "name": tier.name,
        "media": tier.media.value,
        "holds": why_in(tier, ages, error_s),
        "ages_s": {threshold.kind: threshold.age_s for threshold in tier.ages},
        "clock_error_s": tier.clock_error_s,
        "clock_unknown": tier.clock_unknown,
        "ceilings": _named(tier.ceilings),
    }


def _named(ceilings: Ceilings) -> dict[str, int]:
    """Return the ceilings that are set."""
    found = {name: getattr(ceilings, name) for name in CEILING_NAMES}
    return {name: ceiling for name, ceiling in found.items() if ceiling is not None}


def clock_message(reading: ClockReading, kept: TimeMarks) -> Message:
    """Return what the clock knows, and what outlives a restart of it."""
    return {
        **asdict(reading),
        "kept_high_water_ms": kept.high_water_ms,
        "kept_signed_ms": kept.signed_ms,
        "confirmed_ms": kept.confirmed_ms,
    }
