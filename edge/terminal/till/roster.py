"""Who may act at this till: told to the till's process one by one, by the roster in force."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from edge.control.messages import Message
from edge.domain.frozen import frozen
from edge.domain.staff import StaffMember, StaffRoster
from edge.ports import Clock, Values
from edge.terminal.control import Verb
from edge.terminal.till.asked import staff_of
from edge.terminal.timekeeping import trusted_ms

EDITION = "edition"
FILE = "file"


async def nobody_waits(_staff: str) -> int:
    """Lock nobody out."""
    return 0


@frozen
class RosterVerbs:
    """Looks staff up in the edition in force. A doubtful clock shuts nobody out.

    ``session_min`` gives how many minutes without an act a session of staff lasts, ``wait_ms`` how long an id
    is locked.
    """

    values: Values
    clock: Clock
    session_min: Callable[[], int]
    wait_ms: Callable[[str], Awaitable[int]] = nobody_waits

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {"till.staff": self.staff}

    async def staff(self, message: Message) -> Message:
        """Return ``source`` and, where that is the edition, the ``row`` of somebody who may act now, null else.

        ``source`` is ``file`` where the edition brings no roster: the till's own file says who may act. ``session_min``
        is how long, in minutes, a session lasts without an act. Who is ``signing_in`` is also told ``wait_ms``: so long
        nobody is let in under this id.
        """
        staff = staff_of(message)
        waits = {"wait_ms": await self.wait_ms(staff)} if message.get("signing_in") is True else {}
        roster = self.values.value(StaffRoster)
        if roster is None:
            return {"source": FILE, "row": None, "session_min": self.session_min(), **waits}
        row = _row(roster.member(staff, trusted_ms(self.clock)))
        return {"source": EDITION, "row": row, "session_min": self.session_min(), **waits}


def _row(member: StaffMember | None) -> Message | None:
    """Return a row as the till's own file has it."""
    if member is None:
        return None
    return {"role": member.role.value, "salt": member.salt.hex(), "hash": member.hash.hex()}
