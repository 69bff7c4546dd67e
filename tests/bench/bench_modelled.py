"""A whole purse tap on lines of 115200 baud with the card-time model, beside what wire, card and SAM alone take.

Reader and SAM are on two ptys that pace what comes from them; the bytes to them, taken at once by a pty, are added to
both sides. The devices compute in this process, so their part is in the figure too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from drivers.virtual.card_spec import card_from
from drivers.virtual.field import Field
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.port import VirtualPort
from drivers.virtual.psam import Psam
from tests.bench.comparison import percentile
from tests.bench.disk_counts import disk_folder
from tests.bench.modelled_line import BAUD, CountedDevice, Spent
from tests.bench.report import Report
from tests.bench.tap_session import TapSession, tap_session
from tests.bench.terminal_folder import enrolled
from tests.bench.virtual_devices import RICH_CARD

ROW: Final = "modelled"
WARM_UP: Final = 3
TAPS: Final = 60
TAP_X_MAX: Final = 1.25


def run() -> int:
    """Time and count; see the module."""
    report = Report(
        ROW,
        f"purse tap from looking for the card to the green signal, lines of {BAUD} baud, cards of the card-time model",
        "wire, card and SAM time of the same taps",
    )
    with disk_folder() as folder:
        taps = asyncio.run(_taps(folder))
    ratios = [took_ms / spent.needed_ms for took_ms, spent in taps]
    spent = taps[0][1]
    needed = f"wire {spent.on_the_wire_ms:.0f} + card and SAM {spent.device_ms:.0f} ms"
    for percent in (50, 99):
        took_ms, ratio = percentile([took_ms for took_ms, _ in taps], percent), percentile(ratios, percent)
        limit = TAP_X_MAX if percent == 50 else None
        report.figure(f"p{percent}", f"{took_ms:.0f} ms, {needed}: {ratio:.2f}x", value=ratio, limit=limit)
    report.note(f"{TAPS} taps of one card; {spent.to_device} bytes out, {spent.from_device} in")
    return report.end()


async def _taps(folder: Path) -> Sequence[tuple[float, Spent]]:
    """Return milliseconds and what was needed, of each tap."""
    spent = Spent()
    async with _terminal(folder, spent) as session:
        for _ in range(WARM_UP):
            await session.tap()
        return [await _timed(session, spent) for _ in range(TAPS)]


@asynccontextmanager
async def _terminal(folder: Path, spent: Spent) -> AsyncIterator[TapSession]:
    """Open a terminal on two paced lines; a rich card lies in the field."""
    terminal, field = enrolled(folder / "terminal"), Field()
    chip, sam = VirtualPn532(field), VirtualGemCore({1: Psam()})
    field.present(card_from(RICH_CARD))
    async with (
        VirtualPort(CountedDevice(chip, spent), terminal.reader, baud=BAUD),
        VirtualPort(CountedDevice(sam, spent), terminal.sam, baud=BAUD),
        tap_session(terminal) as session,
    ):
        yield session


async def _timed(session: TapSession, spent: Spent) -> tuple[float, Spent]:
    before, start = replace(spent), time.perf_counter()
    await session.tap()
    took_ms = (time.perf_counter() - start) * 1000
    own = spent - before
    return took_ms + own.unpaced_ms, own
