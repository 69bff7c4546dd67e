"""What one tap says on its two lines, recorded from the real thing, so that a floor can say as much."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from drivers.links.serial_port import SerialPort, SerialSettings

ACK_BYTES: Final = 6
"""The PN532 acknowledges each command in a frame of its own before it answers."""


@dataclass(slots=True)
class Exchange:
    """Bytes out, then bytes in, on one line; ``acked``: the first six of them are a frame apart."""

    line: str
    out_bytes: int
    in_bytes: int = 0
    acked: bool = False

    def replies(self) -> list[int]:
        """Return the sizes of the frames that come back."""
        return [ACK_BYTES, self.in_bytes - ACK_BYTES] if self.acked else [self.in_bytes]


@dataclass(slots=True)
class Recording:
    """The exchanges of all links that :meth:`link` made, in order, while ``running``."""

    acknowledging: str
    running: bool = False
    exchanges: list[Exchange] = field(default_factory=list)

    def link(self, settings: SerialSettings) -> SerialPort:
        """Open a serial port that is recorded."""
        return RecordedPort(settings, self)

    def sent(self, line: str, count: int) -> None:
        """Note a command."""
        if self.running:
            self.exchanges.append(Exchange(line, count, acked=line == self.acknowledging))

    def received(self, line: str, count: int) -> None:
        """Add to the answer of the last command."""
        if self.running and count:
            last = self.exchanges[-1]
            if last.line != line:
                raise RuntimeError("an answer came on the line that was not asked")
            last.in_bytes += count


class RecordedPort(SerialPort):
    """A serial port whose traffic is counted."""

    def __init__(self, settings: SerialSettings, recording: Recording) -> None:
        super().__init__(settings)
        self._recording = recording

    def write(self, outgoing: bytes) -> None:
        """Send and note it."""
        self._recording.sent(self.name, len(outgoing))
        super().write(outgoing)

    async def read(self, timeout_ms: float, at_least: int = 1) -> bytes:
        """Receive and note it."""
        incoming = await super().read(timeout_ms, at_least)
        self._recording.received(self.name, len(incoming))
        return incoming
