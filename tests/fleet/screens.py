"""``python -m tests.fleet.screens FOLDER``: pictures of every fleet page in every size and language, for the eye."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, FilePayload, Page, expect

from tests.fleet.fleet_stage import ADMIN, PASSWORD, FleetStage, fleet_in
from tests.fleet.fleet_town import FARE, REAL, peopled
from tests.till.photographs import Size
from tests.till.screens import photographed

SHOWN: Final = 14
"""Terminals in a picture: as many as the eye sees at once."""
SIZES: Final = {"1280x800": (1280, 800), "390x800": (390, 800)}


@dataclass
class Desk:
    """One window at the fleet pages; ``troubles`` are what its scripts failed at."""

    stage: FleetStage
    page: Page
    troubles: list[str] = field(default_factory=list)

    async def sign_in(self, who: str = ADMIN, password: str = PASSWORD) -> None:
        """Type name and password."""
        await self.page.fill("#name", who)
        await self.page.fill("#password", password)
        await self.page.press("#password", "Enter")

    async def open(self, name: str, query: str = "") -> None:
        """Go to a page and wait until it is drawn."""
        await self.page.evaluate("(place) => { location.hash = place; }", f"{name}?{query}" if query else name)
        await expect(self.page.locator(f"[data-page={name}]")).to_be_visible()

    async def stage_coming_fares(self, fen: int = 300) -> None:
        """Choose new fares for the group, and ask to stage them."""
        text = FARE.format(fen=fen).encode()
        coming: FilePayload = {"name": "coming.toml", "mimeType": "text/plain", "buffer": text}
        await self.page.set_input_files("#documents", coming)
        await self.page.select_option("#group", "pilot")
        await self.page.click("#stage")
        await expect(self.page.locator("#asked")).to_be_visible()

    async def answer(self, *, yes: bool) -> None:
        """Answer the question that is asked before something is done."""
        await self.page.locator("#asked button[value=yes]" if yes else "#asked button[value=no]").click()
        await expect(self.page.locator("#asked")).to_be_hidden()


@asynccontextmanager
async def desk(
    browser: Browser, stage: FleetStage, size: Size = (1280, 800), language: str = "zh"
) -> AsyncIterator[Desk]:
    """Open a window of its own."""
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
    found = Desk(stage, await context.new_page())
    found.page.on("pageerror", lambda error: found.troubles.append(str(error)))
    try:
        await found.page.goto(f"{stage.address}/?lang={language}")
        await expect(found.page.locator("#sign")).to_be_visible()
        yield found
        assert found.troubles == []
    finally:
        await context.close()


async def _wrong(found: Desk) -> None:
    await found.sign_in(password="wrong")
    await expect(found.page.locator("#trouble")).to_be_visible()


async def _fleet(found: Desk) -> None:
    await found.sign_in()
    await expect(found.page.locator("[data-page=terminals]")).to_be_visible()


async def _staging(found: Desk) -> None:
    await found.open("publications")
    await found.stage_coming_fares()


async def _staged(found: Desk) -> None:
    await found.answer(yes=True)
    await expect(found.page.locator("[data-group=pilot]")).to_be_visible()


async def _releasing(found: Desk) -> None:
    await found.page.locator("[data-group=pilot] button.main").click()
    await expect(found.page.locator("#asked")).to_be_visible()


async def _released(found: Desk) -> None:
    await found.answer(yes=True)
    await expect(found.page.locator("[data-group=pilot]")).to_be_hidden()


VIEWS: Final[dict[str, Callable[[Desk], Awaitable[None]]]] = {
    "wrong_password": _wrong,
    "terminals": _fleet,
    "forked": lambda found: found.open("terminals", "state=forked"),
    "terminal": lambda found: found.open("terminal", f"name={REAL}"),
    "staging": _staging,
    "staged": _staged,
    "releasing": _releasing,
    "released": _released,
    "users": lambda found: found.open("users"),
    "acts": lambda found: found.open("acts"),
    "password": lambda found: found.open("password"),
}
"""What an administrator sees, one after the other."""


async def scenes(browser: Browser, state: Path, size: Size, language: str) -> AsyncIterator[tuple[str, Page]]:
    """Yield every view."""
    async with fleet_in(state) as stage:
        await peopled(stage, SHOWN)
        async with desk(browser, stage, size, language) as found:
            yield "signed_out", found.page
            for name, show in VIEWS.items():
                await show(found)
                yield name, found.page


if __name__ == "__main__":
    taken = asyncio.run(photographed(Path(sys.argv[1]), (SIZES, scenes)))
    sys.stdout.write(f"{taken} pictures in {sys.argv[1]}\n")
