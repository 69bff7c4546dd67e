"""The driver's keys: what each means, and the entries that say who pressed it. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from edge.domain.boarding import RIDERS_MAX, Boarding
from edge.domain.entry import Remark
from edge.domain.frozen import frozen

ARMED: Final = "driver.armed"
DISARMED: Final = "driver.disarmed"
WAIVED: Final = "waived by the driver"
"""The reason in the entry that takes a ride back."""


class Key(StrEnum):
    """What a driver can press."""

    PAY_FOR = "pay_for"
    COMPANION = "companion"
    WAIVE = "waive"
    CANCEL = "cancel"


@frozen
class KeyPress:
    """One press; ``riders`` goes with :attr:`Key.PAY_FOR` and is 1 for every other. ValueError out of bounds."""

    key: Key
    riders: int = 1

    def __post_init__(self) -> None:
        """Check the bounds."""
        least, most = (2, RIDERS_MAX) if self.key is Key.PAY_FOR else (1, 1)
        if not least <= self.riders <= most:
            raise ValueError(f"{self.key.value} goes with {least} to {most} riders")

    def boarding(self, driver: str, now_ms: int) -> Boarding | None:
        """Return what the next tap is to be, None for a key that arms nothing."""
        if self.key not in (Key.PAY_FOR, Key.COMPANION):
            return None
        return Boarding(self.riders, self.key is Key.COMPANION, driver, now_ms)


def armed(boarding: Boarding, for_ms: int) -> Remark:
    """Return the body of the entry of an armed key."""
    key = Key.COMPANION if boarding.companion else Key.PAY_FOR
    pairs = {"driver": boarding.driver, "key": key.value, "riders": str(boarding.riders), "for_ms": str(for_ms)}
    return Remark(ARMED, tuple(pairs.items()))


def disarmed(driver: str) -> Remark:
    """Return the body of the entry of a key that was pressed again, or cancelled."""
    return Remark(DISARMED, (("driver", driver),))
