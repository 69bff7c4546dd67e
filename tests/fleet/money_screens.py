"""``python -m tests.fleet.money_screens FOLDER``: pictures of taps, quarantine and money, for the eye."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.fleet.fleet_stage import fleet_in
from tests.fleet.money_town import TAP, peopled
from tests.fleet.screens import SIZES, desk
from tests.till.photographs import Size
from tests.till.screens import photographed


async def money_scenes(browser: Browser, state: Path, size: Size, language: str) -> AsyncIterator[tuple[str, Page]]:
    """Yield every view, as an administrator sees it."""
    async with fleet_in(state) as stage:
        ledger = await peopled(stage)
        async with desk(browser, stage, size, language) as found:
            await found.sign_in()
            await expect(found.page.locator("[data-page=terminals]")).to_be_visible()
            entry = f"BUS-1/{ledger.epoch}"
            for name, place, query, mark in (
                ("taps", "taps", "", "#asked_tap"),
                ("several", "taps", f"asked={TAP}", "#candidates"),
                ("tap", "taps", f"asked={TAP}10", f"code:text-is('{TAP}10')"),
                ("ferry", "taps", f"asked={TAP}74", f"code:text-is('{TAP}74')"),
                ("refusal", "taps", f"asked={TAP}02", f"code:text-is('{TAP}02')"),
                ("waiting", "quarantine", "", "tbody"),
                ("rules", "quarantine", f"entry={entry}/1", "#vouched"),
                ("tap_aside", "quarantine", f"entry={entry}/2", f"dd:text-is('{entry}/2')"),
                ("unreadable", "quarantine", f"entry={entry}/{ledger.last}", f"dd:text-is('{entry}/{ledger.last}')"),
                ("money", "money", "", "svg"),
            ):
                await found.open(place, query)
                await expect(found.page.locator(f"main {mark}").first).to_be_visible()
                yield name, found.page
            await found.open("quarantine", f"entry={entry}/{ledger.last}")
            await found.page.fill("#reason", "flash worn out")
            await found.page.click("#written_off")
            await expect(found.page.locator("#asked")).to_be_visible()
            yield "sure", found.page
            await found.answer(yes=True)
            await expect(found.page.locator("#told")).to_be_visible()
            yield "written_off", found.page
            await found.open("quarantine", "list=ended")
            yield "ended", found.page


if __name__ == "__main__":
    taken = asyncio.run(photographed(Path(sys.argv[1]), (SIZES, money_scenes)))
    sys.stdout.write(f"{taken} pictures in {sys.argv[1]}\n")
