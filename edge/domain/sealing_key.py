"""The public clearing key of now, as reference data: terminals that were enrolled under an older one seal to it."""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen

PUBLIC_BYTES: Final = 32
VERSION_MAX: Final = 1_000_000


@frozen
class SealingKey:
    """An X25519 key and its version; raises ValueError for what cannot be one."""

    version: int
    public: bytes

    def __post_init__(self) -> None:
        """Check the bounds."""
        if not 1 <= self.version <= VERSION_MAX:
            raise ValueError(f"a version lies between 1 and {VERSION_MAX}")
        if len(self.public) != PUBLIC_BYTES or not any(self.public):
            raise ValueError(f"a public clearing key has {PUBLIC_BYTES} bytes, not all of them zero")

    def __len__(self) -> int:
        return 1
