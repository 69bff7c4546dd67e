"""Events for whoever listens on the control sockets: signals, outcomes, faults. A slow listener never delays a tap."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from edge.ports import Signal

QUEUE_MAX: Final = 256


class Broadcast:
    """Hands every event to each listener's bounded queue; implements ``edge.ports.Signals``.

    A full queue drops its oldest event and counts it: screens show the present, the journal keeps the past.
    """

    def __init__(self, prompts: Mapping[str, Mapping[str, str]]) -> None:
        self._prompts = prompts
        self._queues: dict[asyncio.Queue[dict[str, Any]], str] = {}  # in the order of their coming
        self.dropped = 0

    def listen(self, role: str = "") -> asyncio.Queue[dict[str, Any]]:
        """Return a new queue of events; give it back with :meth:`leave`. ``role`` is a socket's, of another process."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE_MAX)
        self._queues[queue] = role
        return queue

    def heard_by(self, role: str) -> bool:
        """Say whether a process of this role listens."""
        return role in self._queues.values()

    def leave(self, queue: asyncio.Queue[dict[str, Any]]) -> None:
        """Forget a listener."""
        self._queues.pop(queue, None)

    def publish(self, event: str, **fields: object) -> None:
        """Hand ``event`` to every listener at once."""
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
                self.dropped += 1
            queue.put_nowait({"event": event, **fields})

    def show(self, signal: Signal) -> None:
        """Publish a signal with its prompt's words, Chinese first."""
        if not self._queues:
            return
        self.publish("signal", **asdict(signal), text=dict(self._prompts.get(signal.prompt, {})))
