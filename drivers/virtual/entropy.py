"""Random bytes of a virtual chip, drawn from a seed, so that a run can be repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

Draw = Callable[[int], bytes]
"""Returns that many bytes."""


def seeded(seed: bytes) -> Draw:
    """Return a source that gives SHA-256(seed | count) in turn; the same seed gives the same bytes."""
    count = 0

    def draw(length: int) -> bytes:
        nonlocal count
        drawn = b""
        while len(drawn) < length:
            drawn += hashlib.sha256(seed + count.to_bytes(8, "big")).digest()
            count += 1
        return drawn[:length]

    return draw
