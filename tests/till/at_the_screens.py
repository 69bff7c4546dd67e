"""The two screens of one till in a browser, and whoever stands before them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, Page, expect

from edge.demo.canteen import Canteen
from edge.demo.canteen_documents import LEAD, PIN

SCREEN_MS: Final = 15_000
DEBOUNCED_S: Final = 1.6
"""A card that comes back sooner is the same presentation."""


class Screens:
    """The two screens of one till, and whoever stands before them."""

    def __init__(self, stage: Canteen, staff: Page, diner: Page) -> None:
        self.stage, self.staff, self.diner = stage, staff, diner

    async def sign_in(self, who: str = LEAD) -> None:
        await self.staff.fill("#staff", who)
        await self.staff.fill("#pin", PIN)
        await self.staff.click("#sign button.main")
        await expect(self.staff.locator("#sign_out")).to_be_visible()

    async def diner_sees(self, screen: str) -> None:
        """Wait until the diner's page shows this screen."""
        await expect(self.diner.locator("body")).to_have_attribute("data-screen", screen, timeout=SCREEN_MS)

    async def offer(self, amount: str, quantity: int = 1) -> None:
        await self.staff.fill("#amount", amount)
        await self.staff.fill("#quantity", str(quantity))
        await self.staff.click("#offer")
        await self.diner_sees("offer")

    async def pay(self, card: str, screen: str = "paid") -> None:
        await self.stage.present(card)
        await self.diner_sees(screen)
        await asyncio.sleep(DEBOUNCED_S)

    async def shown(self) -> dict[str, str]:
        """Return what the diner reads, by id."""
        return {name: await self.diner.inner_text(f"#{name}") for name in ("list", "relief", "payer", "left")}


@asynccontextmanager
async def screens_of(browser: Browser, stage: Canteen, address: str) -> AsyncIterator[Screens]:
    """Open both pages, each in a browser of its own; whatever a page's script fails at fails the test."""
    staff_context, diner_context = await browser.new_context(), await browser.new_context()
    staff, diner = await staff_context.new_page(), await diner_context.new_page()
    troubles: list[str] = []
    for page in (staff, diner):
        page.on("pageerror", lambda error: troubles.append(str(error)))
    await staff.goto(address)
    await diner.goto(f"{address}/diner")
    yield Screens(stage, staff, diner)
    await staff_context.close()
    await diner_context.close()
    assert troubles == []
