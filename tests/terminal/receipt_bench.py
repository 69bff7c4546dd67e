"""A till with a printer on virtual time: the real port, over a line in memory, onto virtual paper."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from drivers.links.memory import MemoryLine
from drivers.virtual.printer import VirtualPrinter
from edge.config_printer import PrinterSection
from edge.domain.errors import OneCardError
from edge.domain.holder import Claim
from edge.terminal.till.receipts import Receipts
from edge.wiring_printer import receipt_printer
from tests.domain.canteen import RESIDENT
from tests.terminal.till_bench import TillBench, at_till

PATIENCE_S: Final = 60.0


class PrintedTill:
    """The till and its printer; the receipts are served by a task of their own, as in the terminal."""

    def __init__(self, bench: TillBench, **settings: Any) -> None:  # noqa: ANN401 - any key of [printer]
        self.bench = bench
        self.section = PrinterSection(path=Path("printer"), **settings)
        self.printer = VirtualPrinter(lambda _event: None, _later)
        self.line = MemoryLine("printer", self.printer)
        self.reported: list[OneCardError] = []
        self.receipts: Receipts
        self._task: asyncio.Task[None]

    async def begin(self) -> None:
        """Start to print, as a terminal that starts does."""
        device = receipt_printer(self.section, lambda _settings: self.line.link())
        self.bench.desk.print_receipts(device, self.reported.append)
        assert self.bench.desk.receipts is not None
        self.receipts = self.bench.desk.receipts
        self._task = asyncio.create_task(self.receipts.serve())
        await asyncio.sleep(0)

    async def end(self) -> None:
        """Stop to print, in the middle of a slip where one is being printed."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def ended(self) -> None:
        """Wait until printing has ended by itself; raises what ended it."""
        await self._task

    async def idle(self) -> None:
        """Wait until nothing waits for the printer."""
        await self.until(lambda: self.waiting == 0)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110 - the loop's time is virtual
                await asyncio.sleep(0.05)

    @property
    def waiting(self) -> int:
        """Return how many receipts wait."""
        return int(self.receipts.message()["waiting"])

    @property
    def slips(self) -> list[list[str]]:
        """Return what has come out of the printer."""
        return self.printer.slips


def _later(delay_ms: float, work: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(delay_ms / 1000, work)


Scene = Callable[[PrintedTill], Awaitable[None]]


def at_printed_till(
    folder: Path,
    scene: Scene,
    claims: Sequence[Claim] = RESIDENT,
    **settings: Any,  # noqa: ANN401 - any key of [printer]
) -> None:
    """Play a scene at a till with an open shift and a printer."""

    async def whole(bench: TillBench) -> None:
        till = PrintedTill(bench, **settings)
        await till.begin()
        try:
            await scene(till)
        finally:
            await till.end()
        assert till.printer.paper.unknown == []

    at_till(folder, whole, claims)
