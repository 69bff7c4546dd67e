"""From a card at the reader to both pages of the till painted, against a bare push to two bare pages."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.async_api import Browser

from edge.control.client import connect
from edge.demo.canteen import ServedCanteen
from edge.demo.canteen_documents import AT_HOME, BED, ELDER, LEAD, PUBLIC
from edge.wiring_till import all_pages
from tests.bench.comparison import percentile
from tests.bench.push_floor import push_floor
from tests.bench.report import Report
from tests.till.at_the_screens import Screens, screens_of
from tests.till.screens import chromium

ROW: Final = "till"
TAPS: Final = 60
PRICE_FEN: Final = 100
PATIENCE_S: Final = 20.0
HOLDERS: Final = (PUBLIC, ELDER, BED, AT_HOME)
"""In turns: the same card so soon again would be the same presentation."""
BOTH_PAGES_MS_MAX: Final = 150.0
TILL_MB_MAX: Final = 60.0
PAGES_KB_MAX: Final = 150.0
ARM: Final = """() => {{
  window.painted_ms = new Promise((tell) => {{
    const watch = new MutationObserver(() => requestAnimationFrame(() => {{
      if ({painted}) {{ watch.disconnect(); tell(performance.timeOrigin + performance.now()); }}
    }}));
    watch.observe(document.body, {{ attributes: true, childList: true, characterData: true, subtree: true }});
  }});
}}"""
"""Notes when the page is painted with what it waits for; the clock is that of the machine."""
STAFF_PAID: Final = "document.getElementById('sum').className === 'good'"
DINER_PAID: Final = "document.body.dataset.screen === 'paid'"


def run() -> int:
    """Time and weigh; see the module."""
    report = Report(
        ROW,
        "a card comes to the reader: decided, durable, told, and painted on both pages (no card time)",
        "one line pushed by a bare server to two bare pages of the same browser, painted",
    )
    with tempfile.TemporaryDirectory(prefix="onecard-bench-") as folder:
        asyncio.run(_measured(Path(folder), report))
    weight_kb = sum(len(page.content) for page in all_pages().values()) / 1000
    report.figure("both pages with words and style", f"{weight_kb:.0f} kB", value=weight_kb, limit=PAGES_KB_MAX)
    return report.end()


async def _measured(folder: Path, report: Report) -> None:
    async with (
        chromium() as browser,
        ServedCanteen(folder, card_time=False) as stage,
        screens_of(browser, stage, stage.address) as screens,
    ):
        taps_ms, floors_ms = await _timed(stage, screens, browser)
        for percent in (50, 95):
            took_ms = percentile(taps_ms, percent)
            text = f"{took_ms:.0f} ms; floor {percentile(floors_ms, percent):.0f} ms"
            limit = BOTH_PAGES_MS_MAX if percent > 50 else None
            report.figure(f"card to both pages, p{percent}", text, value=took_ms, limit=limit)
        peak_mb = _peak_mb(stage)
        report.figure("the till's process at its peak", f"{peak_mb:.0f} MB", value=peak_mb, limit=TILL_MB_MAX)
        report.note(f"{TAPS} taps and as many pushes in turns; terminal, sync, centre and browser share the machine")


async def _timed(stage: ServedCanteen, screens: Screens, browser: Browser) -> tuple[Sequence[float], Sequence[float]]:
    await screens.sign_in()
    taps_ms: list[float] = []
    floors_ms: list[float] = []
    async with connect(stage.till_socket) as desk, push_floor(browser) as floor:
        await desk.call("till.shift.open", staff=LEAD)
        for number in range(TAPS):
            await desk.call("till.offer", staff=LEAD, unit_fen=PRICE_FEN, party="guest")
            await screens.diner_sees("offer")
            taps_ms.append(await _one_tap(stage, screens, HOLDERS[number % len(HOLDERS)]))
            floors_ms.append(await floor.push())
    return taps_ms, floors_ms


async def _one_tap(stage: ServedCanteen, screens: Screens, holder: str) -> float:
    watched = {screens.staff: STAFF_PAID, screens.diner: DINER_PAID}
    for page, painted in watched.items():
        await page.evaluate(ARM.format(painted=painted))
    begun_ms = time.time() * 1000
    stage.hold_up(holder)
    try:
        async with asyncio.timeout(PATIENCE_S):
            painted_ms = [float(await page.evaluate("window.painted_ms")) for page in watched]
    finally:
        stage.reader.field.remove()
    return max(painted_ms) - begun_ms


def _peak_mb(stage: ServedCanteen) -> float:
    """Return the largest resident size of the till's process so far."""
    assert stage.pages.process is not None
    told = Path(f"/proc/{stage.pages.process.pid}/status").read_text("ascii")
    (line,) = [line for line in told.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / 1e6
