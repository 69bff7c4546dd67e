"""What the pages are pushed when paper comes out: staff see the printer, and the diner's screen does not jump back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from edge.control.messages import Message
from edge.terminal.control import ControlServer
from edge.terminal.events import Broadcast
from edge.till.diner import diner_view
from edge.till.feed import Feed

READY: Final = {"state": "ready", "waiting": 0, "missed": 0}
WAITING: Final = {"state": "no_paper", "waiting": 1, "missed": 0}
OUTCOME: Final[Message] = {
    "accepted": True,
    "prompt": "accepted",
    "payer_fen": 800,
    "left": None,
    "sale": None,
    "parts": [{"name": "meal", "list_fen": 1200, "payer_fen": 800, "funders": {"district": 400}}],
}


class Terminal:
    """A terminal that answers one state, and whose events are published by the test."""

    def __init__(self) -> None:
        self.broadcast = Broadcast({})
        self.state: Message = {"outcome": None, "offer": None, "printer": READY}

    async def tell(self, _message: Message) -> Message:
        return self.state

    def say(self, event: str, **fields: object) -> None:
        self.state = {**self.state, **fields}
        self.broadcast.publish(event, **fields)


@asynccontextmanager
async def followed(folder: Path) -> AsyncIterator[tuple[Terminal, Feed]]:
    terminal = Terminal()
    server = ControlServer(folder, {"till.state": terminal.tell}, terminal.broadcast)
    await server.start()
    feed = Feed(folder / "till.sock", "boot")
    following = asyncio.create_task(feed.run())
    try:
        await pictured(feed, lambda state: "printer" in state)
        yield terminal, feed
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await server.close()


async def pictured(feed: Feed, holds: Any) -> Message:  # noqa: ANN401 - a test of a state
    """Return the first picture from now on of which something holds."""
    async with asyncio.timeout(10):
        async for _, state in feed.after(""):
            if holds(state):
                return state
    raise AssertionError


async def test_a_printer_that_runs_out_of_paper_is_shown_at_once(tmp_path: Path) -> None:
    async with followed(tmp_path) as (terminal, feed):
        terminal.say("till.printer", printer=WAITING)
        assert (await pictured(feed, lambda state: state.get("printer") == WAITING))["printer"] == WAITING


async def test_paper_that_comes_out_after_the_card_has_left_does_not_bring_the_sum_back(tmp_path: Path) -> None:
    async with followed(tmp_path) as (terminal, feed):
        terminal.say("till.outcome", outcome=OUTCOME)
        terminal.say("card_left")
        await pictured(feed, lambda state: state.get("card_left"))
        terminal.say("till.printer", printer=WAITING)
        state = await pictured(feed, lambda state: state.get("printer") == WAITING)
        assert diner_view(state)["gone"] is True


async def test_the_diner_is_told_nothing_of_the_printer(tmp_path: Path) -> None:
    async with followed(tmp_path) as (terminal, feed):
        before = diner_view(await pictured(feed, lambda state: state.get("printer") == READY))
        terminal.say("till.printer", printer=WAITING)
        assert diner_view(await pictured(feed, lambda state: state.get("printer") == WAITING)) == before
