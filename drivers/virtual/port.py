"""A virtual serial port: a kernel pty under a stable link, which can be unplugged and plugged in again."""

from __future__ import annotations

import asyncio
import os
import termios
import tty
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from drivers.virtual.device import VirtualDevice
from drivers.virtual.pump import ReplyPump

_READ_MAX: Final = 4096
_OUTPUT_SPEED: Final = 5
"""Where termios keeps it."""


class VirtualPort:
    """Serves one device on a pty, for any number of clients one after another.

    Both ends are raw. The far side's own descriptor of the client end stays open, so that a client may close and come
    back. ``link`` is replaced when the port is plugged in and goes when it is unplugged, as udev would do it.

    A pty knows no line rate. ``device_bauds``, where given, tells the rates the device listens at: what a client set to
    another rate sends is garbled, and so is what it gets. The rate that counts is the client's when the bytes are read.
    """

    def __init__(
        self,
        device: VirtualDevice,
        link: Path | None = None,
        *,
        baud: int = 0,
        device_bauds: Callable[[], Collection[int]] | None = None,
    ) -> None:
        self.device = device
        self.line = ReplyPump(device, self._write, baud=baud)
        self.overruns = 0
        self._device_bauds = device_bauds
        self._link = link
        self._ends: tuple[int, int] | None = None
        self._client_path: Path | None = None

    @property
    def path(self) -> Path:
        """Return what a client opens: the link, or the pty; raises ``RuntimeError`` while unplugged without a link."""
        path = self._link or self._client_path
        if path is None:
            raise RuntimeError("the port is not plugged in")
        return path

    @property
    def plugged(self) -> bool:
        """Say whether the port exists now."""
        return self._ends is not None

    def plug(self) -> None:
        """Make the pty, and the link to it; needs a running event loop. Does nothing where it is plugged in."""
        if self._ends is not None:
            return
        ours, clients = os.openpty()
        tty.setraw(ours)
        tty.setraw(clients)
        os.set_blocking(ours, False)
        self._ends = ours, clients
        self._client_path = Path(os.ttyname(clients))
        if self._link is not None:
            self._point_link(self._link, self._client_path)
        asyncio.get_running_loop().add_reader(ours, self._readable)

    def unplug(self) -> None:
        """Hang up: the client reads end of file or EIO, the link is gone. Does nothing where it is unplugged."""
        if self._ends is None:
            return
        (ours, clients), self._ends, self._client_path = self._ends, None, None
        self.line.stop()
        asyncio.get_running_loop().remove_reader(ours)
        os.close(ours)
        os.close(clients)
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def replug(self) -> None:
        """Unplug where needed and plug in again: another pty under the same link."""
        self.unplug()
        self.plug()

    async def __aenter__(self) -> Self:
        self.plug()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    @staticmethod
    def _point_link(link: Path, target: Path) -> None:
        fresh = link.with_name(f".{link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(link)

    def _readable(self) -> None:
        if self._ends is None:
            return
        try:
            incoming = os.read(self._ends[0], _READ_MAX)
        except BlockingIOError:
            return
        self.line.feed(self._garbled(incoming))

    def _garbled(self, passing: bytes) -> bytes:
        if self._ends is None or self._device_bauds is None:
            return passing
        speed = termios.tcgetattr(self._ends[1])[_OUTPUT_SPEED]
        heard = {getattr(termios, f"B{baud}", None) for baud in self._device_bauds()}
        return passing if speed in heard else bytes(byte >> 1 | 0x80 for byte in passing)

    def _write(self, outgoing: bytes) -> None:
        """Write what fits; a serial line holds nobody back, so the rest is lost and counted."""
        if self._ends is None:
            return
        try:
            written = os.write(self._ends[0], self._garbled(outgoing))
        except BlockingIOError:
            written = 0
        if written < len(outgoing):
            self.overruns += 1
