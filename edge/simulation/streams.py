"""Randomness in named streams: the only door to ``random`` in a simulated run.

Every actor, fault and latency draws from a stream of its own, seeded by the SHA-256 of (seed, name). A new actor
therefore never shifts the draws of the others, and no draw depends on PYTHONHASHSEED.
"""

from __future__ import annotations

import hashlib
from random import Random


class Streams:
    """The family of random streams of one run."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._streams: dict[str, Random] = {}

    def stream(self, name: str) -> Random:
        """Return the stream of ``name``, the same object at every call."""
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = Random(self.number(name))
        return stream

    def number(self, name: str) -> int:
        """Return the 256-bit number that (seed, name) stands for."""
        return int.from_bytes(hashlib.sha256(f"{self.seed}/{name}".encode()).digest())
