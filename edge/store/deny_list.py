"""The deny list: sorted tokens in a file, mapped into memory and searched by halves.

A mapped file costs no memory of its own, and a look-up of ten million tokens touches 24 pages.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Final

from edge.domain.errors import PolicyError
from edge.domain.tap import TOKEN_BYTES

PAIR: Final = struct.Struct(">QQ")
"""A token as two numbers, for comparing without copying."""


def check_tokens(body: bytes) -> None:
    """Raise ``ARTIFACT_DAMAGED`` unless ``body`` is whole tokens in strictly rising order."""
    if len(body) % TOKEN_BYTES:
        raise PolicyError("ARTIFACT_DAMAGED", f"deny list: {len(body)} bytes are not whole tokens")
    before = (-1, -1)
    for token in PAIR.iter_unpack(body):
        if token <= before:
            raise PolicyError("ARTIFACT_DAMAGED", "deny list: its tokens are not in rising order")
        before = token


class DenyList:
    """The last ``body_bytes`` of a file: 16-byte tokens in rising order."""

    def __init__(self, path: Path, body_bytes: int) -> None:
        self._start = path.stat().st_size - body_bytes
        self._count = body_bytes // TOKEN_BYTES
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, token: bytes) -> bool:
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            at = self._start + middle * TOKEN_BYTES
            found = self._map[at : at + TOKEN_BYTES]
            if found == token:
                return True
            if found < token:
                low = middle + 1
            else:
                high = middle
        return False

    def close(self) -> None:
        """Give the map back."""
        self._map.close()
