"""Torn debits: what the returned card proves, and the free second passage inside the window.

Never by balance, never by the counter alone (see :func:`edge.domain.debit.judge`). A debit that no evidence decides
stays torn, in suspense, until the issuer's file; so does one whose MAC2 the PSAM refused, for no word of that card
proves anything.
"""

from __future__ import annotations

from dataclasses import replace

from edge.domain.debit import Evidence, OpenDebit, TornReason, Verdict, judge
from edge.domain.entry import DISPROVED, Draft, Kind, Remark, Settled
from edge.domain.medium import PurseSnapshot
from edge.domain.tap import Tap
from edge.ports import CardSession, HolderRow, Journal
from edge.terminal import outcome
from edge.terminal.drafts import draft, original
from edge.terminal.line import TapLine
from edge.terminal.outcome import Outcome


async def settle_torn(line: TapLine, tap: Tap, card: CardSession) -> Outcome | None:
    """Settle what is open for this medium, oldest first.

    Returns the green outcome where a proven debit gives free passage, None where the tap goes on as a new one.
    """
    if not tap.token:
        return None
    passage: Outcome | None = None
    for journal in (*line.older, line.journal):
        for debit in await journal.torn_of(tap.token):
            if debit.reason != TornReason.MAC2_REFUSED:
                passage = await _settle(line, journal, tap, card, debit) or passage
    return passage


async def _settle(line: TapLine, journal: Journal, tap: Tap, card: CardSession, debit: OpenDebit) -> Outcome | None:
    """Settle one debit in its own journal; returns the green outcome where it gives free passage.

    What a proven debit of an earlier epoch counts is taken into the journal in force first: a cut between the two
    leaves the debit torn, and settling it again adds nothing twice.
    """
    evidence = await card.evidence(debit)
    if evidence.mac2_refused:
        await journal.append(_disproved(line, tap, debit))
        return None
    verdict, rule = judge(debit.prepared, evidence)
    if verdict is Verdict.UNDECIDED:
        return None
    free = verdict is Verdict.POSTED and _inside_window(line, tap, debit)
    entry = _settled(line, tap, debit, (verdict, rule), evidence, free=free)
    row = _passed(tap, debit) if free else None
    if verdict is Verdict.POSTED and journal is not line.journal:
        await line.journal.adopt(debit, row)
    await journal.append(entry, holder=row)
    if not free:
        return None
    balance = tap.medium.balance_fen if isinstance(tap.medium, PurseSnapshot) else -1
    paid = replace(original(tap, debit), sale=debit.sale)
    return outcome.accepted(paid, debit.prepared.amount_fen, balance, "accepted_before", debit.pricing)


def _settled(
    line: TapLine, tap: Tap, debit: OpenDebit, judged: tuple[Verdict, str], evidence: Evidence, *, free: bool
) -> Draft:
    verdict, rule = judged
    body = Settled(
        verdict=verdict,
        rule=rule,
        tac=evidence.tac or b"",
        mac2=evidence.mac2 or b"",
        mac2_unchecked=not evidence.mac2_checked,
        free_passage=free,
    )
    return _about(line, tap, debit, Kind.SETTLED, body)


def _disproved(line: TapLine, tap: Tap, debit: OpenDebit) -> Draft:
    """Return the note that makes a torn debit a torn(mac2): from here on its card is refused."""
    return _about(line, tap, debit, Kind.NOTE, Remark(DISPROVED))


def _about(line: TapLine, tap: Tap, debit: OpenDebit, kind: Kind, body: Settled | Remark) -> Draft:
    edition = line.reference.policy().edition
    return draft(original(tap, debit), edition, kind, body, debit.intent_seq)


def _passed(tap: Tap, debit: OpenDebit) -> HolderRow:
    """Return what the journal remembers of a medium that passed on the strength of its earlier debit."""
    prepared, pricing = debit.prepared, debit.pricing
    counter = prepared.counter + 1
    return HolderRow(tap.token, tap.time_ms, prepared.amount_fen, counter, pricing.below_normal, pricing.chain)


def _inside_window(line: TapLine, tap: Tap, debit: OpenDebit) -> bool:
    """Say whether the second tap is still the first one; a clock that fell back decides for the passenger."""
    return tap.time_ms - debit.intent_time_ms < line.rules.torn_window_s * 1000
