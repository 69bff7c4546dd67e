"""``python -m tests.till.passenger_screens FOLDER``: the passenger's page in every state, size and language."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, expect

from edge.control.messages import Message
from edge.terminal.control import ControlServer
from edge.terminal.events import Broadcast
from edge.till.passenger import passenger_view
from edge.wiring_till import TillOptions, served
from tests.till.photographs import Size
from tests.till.screens import photographed

SIZES: Final[Mapping[str, Size]] = {"800x480": (800, 480), "1280x800": (1280, 800)}
RIDING: Final[Message] = {
    "line": "318",
    "direction": "市政府",
    "station": "火车站",
    "stop": "",
    "armed": None,
    "shown": None,
    "now_ms": 1_764_043_200_000,
}
PAID: Final[Message] = {
    "accepted": True,
    "lamp": "green",
    "prompt": "accepted",
    "fen": 200,
    "balance_fen": 4_400,
    "time_ms": 1_764_043_200_000,
}


def answered(**changes: Any) -> Message:  # noqa: ANN401 - members of the last answer
    """Return a bus on which a tap was answered."""
    return {**RIDING, "shown": {**PAID, **changes}}


def refused(prompt: str, balance_fen: int = -1) -> Message:
    """Return a bus on which nothing was charged."""
    return answered(accepted=False, lamp="red", prompt=prompt, fen=-1, balance_fen=balance_fen)


STATES: Final[Mapping[str, Message]] = {
    "idle": RIDING,
    "idle_before_sign_on": {**RIDING, "line": "", "direction": "", "station": ""},
    "idle_with_long_names": {
        **RIDING,
        "line": "隧道6",
        "direction": "薛家岛枢纽站",
        "station": "奥帆中心旅游集散地",
    },
    "pays_for_three": {**RIDING, "armed": {"riders": 3, "companion": False, "left_ms": 9_000}},
    "companion_next": {**RIDING, "armed": {"riders": 1, "companion": True, "left_ms": 9_000}},
    "paid": answered(),
    "paid_nothing": answered(fen=0, balance_fen=0),
    "paid_by_bank_card": answered(balance_fen=-1),
    "paid_for_nine": answered(fen=123_450, balance_fen=98_765_43),
    "paid_low_balance": answered(prompt="low_balance", balance_fen=90),
    "paid_before": answered(prompt="accepted_before"),
    "paid_debt": answered(prompt="debt_recovered", fen=500),
    "balance_too_low": refused("balance_too_low", 90),
    "already_tapped": refused("passback"),
    "refused_at_length": refused("foreign_currency"),
    "present_same_card": answered(accepted=False, lamp="amber", prompt="present_same_card", fen=-1, balance_fen=-1),
    "one_card_only": answered(accepted=False, lamp="amber", prompt="one_card_only", fen=-1, balance_fen=-1),
    "driver_signed_on": answered(accepted=False, lamp="amber", prompt="driver_signed_on", fen=-1, balance_fen=-1),
    "card_read_for_a_technician": answered(accepted=False, lamp="amber", prompt="read_only", fen=-1, balance_fen=-1),
    "tap_taken_back": answered(accepted=False, lamp="", prompt="tap_waived", fen=-1, balance_fen=-1),
    "stopped": {**RIDING, "stop": "lists_stale"},
    "reader_absent": {**RIDING, "stop": "reader_absent"},
}


class RidingTerminal:
    """Answers what the page asks from ``state``; :meth:`tell` puts another in its place and says so."""

    def __init__(self, folder: Path) -> None:
        self.state: Message = dict(RIDING)
        self.broadcast = Broadcast({})
        self.server = ControlServer(folder, {"ride.state": self._state, "ride.texts": self._texts}, self.broadcast)

    def tell(self, state: Message) -> None:
        """Put a state in the place of the one before."""
        self.state = dict(state)
        self.broadcast.publish("drive.changed")

    async def _state(self, _message: Message) -> Message:
        return self.state

    async def _texts(self, _message: Message) -> Message:
        return {}


@dataclass(slots=True)
class Seat:
    """The passenger's page of one bus in one size and language; ``tidied`` hears of whatever its script fails at."""

    terminal: RidingTerminal
    page: Page
    troubles: list[str]
    _marks: int = 0

    async def in_state(self, name: str) -> None:
        """Wait until the page shows a state; a stop of its own number tells it from the one before."""
        self._marks += 1
        marked = {**RIDING, "station": str(self._marks)}
        for state, station in ((marked, str(self._marks)), (STATES[name], STATES[name]["station"])):
            self.terminal.tell(state)
            await expect(self.page.locator("#stop")).to_contain_text(station)
            await expect(self.page.locator("body")).to_have_attribute("data-screen", passenger_view(state)["screen"])


@asynccontextmanager
async def seat(browser: Browser, folder: Path, size: tuple[int, int], language: str) -> AsyncIterator[Seat]:
    """Open the page of a bus of its own."""
    terminal = RidingTerminal(folder / "sockets")
    await terminal.server.start()
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
    troubles: list[str] = []
    try:
        options = TillOptions(folder / "sockets" / "till.sock", folder / "none.json", passenger=True)
        async with served(options) as address:
            page = await context.new_page()
            page.on("pageerror", lambda error: troubles.append(str(error)))
            await page.goto(f"{address}/?lang={language}")
            yield Seat(terminal, page, troubles)
            await context.close()
    finally:
        await terminal.server.close()


async def visited(found: Seat) -> AsyncIterator[str]:
    """Yield the name of every state, one after the other, while the page shows it."""
    for name in STATES:
        await found.in_state(name)
        yield name
    await found.terminal.server.close()
    await expect(found.page.locator("body")).to_have_attribute("data-screen", "away")
    yield "terminal_absent"


async def scenes(browser: Browser, state: Path, size: Size, language: str) -> AsyncIterator[tuple[str, Page]]:
    """Yield every state of the page."""
    async with seat(browser, state, size, language) as found:
        async for name in visited(found):
            yield f"passenger-{name}", found.page


if __name__ == "__main__":
    taken = asyncio.run(photographed(Path(sys.argv[1]), (SIZES, scenes)))
    sys.stdout.write(f"{taken} pictures in {sys.argv[1]}\n")
