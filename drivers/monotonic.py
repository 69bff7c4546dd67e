"""The time by which drivers wait: the loop's own, which a simulated loop makes virtual."""

from __future__ import annotations

import asyncio


def monotonic_s() -> float:
    """Return the monotonic time of the running loop, in seconds."""
    return asyncio.get_running_loop().time()
