"""The process tree of the demonstration: real commands of the product, each a child of this one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENDING_S = 10.0
STARTING_S = 20.0


def command(*arguments: str) -> list[str]:
    """Return the command line of ``onecard ...`` in this interpreter."""
    return [sys.executable, "-m", "edge.cli.main", *arguments]


async def run_to_end(*arguments: str) -> str:
    """Run ``onecard ...`` to its end and return its output; raises ``RuntimeError`` with its words when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command(*arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"onecard {' '.join(arguments)} ended with {process.returncode}: {err.decode()[-2000:]}")
    return out.decode()


async def run_for_json(*arguments: str) -> dict[str, Any]:
    """Run ``onecard ... --json`` and return its object, whatever its exit code says."""
    process = await asyncio.create_subprocess_exec(
        *command(*arguments, "--json"), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    try:
        found = json.loads(out)
    except ValueError:
        raise RuntimeError(f"onecard {' '.join(arguments)}: no JSON: {err.decode()[-2000:]}") from None
    return dict(found)


@dataclass
class Child:
    """One long-running process: its whole command line, and its log in a file of the demonstration's folder.

    ``process`` is None before the start and after a wanted end.
    """

    name: str
    line: list[str]
    log: Path
    process: asyncio.subprocess.Process | None = field(default=None)

    async def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.line, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        """End it as a power cut would: SIGKILL, no word of farewell."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self.process = None

    async def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        if self.process is None:
            return
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), ENDING_S)
        except TimeoutError:
            await self.kill()
        self.process = None

    def must_live(self) -> None:
        """Raise ``RuntimeError`` with the end of the log when it has died by itself."""
        if self.process is not None and self.process.returncode is not None:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}: {self.log.read_text()[-2000:]}")
