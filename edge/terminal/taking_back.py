"""An accepted sale or ride that is taken back: by a till's staff in their shift, by a driver on duty."""

from __future__ import annotations

from edge.domain.entry import Draft, Entry, Kind
from edge.domain.frozen import frozen
from edge.domain.meals.sheet import Sold
from edge.domain.reversal import Reversed, Way
from edge.terminal.line import TapLine
from edge.terminal.reporting import edition_of


@frozen
class Said:
    """Who takes it back, and why; ``shift`` is a till's, 0 for a driver's duty. ``way`` is for money that has moved."""

    way: Way
    staff: str
    reason: str
    shift: int = 0


async def take_back(line: TapLine, sold: Sold, acked: int, said: Said) -> Entry:
    """Write that a sale is taken back; no card is written.

    Cash goes back as cash, what no acquirer has seen is withdrawn, all else goes back as is said. ``acked`` is how far
    the centre holds the journal. Raises ``ENTRY_INVALID`` where it was taken back before.
    """
    way = Way.CASH if sold.paid_in_cash else Way.WITHDRAWN if _is_uncollected(sold, acked) else said.way
    body = Reversed(
        way=way.value,
        reason=said.reason,
        staff=said.staff,
        shift=said.shift,
        family=sold.family,
        scheme=sold.scheme,
        token=sold.token,
        operator=sold.operator,
        charge=sold.charge,
        pricing=sold.pricing,
    )
    clock, edition = line.clock, edition_of(line.reference)
    draft = Draft(Kind.REVERSED, clock.wall_ms(), clock.quality(), edition, sold.tap_id, sold.place[1], body)
    return await line.journal.append(draft)


def _is_uncollected(sold: Sold, acked: int) -> bool:
    """Say whether nobody can have collected a sale yet: nothing was debited, and the centre has not acked it."""
    debited = sold.paid_seq != sold.place[1]
    return not debited and sold.paid_seq > acked
