"""A virtual QR engine: one code after the other, framed as its protocol does it. Own code, as the codecs' twin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.scanner_gm65 import Gm65Tongue
from drivers.virtual.scanner_line import LineTongue
from drivers.virtual.scanner_ssi import SsiTongue

LARGEST_CODE: Final = 2953
"""Bytes in a QR code of version 40 at level L."""


class Tongue(Protocol):
    """What an engine says and understands in one protocol."""

    setups: list[bytes]
    """The set-up commands that were carried out, as they came."""
    triggers: int
    flash_writes: int

    def spoken(self, content: bytes) -> bytes:
        """Return what the engine sends for one code; the first packet of it where it waits for acknowledgements."""
        ...

    def heard(self, incoming: bytes) -> list[bytes]:
        """Take bytes from the host in any division and return the answers."""
        ...

    def restart(self) -> None:
        """Forget what a power cut forgets."""
        ...


TONGUES: Final[dict[str, Callable[[], Tongue]]] = {"gm65": Gm65Tongue, "line": LineTongue, "zebra_ssi": SsiTongue}


class VirtualScanner:
    """One engine on a line. ``prefix`` stands before every code: an AIM identifier, an ECI designator that leaks."""

    def __init__(self, tongue: Tongue, *, prefix: bytes = b"", answer_delay_ms: float = 5.0) -> None:
        self.tongue = tongue
        self.prefix = prefix
        self.on_unsolicited: Unsolicited = nobody
        self._answer_delay_ms = answer_delay_ms

    def receive(self, incoming: bytes) -> list[Reply]:
        """Take bytes in any division and return what they cause."""
        return [Reply(self._answer_delay_ms, answer) for answer in self.tongue.heard(incoming)]

    def scan(self, content: bytes) -> None:
        """Read one code; raises ``ValueError`` for what no QR code can hold."""
        if not 0 < len(content) <= LARGEST_CODE:
            raise ValueError(f"a QR code holds 1 to {LARGEST_CODE} bytes, not {len(content)}")
        self.on_unsolicited(Reply(0.0, self.tongue.spoken(self.prefix + content)))

    def power_cycle(self) -> None:
        """Lose every volatile setting."""
        self.tongue.restart()
