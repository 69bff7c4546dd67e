"""A terminal opened as ``onecard run`` opens it, served beside a test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from edge.config import load_config
from edge.terminal.service import TerminalService
from edge.wiring_terminal import open_terminal, this_machine
from sync.enrolment_files import load_enrolment


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def serving(config_file: Path, stack: AsyncExitStack) -> TerminalService:
    """Open the terminal and let it serve until the stack is left."""
    config = load_config(config_file)
    service = await open_terminal(
        config, load_enrolment(config.paths.state, config.paths.credentials), this_machine(), stack
    )
    running = asyncio.create_task(service.run())

    async def end() -> None:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    stack.push_async_callback(end)
    return service
