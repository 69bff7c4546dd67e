"""Who may act: by the roster of the edition where the terminal has one, by this till's own file otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from edge.control.messages import Message
from edge.domain.frozen import frozen
from edge.till.sessions import IDLE_MS
from edge.till.staff_file import StaffRow

Ask = Callable[..., Awaitable[Message]]
"""Asks the terminal by verb and members."""

OWN_FILE: Final = "file"
MINUTE_MS: Final = 60_000


@frozen
class Standing:
    """Somebody's row, None where nobody may act under that id, and where it was looked up: ``edition`` or ``file``.

    A session without an act for ``idle_ms`` is over. For ``wait_ms`` nobody is let in under that id.
    """

    row: StaffRow | None
    source: str
    idle_ms: int = IDLE_MS
    wait_ms: int = 0


@frozen
class Roster:
    """Looks people up, anew each time: a roster may change between two requests. ``own`` reads the file."""

    ask: Ask
    own: Callable[[], Mapping[str, StaffRow]]

    async def standing(self, staff: str, *, signing_in: bool = False) -> Standing:
        """Return how somebody stands now; raises ``CONTROL_ABSENT`` where no terminal can say."""
        answer = await self.ask("till.staff", staff=staff, signing_in=signing_in)
        wait_ms = int(answer.get("wait_ms", 0))
        idle_ms = int(answer["session_min"]) * MINUTE_MS if "session_min" in answer else IDLE_MS
        if answer["source"] == OWN_FILE:
            return Standing(self.own().get(staff), OWN_FILE, idle_ms, wait_ms)
        row = answer["row"]
        return Standing(None if row is None else StaffRow(**row), str(answer["source"]), idle_ms, wait_ms)
