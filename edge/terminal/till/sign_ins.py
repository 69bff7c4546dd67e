"""Wrong PINs of staff, read out of the journal: a restart of whichever process opens no door."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from edge.domain.entry import Kind, Remark
from edge.domain.frozen import frozen
from edge.domain.staff import SIGN_IN_LOCK_MS, SIGN_IN_TRIES
from edge.ports import Clock, JournalKeeper
from edge.terminal.till.hand_trail import last_before
from sync.wire import decode_entry

REFUSED: Final = "staff.refused"
SIGNED_IN: Final = "staff.login"


@frozen
class SignIns:
    """Looks back as far as tries can matter, each time somebody signs in; ``journals`` are oldest epoch first."""

    journals: Callable[[], Sequence[JournalKeeper]]
    clock: Clock

    async def wait_ms(self, staff: str) -> int:
        """Return how long nobody is let in under an id; 0 where it is not locked."""
        times_ms = await self._refused_ms(staff)
        if len(times_ms) < SIGN_IN_TRIES:
            return 0
        ago_ms = max(self.clock.wall_ms() - times_ms[-1], 0)
        return max(SIGN_IN_LOCK_MS - ago_ms, 0)

    async def _refused_ms(self, staff: str) -> list[int]:
        """Return when wrong PINs came, in a row: none after a right one, or after a pause as long as the lock."""
        journal = self.journals()[-1]
        since_ms = self.clock.wall_ms() - SIGN_IN_TRIES * SIGN_IN_LOCK_MS
        last = journal.position().last
        found = await journal.page(await last_before(journal, since_ms) + 1, last + 1, Kind.STAFF)
        times_ms: list[int] = []
        for entry in map(decode_entry, found):
            body = entry.body
            if not isinstance(body, Remark) or ("staff", staff) not in body.pairs:
                continue
            if body.subject == SIGNED_IN or (times_ms and entry.time_ms - times_ms[-1] >= SIGN_IN_LOCK_MS):
                times_ms.clear()
            if body.subject == REFUSED:
                times_ms.append(entry.time_ms)
        return times_ms
