"""What axe-core finds wrong with a page; the script comes with the package ``axe-playwright-python``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import axe_playwright_python
from playwright.async_api import Page

AXE: Final = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


async def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong, by rule and place."""
    await page.evaluate(AXE)
    result: dict[str, Any] = await page.evaluate("axe.run()")
    return [f"{each['id']}: {node['html'][:120]}" for each in result["violations"] for node in each["nodes"]]
