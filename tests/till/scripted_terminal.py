"""A terminal that only tells what it is told to tell: for pictures of states that a real one reaches on a bad day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from edge.control.messages import Message
from edge.domain.errors import RemoteProtocolError
from edge.domain.meals.refusal import StaffRefused, Why
from edge.terminal.control import ControlServer, Verb
from edge.terminal.events import Broadcast
from edge.till.staff_file import FILE_NAME, Role, new_row, save_staff
from edge.wiring_till import TillOptions, served
from tests.till.pictured_states import IDLE, REPLACED, REPORT, SALES

LEAD: Final = "s1"
PIN: Final = "135790"


class ScriptedTerminal:
    """Answers the till's verbs from ``state``; :meth:`tell` puts another state in its place and says so."""

    def __init__(self, folder: Path) -> None:
        self.state: Message = dict(IDLE)
        self.broadcast = Broadcast({})
        self.server = ControlServer(folder, self._verbs(), self.broadcast)

    def tell(self, state: Mapping[str, Any]) -> None:
        """Put a state in the place of the one before."""
        self.state = dict(state)
        told = {name: self.state[name] for name in ("offer", "outcome") if name in self.state}
        self.broadcast.publish("till.changed", **told)

    def _verbs(self) -> Mapping[str, Verb]:
        async def state(_message: Message) -> Message:
            return self.state

        async def sales(_message: Message) -> Message:
            return {"sales": SALES, "more": False}

        async def report(message: Message) -> Message:
            return {"report": {**REPORT, **REPLACED} if message.get("number") else REPORT}

        async def by_file(_message: Message) -> Message:
            return {"source": "file", "row": None}

        async def nothing(_message: Message) -> Message:
            return {}

        async def refused(_message: Message) -> Message:
            raise RemoteProtocolError("CODE_REFUSED", "code or PIN is wrong")

        async def late(_message: Message) -> Message:
            raise StaffRefused(Why.VOID_LATE, "more than 10 min ago: a lead takes it back")

        return {
            "till.by_hand": refused,
            "till.void": late,
            "till.state": state,
            "till.sales": sales,
            "till.report": report,
            "till.note": nothing,
            "till.texts": nothing,
            "till.staff": by_file,
        }


@asynccontextmanager
async def scripted_till(folder: Path) -> AsyncIterator[tuple[ScriptedTerminal, str]]:
    """Serve the real pages over a scripted terminal; gives both it and their address."""
    terminal = ScriptedTerminal(folder / "sockets")
    save_staff(folder / FILE_NAME, {LEAD: new_row(PIN, Role.LEAD, bytes(16))})
    await terminal.server.start()
    try:
        async with served(TillOptions(folder / "sockets" / "till.sock", folder / FILE_NAME)) as address:
            yield terminal, address
    finally:
        await terminal.server.close()
        await asyncio.sleep(0)
