"""The stage of the demonstration for tests of whole processes, and ``onecard`` as a person at a shell calls it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.demo.processes import STARTING_S, command
from edge.demo.stage import Stage


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> dict[str, Any]:
        """Return the object that ``--json`` printed."""
        return dict(json.loads(self.out))


async def onecard(*words: str, patience_s: float = STARTING_S) -> Ended:
    """Run one command to its end."""
    process = await asyncio.create_subprocess_exec(
        *command(*words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), patience_s)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return Ended(process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def running_line(folder: Path) -> AsyncIterator[Stage]:
    """Start everything; cards and SAM take no time."""
    async with Stage(folder, card_time=False) as stage:
        yield stage
