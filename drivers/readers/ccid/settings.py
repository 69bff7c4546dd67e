"""Settings of a serial CCID reader that a profile may change."""

from __future__ import annotations

from edge.domain.frozen import frozen


@frozen
class CcidSettings:
    """How a reader's model behaves. Times in milliseconds.

    ``echoes``: the model first sends every command back (GemPC Twin). ``voltage``: 1 5 V, 2 3 V, 3 1.8 V, 0
    automatic. ``t0_parameters``: FiDi, TCCKS, guard time, waiting integer, clock stop.
    ``message_bytes_max`` bounds a CCID message with its header. ``apdu_level``: the reader chooses the protocol and
    fetches answers itself.
    """

    echoes: bool = False
    voltage: int = 1
    t0_parameters: bytes = b"\x11\x00\x00\x0a\x00"
    message_bytes_max: int = 271
    firmware_timeout_ms: float = 2000.0
    status_timeout_ms: float = 300.0
    power_timeout_ms: float = 1500.0
    exchange_timeout_ms: float = 1000.0
    apdu_level: bool = False
