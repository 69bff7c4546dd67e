"""A canteen of whole processes: centre, sync, terminal as a till, the till's pages, virtual devices and cards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from edge.demo.canteen import Canteen as TillStage
from edge.demo.canteen_documents import CASHIER, ELDER, LEAD, PIN
from edge.till.staff_file import FILE_NAME
from edge.wiring_till import TillOptions, served

__all__ = ["CASHIER", "ELDER", "LEAD", "PIN", "TillStage", "canteen_on"]


@asynccontextmanager
async def canteen_on(folder: Path) -> AsyncIterator[tuple[TillStage, str]]:
    """Start everything; gives the stage and the address of the pages."""
    async with TillStage(folder, card_time=False) as stage:
        options = TillOptions(stage.till_socket, stage.config.parent / "credentials" / FILE_NAME)
        async with served(options) as address:
            yield stage, address
