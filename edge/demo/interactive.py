"""The demonstration by keys: tap, tear, cut the network, kill, quit."""

from __future__ import annotations

import asyncio
import sys
import termios
import tty
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Final

from edge.demo.bus import DrivenBus
from edge.demo.canteen import ServedCanteen
from edge.demo.lunch import serve_next
from edge.demo.ride import drive
from edge.demo.script import LOCAL, OTHER, REFUSED, VISITOR, Say, kill_and_return, reconnect, tap, tear_and_return
from edge.demo.stage import Stage

KEYS: Final = """
  t  tap the next card          r  tear a card inside its debit
  n  cut / mend the network     k  kill the terminal inside a debit
  m  the next meal              b  the bus drives its line
  s  status
  q  quit: drain, then the table
"""


async def play_with_keys(stage: DrivenBus, canteen: ServedCanteen, say: Say) -> None:
    """Obey keys until ``q``; then mend the network and drain."""
    say(KEYS)
    names = cycle((LOCAL, OTHER, VISITOR, *REFUSED))
    actions: dict[str, Callable[[], Awaitable[None]]] = {
        "t": lambda: tap(stage, say, next(names)),
        "r": lambda: tear_and_return(stage, say),
        "k": lambda: kill_and_return(stage, say),
        "n": lambda: _switch(stage, say),
        "m": lambda: serve_next(canteen, say),
        "b": lambda: drive(stage, say),
        "s": lambda: _show(stage, say),
    }
    with _single_keys() as keys:
        while (key := await keys.get()) != "q":
            if key in actions:
                await actions[key]()
    await reconnect(stage, say)
    await canteen.drained()


async def _switch(stage: Stage, say: Say) -> None:
    if stage.network.up:
        stage.network.cut()
        say("-- network cut --")
    else:
        stage.network.mend()
        say("-- network back --")


async def _show(stage: Stage, say: Say) -> None:
    status = await stage.status()
    journal = status["journal"]
    network = "up" if stage.network.up else "cut"
    say(f"-- network {network}, edition {status['edition']}, continuity {status['continuity']} --")
    say(f"-- entries {journal['last_seq']}, acked {journal['acked_seq']}, torn debits {journal['torn_debits']} --")


@contextmanager
def _single_keys() -> Iterator[asyncio.Queue[str]]:
    """Read single keys from the terminal; a closed input counts as ``q``."""
    keys: asyncio.Queue[str] = asyncio.Queue()
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    asyncio.get_running_loop().add_reader(descriptor, lambda: keys.put_nowait(sys.stdin.read(1) or "q"))
    try:
        yield keys
    finally:
        asyncio.get_running_loop().remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
