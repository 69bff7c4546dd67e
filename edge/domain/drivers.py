"""Who drives, by the card they sign on with: reference data without names. A card is known by its keyed token."""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen
from edge.domain.staff import STAFF
from edge.domain.tap import TOKEN_BYTES

DRIVERS_MAX: Final = 10_000


@frozen
class Driver:
    """One card of one driver; times are ms UTC, the end excluded, 0: no such bound."""

    driver: str
    token: bytes
    from_ms: int = 0
    until_ms: int = 0


@frozen
class DriverRoster:
    """Every card that signs a driver on; a driver may have several. Raises ValueError out of bounds."""

    members: tuple[Driver, ...]

    def __post_init__(self) -> None:
        """Check the bounds."""
        if len(self.members) > DRIVERS_MAX:
            raise ValueError(f"{len(self.members)} cards of drivers, at most {DRIVERS_MAX}")
        for number, member in enumerate(self.members, 1):
            if not STAFF.fullmatch(member.driver):
                raise ValueError(f"card {number}: a driver has 1 to 16 lower-case letters, digits or hyphens")
            if len(member.token) != TOKEN_BYTES:
                raise ValueError(f"{member.driver}: a token has {TOKEN_BYTES} bytes")
        if len({member.token for member in self.members}) < len(self.members):
            raise ValueError("one card is of two drivers")

    def __len__(self) -> int:
        return len(self.members)
