"""Who may act at tills, and who may work on devices, as the centre says it: reference data without names.

Times are ms UTC, the end excluded; 0 means no such bound.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Protocol

from edge.domain.frozen import frozen

STAFF: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,15}")
"""An id of staff: never a name."""

MEMBERS_MAX: Final = 1_000
"""A roster is read in one step between two taps: a few milliseconds."""

SIGN_IN_TRIES: Final = 5
SIGN_IN_LOCK_MS: Final = 60_000
"""After so many wrong PINs, each within the lock of the one before, nobody is let in under that id for a minute."""

SALT_BYTES: Final = 16
HASH_BYTES: Final = 32
PUBLIC_BYTES: Final = 32


class Role(StrEnum):
    """What staff may do: a cashier sells and takes back what is fresh, a lead takes back, closes and opens again."""

    CASHIER = "cashier"
    LEAD = "lead"


class Trade(StrEnum):
    """What a technician may do: a fitter services devices, an inspector also signs what takes two."""

    FITTER = "fitter"
    INSPECTOR = "inspector"


@frozen
class StaffMember:
    """One person at the tills: scrypt of the PIN under its salt, as in a till's own file."""

    staff: str
    role: Role
    salt: bytes
    hash: bytes
    from_ms: int = 0
    until_ms: int = 0


@frozen
class Technician:
    """One technician: ``public`` is the Ed25519 key whose signatures are theirs."""

    technician: str
    role: Trade
    public: bytes
    from_ms: int = 0
    until_ms: int = 0


@frozen
class StaffRoster:
    """Everybody who may act at the tills; raises ValueError out of bounds."""

    members: tuple[StaffMember, ...]

    def __post_init__(self) -> None:
        """Check the bounds."""
        _check([member.staff for member in self.members], self.members)
        for member in self.members:
            if (len(member.salt), len(member.hash)) != (SALT_BYTES, HASH_BYTES):
                raise ValueError(f"{member.staff}: a salt has {SALT_BYTES} bytes, a hash {HASH_BYTES}")

    def __len__(self) -> int:
        return len(self.members)

    def member(self, staff: str, trusted_ms: int) -> StaffMember | None:
        """Return somebody who may act at a trusted time (0: none is trusted, so nobody's time is over)."""
        return next((one for one in self.members if one.staff == staff and holds(one, trusted_ms)), None)


@frozen
class TechnicianRoster:
    """Everybody who may work on devices; raises ValueError out of bounds."""

    members: tuple[Technician, ...]

    def __post_init__(self) -> None:
        """Check the bounds."""
        _check([member.technician for member in self.members], self.members)
        for member in self.members:
            if len(member.public) != PUBLIC_BYTES:
                raise ValueError(f"{member.technician}: an Ed25519 key has {PUBLIC_BYTES} bytes")
        if len({member.public for member in self.members}) < len(self.members):
            raise ValueError("two technicians have one key")

    def __len__(self) -> int:
        return len(self.members)

    def member(self, technician: str, trusted_ms: int) -> Technician | None:
        """Return a technician who may work at a trusted time (0: none is trusted, so nobody's time is over)."""
        return next((one for one in self.members if one.technician == technician and holds(one, trusted_ms)), None)


class Bounded(Protocol):
    """Somebody whose time is bounded."""

    @property
    def from_ms(self) -> int:
        """Return when it begins, 0: it has begun."""
        ...

    @property
    def until_ms(self) -> int:
        """Return when it is over, 0: never."""
        ...


def holds(member: Bounded, trusted_ms: int) -> bool:
    """Say whether somebody's time has come and is not over; where no time is trusted, nobody is shut out by it."""
    begun = member.from_ms <= trusted_ms
    ended = 0 < member.until_ms <= trusted_ms
    return not trusted_ms or (begun and not ended)


def _check(names: Sequence[str], members: Sequence[StaffMember | Technician]) -> None:
    if len(members) > MEMBERS_MAX:
        raise ValueError(f"{len(members)} members, at most {MEMBERS_MAX}")
    for number, (name, member) in enumerate(zip(names, members, strict=True), 1):
        if not STAFF.fullmatch(name):
            raise ValueError(f"member {number}: an id has 1 to 16 lower-case letters, digits or hyphens")
        if member.from_ms < 0 or (member.until_ms and member.until_ms <= member.from_ms):
            raise ValueError(f"{name}: the time ends before it begins")
    if len(set(names)) < len(names):
        raise ValueError("somebody stands twice")
