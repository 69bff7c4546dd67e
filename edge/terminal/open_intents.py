"""What a cut left behind: orders to debit whose result nobody wrote."""

from __future__ import annotations

from edge.domain.debit import TornReason
from edge.domain.entry import Draft, Kind, Torn
from edge.ports import Clock, Journal


async def close_open_intents(clock: Clock, journal: Journal) -> int:
    """Turn every intent without a result into a torn entry. Returns how many."""
    left_behind = await journal.open_intents()
    for debit in left_behind:
        entry = Draft(
            kind=Kind.TORN,
            time_ms=clock.wall_ms(),
            quality=clock.quality(),
            edition=debit.edition,
            tap_id=debit.tap_id,
            ref_seq=debit.intent_seq,
            body=Torn(TornReason.RESTART.value),
        )
        await journal.append(entry)
    return len(left_behind)
