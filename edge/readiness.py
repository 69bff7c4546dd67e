"""What a process tells the service manager: that it serves, and that it is alive (sd_notify(3)).

Where nobody asks, by ``NOTIFY_SOCKET`` and ``WATCHDOG_USEC`` of systemd's protocol, nothing is told.
That it ends it does not say: the terminal may begin anew within its process, and would be stopped for its word.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from edge.domain.frozen import frozen

BEATS_PER_PERIOD: Final = 3
"""How often within the watchdog's period the loop says that it turns: one beat may be late, two may not."""


@frozen
class Listener:
    """Where a service manager listens; ``beat_s`` is the pause between two signs of life, 0 where it wants none."""

    address: str
    beat_s: float = 0.0

    def tell(self, state: str) -> None:
        """Send one datagram. A manager that takes none is not worth a fault: it acts on what it does not hear."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.setblocking(False)
            try:
                line.sendto(state.encode(), self.address)
            except OSError:
                return


def listener_in(environment: Mapping[str, str]) -> Listener | None:
    """Return who listens, None where nobody does."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return None
    period_s = int(environment.get("WATCHDOG_USEC", "0")) / 1_000_000
    mine = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    abstract = address.startswith("@")
    return Listener("\0" + address[1:] if abstract else address, period_s / BEATS_PER_PERIOD if mine else 0.0)


@contextmanager
def serving(listener: Listener | None = None) -> Iterator[None]:
    """Say that the process is ready; for the length of the block, that its loop turns."""
    listener = listener or listener_in(os.environ)
    if listener is None:
        yield
        return
    listener.tell("READY=1")
    beating = asyncio.create_task(_beat(listener)) if listener.beat_s else None
    try:
        yield
    finally:
        if beating is not None:
            beating.cancel()


async def until_stopped(work: Coroutine[None, None, None]) -> None:
    """Serve by ``work`` until SIGTERM or SIGINT; its own failure is raised."""
    task = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with serving():
        await asyncio.wait([task])
    if not task.cancelled():
        await task


async def _beat(listener: Listener) -> None:
    while True:
        listener.tell("WATCHDOG=1")
        await asyncio.sleep(listener.beat_s)
