"""Is this journal the only one of its epoch? The PSAM's terminal sequence says so at the first tap after a start.

A copied disk carries its grant along, so the files cannot prove continuity; the PSAM can, for its sequence only rises.
"""

from __future__ import annotations

from edge.domain.debit import DebitOrder, Prepared
from edge.domain.errors import CardError, ReaderError, SamError
from edge.ports import CardSession, PsamTrail
from edge.terminal.line import TapLine


async def prepare(line: TapLine, card: CardSession, order: DebitOrder) -> Prepared:
    """Prepare the debit and, the first time after a start, hold the PSAM's sequence against the journal's."""
    if not line.service.start_counted:
        await _count_start(line)
    try:
        prepared = await card.prepare(order)
    except (CardError, SamError, ReaderError):
        await line.journal.abandon_prepare()
        raise
    if line.service.continuity == "unproven":
        trail = await line.journal.psam_trail()
        line.service.continuity = "proven" if continues(trail, prepared) else "lost"
    return prepared


async def prepare_again(line: TapLine, card: CardSession, order: DebitOrder) -> Prepared:
    """Prepare another amount: the balance that INITIALIZE gave leaves no room for a debt that the snapshot's had."""
    await line.journal.abandon_prepare()
    return await prepare(line, card, order)


async def _count_start(line: TapLine) -> None:
    """Count this start, durably, before its first MAC1: the cut before it may have come between a MAC1 and its intent.

    Counted in the journal, so that a supply that fails in tap after tap does not look like a copied disk; and only now,
    so that starts without a tap do not make room for the taps of another disk. It costs the first tap a flush.
    """
    await line.journal.abandon_prepare()
    await line.journal.psam_trail()  # behind the count, in order: the count is durable
    line.service.start_counted = True


def continues(trail: PsamTrail, prepared: Prepared) -> bool:
    """Say whether the PSAM's number and sequence follow what the journal last saw.

    The sequence must have risen, by no more than the MAC1 commands that the journal knows of or that cuts explain.
    """
    if not trail.number:
        return True
    risen = prepared.psam_sequence - trail.sequence
    return prepared.psam_number == trail.number and 1 <= risen <= 1 + trail.abandoned
