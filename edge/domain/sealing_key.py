"""The public clearing key of now, as reference data: terminals that were enrolled under an older one seal to it."""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen

PUBLIC_BYTES: Final = 32
VERSION_MAX: Final = 1_000_000
_PRIME: Final = 2**255 - 19
_SMALL_ORDER: Final = frozenset(
    (
        *(0, 1, _PRIME - 1, _PRIME, _PRIME + 1),
        0x00B8495F16056286FDB1329CEB8D09DA6AC49FF1FAE35616AEB8413B7C7AEBE0,
        0x57119FD0DD4E22D8868E1C58C45C44045BEF839C55B1D0B1248C50A3BC959C5F,
    )
)
"""What nothing can be sealed to: with any private key these agree on zeros (RFC 7748, 6.1)."""


@frozen
class SealingKey:
    """An X25519 key and its version; raises ValueError for what cannot be one."""

    version: int
    public: bytes

    def __post_init__(self) -> None:
        """Check the bounds."""
        if not 1 <= self.version <= VERSION_MAX:
            raise ValueError(f"a version lies between 1 and {VERSION_MAX}")
        if len(self.public) != PUBLIC_BYTES or int.from_bytes(self.public, "little") % 2**255 in _SMALL_ORDER:
            raise ValueError(f"a public clearing key has {PUBLIC_BYTES} bytes that agree on a secret")

    def __len__(self) -> int:
        return 1
