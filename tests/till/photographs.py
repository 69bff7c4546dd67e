"""Pictures of pages for the eye: every scene in every size and language, each from a state folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page

Size = tuple[int, int]
Scenes = Callable[[Browser, Path, Size, str], AsyncIterator[tuple[str, Page]]]
"""Opens pages over a folder, in a size and a language, and yields name and page of one scene after the other."""

LANGUAGES: Final = ("zh", "en")


async def photograph(browser: Browser, folder: Path, sizes: Mapping[str, Size], scenes: Scenes) -> int:
    """Take a picture of every scene into ``folder/SIZE-LANGUAGE/NAME.png``; returns how many."""
    count = 0
    for size_name, size in sizes.items():
        for language in LANGUAGES:
            with tempfile.TemporaryDirectory() as state:
                async for name, page in scenes(browser, Path(state), size, language):
                    await page.screenshot(path=folder / f"{size_name}-{language}" / f"{name}.png")
                    count += 1
    return count
