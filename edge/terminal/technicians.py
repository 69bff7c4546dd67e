"""Who acts on this terminal: every act of a technician is noted, and takes a pass once there is a roster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from edge.control.messages import Message
from edge.domain.entry import Remark
from edge.domain.errors import OneCardError
from edge.domain.frozen import frozen
from edge.domain.staff import TechnicianRoster
from edge.domain.work_pass import TECHNICIAN_SUBJECT, Work
from edge.ports import Clock
from edge.terminal.control import Verb
from edge.terminal.line import TapLine
from edge.terminal.remarks import noting
from edge.terminal.timekeeping import trusted_ms
from sync.work_pass import Watch, admit

UNNAMED: Final = ""


@frozen
class Technicians:
    """Stands before the verbs by which people change something. ``report`` hears of a note that found no room."""

    line: TapLine
    report: Callable[[OneCardError], None]

    def acting(self, action: str, verb: Verb) -> Verb:
        """Return the verb with its note before it: what was done is in the journal, also where it failed.

        The message's ``pass`` is asked for where the edition in force has a roster of technicians; the verb raises
        ``PASS_REFUSED`` without a good one.
        """

        async def act(message: Message) -> Message:
            technician = self.named(message.get("pass"))
            await self._note(action, technician)
            return await verb(message)

        return act

    def named(self, shown: object) -> str:
        """Return who shows a pass for service here; nobody has a name where there is no roster."""
        roster = self.line.reference.value(TechnicianRoster)
        if roster is None:
            return UNNAMED
        text = shown if isinstance(shown, str) else ""
        return admit(text, watch_of(self.line.terminal, roster, self.line.clock), Work.SERVICE).technician

    async def _note(self, action: str, technician: str) -> None:
        """Note an act; a disk without room for the note keeps nobody from putting things right."""
        remark = Remark(TECHNICIAN_SUBJECT, (("action", action), ("technician", technician)))
        await noting(self.line, self.report)(remark)


def watch_of(terminal: str, roster: TechnicianRoster, clock: Clock) -> Watch:
    """Return what a pass is held against by this clock."""
    return Watch(terminal, roster, clock.known_ms(), trusted_ms(clock))
