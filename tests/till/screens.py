"""``python -m tests.till.screens FOLDER``: pictures of every page in every state, size and language, for the eye."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright, expect

from edge.till.diner import diner_view
from tests.till.photographs import Scenes, Size, photograph
from tests.till.pictured_states import IDLE, STATES
from tests.till.scripted_terminal import LEAD, PIN, ScriptedTerminal, scripted_till

CHROMIUM: Final = "/usr/bin/chromium"
"""The system's own: Debian's package `chromium`."""
SIZES: Final = ((1024, 600), (1280, 800))
SIZE_NAMES: Final = {f"{width}x{height}": (width, height) for width, height in SIZES}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the system's browser."""
    async with async_playwright() as play:
        found = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield found
        finally:
            await found.close()


@dataclass(slots=True)
class Pair:
    """Both pages of one till in one size and language."""

    terminal: ScriptedTerminal
    staff: Page
    diner: Page
    _shifts: int = 100

    async def sign_in(self) -> None:
        """Let the lead in."""
        await self.staff.fill("#staff", LEAD)
        await self.staff.fill("#pin", PIN)
        await self.staff.press("#pin", "Enter")
        await expect(self.staff.locator("#sign_out")).to_be_visible()

    async def in_state(self, name: str) -> None:
        """Wait until both pages show a state; a shift of its own number tells it from the one before."""
        for state in (IDLE, STATES[name]):
            self._shifts += 1
            shift = {**IDLE["shift"], "number": self._shifts}
            self.terminal.tell({**state, "shift": shift if state["shift"] else None})
            if state["shift"]:
                await expect(self.staff.locator("#who")).to_contain_text(str(self._shifts))
            else:
                await expect(self.staff.locator("#opening")).to_be_visible()
            wanted = diner_view(state)["screen"]
            await expect(self.diner.locator("body")).to_have_attribute("data-screen", wanted)


async def _wrong_pin(staff: Page) -> None:
    await staff.click("#sign_out")
    await staff.fill("#staff", LEAD)
    await staff.fill("#pin", "0000")
    await staff.press("#pin", "Enter")
    await expect(staff.locator("#trouble")).to_be_visible()


async def _list(staff: Page) -> None:
    await staff.click("#see_sales")
    await expect(staff.locator("#rows tr").first).to_be_visible()


async def _taking_back(staff: Page) -> None:
    await _list(staff)
    await staff.locator("#rows tr").first.get_by_role("button").last.click()


async def _void_late(staff: Page) -> None:
    await _taking_back(staff)
    await staff.locator("#rows tr").first.get_by_role("button").last.click()
    await expect(staff.locator("#trouble")).to_be_visible()


async def _report(staff: Page) -> None:
    await staff.click("#see_report")
    await expect(staff.locator("#figures tr").first).to_be_visible()


async def _last_report(staff: Page) -> None:
    await staff.click("#last_report")
    await expect(staff.locator("#print_report")).to_be_visible()


async def _delivery(staff: Page) -> None:
    await staff.locator("#menus button").first.click()
    await staff.locator("#party button").nth(1).click()
    await staff.select_option("#band", "2000")
    await staff.fill("#fee", "3")


async def _by_code(staff: Page) -> None:
    await staff.click("#by_code")
    await staff.fill("#code", "70412563")
    await staff.fill("#code_pin", "739104")


async def _wrong_code(staff: Page) -> None:
    await _by_code(staff)
    await staff.press("#code_pin", "Enter")
    await expect(staff.locator("#trouble")).to_be_visible()


WITH_AN_OFFER: Final[dict[str, Callable[[Page], Awaitable[None]]]] = {"by_code": _by_code, "wrong_code": _wrong_code}
"""What staff see by their own doing while an offer waits."""
WITHOUT_A_SHIFT: Final[dict[str, Callable[[Page], Awaitable[None]]]] = {"report_replaced": _last_report}
"""What staff see by their own doing before a shift is opened."""
VIEWS: Final[dict[str, Callable[[Page], Awaitable[None]]]] = {
    "order_for_a_guest": _delivery,
    "sales": _list,
    "taking_back": _taking_back,
    "void_late": _void_late,
    "report": _report,
    "wrong_pin": _wrong_pin,
}
"""What staff see by their own doing, from an idle till on."""


@asynccontextmanager
async def pair(browser: Browser, folder: Path, size: tuple[int, int], language: str) -> AsyncIterator[Pair]:
    """Open both pages of a till of their own."""
    width, height = size
    async with scripted_till(folder) as (terminal, address):
        contexts = [await browser.new_context(viewport={"width": width, "height": height}) for _ in range(2)]
        staff, diner = [await context.new_page() for context in contexts]
        await staff.goto(f"{address}/staff?lang={language}")
        await diner.goto(f"{address}/diner?lang={language}")
        yield Pair(terminal, staff, diner)
        for context in contexts:
            await context.close()


async def visited(found: Pair) -> AsyncIterator[tuple[str, Page]]:
    """Yield (name, page) of every state, one after the other, while the page shows it."""
    yield "signed_out", found.staff
    await found.sign_in()
    for name in STATES:
        await found.in_state(name)
        yield name, found.staff
        yield name, found.diner
    for state, views in (("offer", WITH_AN_OFFER), ("no_shift", WITHOUT_A_SHIFT), ("idle", VIEWS)):
        await found.in_state(state)
        for name, show in views.items():
            await show(found.staff)
            yield name, found.staff
            for back in await found.staff.locator(".back:visible").all():
                await back.click()
    await found.sign_in()
    await found.terminal.server.close()
    await expect(found.diner.locator("body")).to_have_attribute("data-screen", "away")
    yield "terminal_absent", found.diner
    await expect(found.staff.locator("#blocked")).to_be_visible()
    yield "terminal_absent", found.staff


async def scenes(browser: Browser, state: Path, size: Size, language: str) -> AsyncIterator[tuple[str, Page]]:
    """Yield every state of both pages."""
    async with pair(browser, state, size, language) as found:
        async for name, page in visited(found):
            yield f"{'diner' if page is found.diner else 'staff'}-{name}", page


async def photographed(folder: Path, *sets: tuple[Mapping[str, Size], Scenes]) -> int:
    """Take every picture of some sets of scenes, each with its sizes; returns how many."""
    async with chromium() as browser:
        return sum([await photograph(browser, folder, sizes, shown) for sizes, shown in sets])


if __name__ == "__main__":
    from tests.till import passenger_screens

    passenger = (passenger_screens.SIZES, passenger_screens.scenes)
    taken = asyncio.run(photographed(Path(sys.argv[1]), (SIZE_NAMES, scenes), passenger))
    sys.stdout.write(f"{taken} pictures in {sys.argv[1]}\n")
