"""Carries a virtual device's replies to a line in order and in time, with the faults a line can have."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from typing import Final

from drivers.virtual.device import Reply, VirtualDevice

BITS_PER_BYTE: Final = 10
"""Start bit, eight data bits, stop bit."""


class ReplyPump:
    """Feeds a device and writes what it says. One timer at a time; needs a running event loop.

    Switches: ``silent`` swallows everything the device says; ``baud`` paces the bytes; ``latency_ms`` hands them
    over only at whole multiples of that time, as a USB adapter with a latency timer does. Zero: at once.
    """

    def __init__(self, device: VirtualDevice, write: Callable[[bytes], None], *, baud: int = 0) -> None:
        self._device = device
        self._write = write
        self._waiting: deque[Reply] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._lose = 0
        self._drop = 0
        self._corrupt = 0
        self.silent = False
        self.baud = baud
        self.latency_ms = 0.0
        device.on_unsolicited = self._queue

    def feed(self, incoming: bytes) -> None:
        """Hand bytes from the line to the device."""
        for reply in self._device.receive(incoming):
            self._queue(reply)

    def noise(self, noise: bytes) -> None:
        """Put bytes on the line that no device sent, before everything that waits."""
        self._write(noise)

    def lose_replies(self, count: int = 1) -> None:
        """Lose the next replies whole: with a PN532, one is the acknowledgement."""
        self._lose += count

    def drop_bytes(self, count: int = 1) -> None:
        """Lose the next bytes."""
        self._drop += count

    def corrupt_bytes(self, count: int = 1) -> None:
        """Flip all bits of the next bytes."""
        self._corrupt += count

    def stop(self) -> None:
        """Forget everything that waits."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _queue(self, reply: Reply) -> None:
        if reply.cancels:
            self.stop()
        if reply.outgoing:
            self._waiting.append(reply)
        self._go_on()

    def _go_on(self) -> None:
        while self._timer is None and self._waiting:
            wait_ms = self._wait_ms(self._waiting[0])
            if wait_ms > 0:
                self._timer = asyncio.get_running_loop().call_later(wait_ms / 1000, self._due)
            else:
                self._put(self._waiting.popleft().outgoing)

    def _wait_ms(self, reply: Reply) -> float:
        line_ms = len(reply.outgoing) * BITS_PER_BYTE * 1000 / self.baud if self.baud else 0.0
        wait_ms = reply.delay_ms + line_ms
        if not self.latency_ms:
            return wait_ms
        now_ms = asyncio.get_running_loop().time() * 1000
        return math.ceil((now_ms + wait_ms) / self.latency_ms) * self.latency_ms - now_ms

    def _due(self) -> None:
        self._timer = None
        self._put(self._waiting.popleft().outgoing)
        self._go_on()

    def _put(self, outgoing: bytes) -> None:
        if self._lose:
            self._lose -= 1
            return
        if self.silent:
            return
        dropped = min(self._drop, len(outgoing))
        self._drop -= dropped
        outgoing = outgoing[dropped:]
        flipped = min(self._corrupt, len(outgoing))
        self._corrupt -= flipped
        self._write(bytes(byte ^ 0xFF for byte in outgoing[:flipped]) + outgoing[flipped:])
