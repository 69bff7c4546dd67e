"""Serial ports: pyserial opens and configures, our own transport carries the bytes.

The descriptor is watched by the event loop; nothing here blocks and nothing waits for output to drain. A port that
is unplugged shows as end of file again and again, or as EIO, ENODEV, ENXIO: it is closed at once, so that the kernel
can give the same name to the device when it comes back.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import serial

from drivers.links.inbox import Inbox
from edge.domain.errors import ReaderError
from edge.domain.frozen import frozen

READ_BYTES: Final = 4096
DROPPED_BYTES_MAX: Final = 65_536
"""What one call discards at most: a line that never falls silent must not hold the loop."""
PTY_MAJORS: Final = range(136, 144)
_REASONS: Final = {
    errno.EACCES: "LINK_DENIED",
    errno.EPERM: "LINK_DENIED",
    errno.EBUSY: "LINK_BUSY",
    errno.EAGAIN: "LINK_BUSY",
}


@frozen
class SerialSettings:
    """A port and its line: ``path`` is a stable one (a udev link), ``parity`` N, E or O, ``stop_bits`` 1 or 2.

    ``raise_rts`` false keeps RTS low from the opening on (it stops the plug-and-play text of GemCore readers).
    ``pending_bytes_max`` bounds what is queued for a line that does not take it.
    """

    path: str
    baud: int = 115200
    parity: str = "N"
    stop_bits: int = 1
    raise_rts: bool = True
    pending_bytes_max: int = 16_384


class SerialPort:
    """A :class:`drivers.links.Link` over a tty, exclusive to this process."""

    def __init__(self, settings: SerialSettings) -> None:
        self.settings = settings
        self._port: serial.Serial | None = None
        self._fd = -1
        self._latency_ms: int | None = None
        self._inbox = Inbox()
        self._outbox = bytearray()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def name(self) -> str:
        """Return the configured path."""
        return self.settings.path

    @property
    def is_open(self) -> bool:
        """Say whether the descriptor is open; it is closed in the moment in which the port is lost."""
        return self._fd >= 0

    async def open(self) -> None:
        """Open exclusively, configure, discard what lies in the line.

        Raises ``LINK_ABSENT``, ``LINK_DENIED`` or ``LINK_BUSY``.
        """
        await self.close()
        try:
            self._port = self._configured()
            self._fd = self._port.fileno()
            _claim(self._fd)
        except (OSError, termios.error) as error:  # serial.SerialException is an OSError
            self._release()
            raise self._refused(error) from error
        self._latency_ms = latency_timer_ms(self.name)
        self._loop = asyncio.get_running_loop()
        self._inbox = Inbox()
        self._outbox.clear()
        self._loop.add_reader(self._fd, self._on_readable)

    def write(self, outgoing: bytes) -> None:
        """Send at once what the line takes, queue the rest; raises ``LINK_LOST``."""
        if self._fd < 0:
            raise self._inbox.lost or ReaderError("LINK_LOST", f"{self.name} is not open")
        if len(self._outbox) + len(outgoing) > self.settings.pending_bytes_max:
            self._lose(f"{self.name} takes no more bytes")
            raise self._gone()
        idle = not self._outbox
        self._outbox += outgoing
        if idle:
            self._send()
            if self._fd < 0:
                raise self._gone()
            if self._outbox and self._loop is not None:
                self._loop.add_writer(self._fd, self._on_writable)

    async def read(self, timeout_ms: float, at_least: int = 1) -> bytes:
        """Return what has come, once it is ``at_least`` so many bytes or after ``timeout_ms``; raises ``LINK_LOST``."""
        return await self._inbox.take(timeout_ms, at_least)

    async def drop_input(self) -> int:
        """Discard what has come and was not read, in the kernel as well; returns how many bytes."""
        dropped = self._inbox.drop()
        while self._take_readable() and dropped < DROPPED_BYTES_MAX:
            dropped += self._inbox.drop()
        return dropped

    async def set_baud(self, baud: int) -> None:
        """Change the line's rate; raises ``LINK_LOST`` where the port is gone."""
        if self._port is None:
            raise self._gone()
        try:
            self._port.baudrate = baud
            _tell_empty_from_ended(self._fd)
        except (OSError, ValueError, termios.error) as error:
            self._lose(f"{self.name} refuses {baud} baud: {error}")
            raise self._gone() from error

    def health(self) -> Mapping[str, float]:
        """Return ``latency_timer_ms`` as it was at opening, where the port hangs on a USB adapter that has one."""
        return {} if self._latency_ms is None else {"latency_timer_ms": self._latency_ms}

    async def close(self) -> None:
        """Release the port without waiting for output; idempotent."""
        if self._fd >= 0:
            self._lose(f"{self.name} was closed")

    def _configured(self) -> serial.Serial:
        settings = self.settings
        port = serial.Serial(
            baudrate=settings.baud, parity=settings.parity, stopbits=settings.stop_bits, timeout=0, exclusive=True
        )
        port.port = settings.path
        port.rts = settings.raise_rts
        port.open()
        return port

    def _on_readable(self) -> None:
        self._take_readable()

    def _take_readable(self) -> bool:
        """Take what the kernel has; False when that is nothing, or the end."""
        if self._fd < 0:
            return False
        try:
            incoming = os.read(self._fd, READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            self._lose(f"{self.name} went away: {error.strerror}")
            return False
        if not incoming:
            self._lose(f"{self.name} went away: end of file")
            return False
        self._inbox.put(incoming)
        return True

    def _on_writable(self) -> None:
        self._send()
        if self._loop is not None and self._fd >= 0 and not self._outbox:
            self._loop.remove_writer(self._fd)

    def _send(self) -> None:
        """Give the line what it takes of what is queued."""
        try:
            sent = os.write(self._fd, self._outbox)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose(f"{self.name} went away: {error.strerror}")
            return
        del self._outbox[:sent]

    def _lose(self, message: str) -> None:
        """Close the descriptor at once and tell whoever reads."""
        if self._loop is not None and self._fd >= 0:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
        self._release()
        self._outbox.clear()
        self._inbox.lose(ReaderError("LINK_LOST", message))

    def _release(self) -> None:
        port, self._port, self._fd = self._port, None, -1
        if port is not None:
            port.close()

    def _gone(self) -> ReaderError:
        return self._inbox.lost or ReaderError("LINK_LOST", f"{self.name} is not open")

    def _refused(self, error: Exception) -> ReaderError:
        number = error.errno if isinstance(error, OSError) else None
        code = _REASONS.get(number or 0, "LINK_ABSENT")
        return ReaderError(code, f"{self.name}: {os.strerror(number) if number else error}")


def _claim(fd: int) -> None:
    """Keep programs out that ignore pyserial's lock (TIOCEXCL), and discard what lies in both directions.

    Not on a pty: there the mark outlives a killed owner for as long as the other side holds the line open.
    """
    if os.major(os.fstat(fd).st_rdev) not in PTY_MAJORS:
        fcntl.ioctl(fd, termios.TIOCEXCL)
    _tell_empty_from_ended(fd)
    termios.tcflush(fd, termios.TCIOFLUSH)


def _tell_empty_from_ended(fd: int) -> None:
    """Have reads of an empty line fail with EAGAIN (VMIN 1); by pyserial's VMIN 0 they look like end of file."""
    attributes = termios.tcgetattr(fd)
    attributes[6][termios.VMIN] = 1
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


def latency_timer_ms(path: str, sysfs: Path = Path("/sys")) -> int | None:
    """Return the latency timer of the USB adapter behind a port (FTDI: 16 ms unless udev sets 1); None: it has none."""
    device = Path(path).resolve().name
    try:
        return int((sysfs / "bus/usb-serial/devices" / device / "latency_timer").read_text("ascii"))
    except (OSError, ValueError):
        return None
