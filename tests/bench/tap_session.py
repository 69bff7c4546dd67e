"""The real terminal line, opened as ``onecard run`` opens it, taking one tap when it is told to."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from edge.ports import Reader, Trouble
from edge.terminal.line import TapLine
from edge.terminal.outcome import Outcome
from edge.terminal.service import TerminalService
from edge.terminal.tap_loop import take_tap
from edge.wiring_reader import terminal_reader
from edge.wiring_terminal import open_terminal, this_machine
from sync.enrolment_files import load_enrolment
from tests.bench.terminal_folder import TerminalFolder
from tests.bench.wire_script import Exchange, Recording

DURABLE_WRITES = 2
"""Of a purse tap: the intent and its result."""


@dataclass(frozen=True, slots=True)
class TapSession:
    """An open terminal with a card in its field; the card stays and is activated anew for each tap."""

    service: TerminalService
    recording: Recording

    @property
    def line(self) -> TapLine:
        """Return the tap line."""
        return self.service.supervisor.line

    @property
    def reader(self) -> Reader:
        """Return the reader with its SAM."""
        return self.service.supervisor.reader

    async def tap(self) -> None:
        """Look for the card, read it, decide, debit, both entries durable: up to the green signal."""
        card = await self.reader.next_card()
        if isinstance(card, Trouble):
            raise TypeError("two cards in the field")
        outcome = await take_tap(self.line, card, self.line.tap(await card.snapshot()), _never)
        if not outcome.accepted:
            raise RuntimeError(f"a tap was not accepted: {outcome.signal.prompt}")

    async def upkeep(self) -> None:
        """Do the idle work that is due: here, checkpoints."""
        await self.service.journal.upkeep(self.line.clock.wall_ms())

    async def recorded(self) -> list[Exchange]:
        """Take one tap and return what it said on its lines."""
        self.recording.exchanges.clear()
        self.recording.running = True
        await self.tap()
        self.recording.running = False
        return list(self.recording.exchanges)


@asynccontextmanager
async def tap_session(folder: TerminalFolder) -> AsyncIterator[TapSession]:
    """Open a terminal whose devices are plugged in."""
    config = folder.config()
    recording = Recording(acknowledging=str(config.reader.path))
    outside = replace(this_machine(), reader=partial(terminal_reader, link=recording.link))
    enrolment = load_enrolment(config.paths.state, config.paths.credentials)
    async with AsyncExitStack() as stack:
        service = await open_terminal(config, enrolment, outside, stack)
        await service.supervisor.reader.open()
        gc.freeze()  # as `onecard run` does once it serves
        yield TapSession(service, recording)


def _never(_token: bytes) -> Outcome | None:
    """Repeat no answer: the same card is a new tap each time."""
    return None
