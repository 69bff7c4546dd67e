"""A stand-in for ``aplay``: the program that a terminal runs, and the far end that decides what becomes of each run.

The program reads the files it is given, tells the far end what they are, and ends as that says. So what really sounded,
when, and whether it was broken off is known from outside the terminal.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from drivers.virtual.field import Report
from drivers.virtual.orders import Order

PROGRAM: Final = Path(__file__).with_name("player_program.py")
SCRIPT: Final = '#!/bin/sh\nexec "{python}" -S -E "{program}" "{socket}" "$@"\n'
MODES: Final = ("work", "break", "hang")


class VirtualPlayer:
    """Makes the program at :attr:`path`, and reports each of its runs: ``sounding``, then ``sounded`` or ``silenced``.

    ``link`` is where the program stands; a folder of its own without. ``mode`` is what becomes of the next runs.
    """

    def __init__(self, report: Report, link: Path | None = None) -> None:
        self.mode = MODES[0]
        self._report = report
        self._folder = tempfile.TemporaryDirectory(prefix="onecard-voice-")
        self._link = link
        self._server: asyncio.Server | None = None

    @property
    def path(self) -> Path:
        """Return the program."""
        return self._link or Path(self._folder.name) / "aplay"

    async def __aenter__(self) -> Self:
        socket = Path(self._folder.name) / "runs.sock"
        self._server = await asyncio.start_unix_server(self._run, socket)
        self.path.write_text(SCRIPT.format(python=sys.executable, program=PROGRAM, socket=socket), "utf-8")
        self.path.chmod(0o755)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    def unplug(self) -> None:
        """Take the program away: whoever starts it finds none."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.path.unlink(missing_ok=True)
        self._folder.cleanup()

    async def _run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one run: as long as its sounds last, until it is killed, or for ever."""
        told = json.loads(await reader.readline())
        sounds = told["sounds"]
        self._report({"event": "sounding", **told})
        length_s = sum(sound["ms"] for sound in sounds) / 1_000
        killed = asyncio.ensure_future(reader.read())
        done, _ = await asyncio.wait({killed}, timeout={"work": length_s, "break": 0}.get(self.mode))
        if done:
            self._report({"event": "silenced", "sounds": sounds})
        else:
            writer.write(b"1" if self.mode == "break" else b"0")
            await killed
            self._report({"event": "broken" if self.mode == "break" else "sounded", "sounds": sounds})
        writer.close()
        await writer.wait_closed()


class PlayerOrders:
    """``work``, ``break`` and ``hang`` say what becomes of the next runs; ``unplug`` takes the program away."""

    def __init__(self, player: VirtualPlayer) -> None:
        self._player = player
        self.table: dict[str, Callable[[Order], None]] = {
            **dict.fromkeys(MODES, self._take),
            "unplug": lambda _order: player.unplug(),
        }

    def _take(self, order: Order) -> None:
        self._player.mode = str(order["do"])
