"""Settings of a PN532 that a profile may change."""

from __future__ import annotations

from edge.domain.frozen import frozen


@frozen
class Pn532Settings:
    """How to wake, poll and wait. Times in milliseconds.

    ``wake_up`` goes before the first SAMConfiguration; after it the line rests ``wake_settle_ms`` and is drained.
    ``passive_retries`` bounds InListPassiveTarget (the chip's default polls for ever). ``field_off_ms`` resets a
    card: 5.1 ms or more (ISO/IEC 14443-3). ``ic`` is the chip that GetFirmwareVersion must name.
    ``exchange_timeout_ms`` covers the card's whole answer with its waiting-time extensions. ``part_bytes_max`` is what
    one exchange carries: the chip's own limit, or less where the reader around it takes less.
    """

    wake_up: bytes = b"\x55\x55\x00\x00\x00"
    wake_settle_ms: float = 50.0
    command_timeout_ms: float = 200.0
    poll_timeout_ms: float = 500.0
    exchange_timeout_ms: float = 1000.0
    passive_retries: int = 1
    field_off_ms: float = 6.0
    ic: int = 0x32
    part_bytes_max: int = 262
