"""A line that fails at one byte of one exchange: a byte lost, or the plug pulled, on the way in or out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drivers.virtual.device import Reply, Unsolicited, VirtualDevice

DEBIT_FRAME: Final = bytes.fromhex("D440018054")
"""InDataExchange to the first target with a DEBIT: the beginning of the one frame that is cut."""


@dataclass(frozen=True, slots=True)
class Cut:
    """``at`` is the byte, from 0; ``to_reader`` the direction; ``hang_up`` pulls the plug before that byte."""

    at: int
    to_reader: bool
    hang_up: bool


class CuttingDevice:
    """A device behind a line that cuts the exchange of DEBIT once. ``sent`` and ``answered`` are that exchange whole.

    ``debits`` counts the frames with a DEBIT that the host sent.
    """

    def __init__(self, device: VirtualDevice) -> None:
        self.device = device
        self.cut: Cut | None = None
        self.hang_up: Callable[[], None] = lambda: None
        self.sent = b""
        self.answered = b""
        self.debits = 0

    @property
    def on_unsolicited(self) -> Unsolicited:
        return self.device.on_unsolicited

    @on_unsolicited.setter
    def on_unsolicited(self, listener: Unsolicited) -> None:
        self.device.on_unsolicited = listener

    def receive(self, incoming: bytes) -> list[Reply]:
        if DEBIT_FRAME not in incoming:
            return self.device.receive(incoming)
        self.debits += 1
        cut, self.cut = self.cut, None
        if cut is None:
            self.sent = incoming
            replies = self.device.receive(incoming)
            self.answered = b"".join(reply.outgoing for reply in replies)
            return replies
        return self._to_reader(incoming, cut) if cut.to_reader else self._to_host(incoming, cut)

    def _to_reader(self, incoming: bytes, cut: Cut) -> list[Reply]:
        if not cut.hang_up:
            return self.device.receive(incoming[: cut.at] + incoming[cut.at + 1 :])
        self.device.receive(incoming[: cut.at])
        self.hang_up()
        return []

    def _to_host(self, incoming: bytes, cut: Cut) -> list[Reply]:
        whole = b"".join(reply.outgoing for reply in self.device.receive(incoming))
        if not cut.hang_up:
            return [Reply(0.0, whole[: cut.at] + whole[cut.at + 1 :], cancels=True)]
        asyncio.get_running_loop().call_soon(self.hang_up)
        return [Reply(0.0, whole[: cut.at], cancels=True)]
