"""Virtual readers that hold an antenna and SAM slots in one box, by the name of their protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from drivers.virtual import acr1281s, acs, twn4, zlg
from drivers.virtual.device import VirtualDevice
from drivers.virtual.field import Field, Report
from drivers.virtual.gemcore import SamCard
from edge.domain.frozen import frozen

Sams = Mapping[int, SamCard]


class VirtualBox(VirtualDevice, Protocol):
    """A reader that can lose its power; its field is where cards come and go."""

    @property
    def field(self) -> Field:
        """Return the field before its antenna."""
        ...

    def power_cycle(self) -> None:
        """Lose power."""
        ...


@frozen
class BoxModel:
    """How to make one, the slot of its first SAM, and the rates it listens at."""

    build: Callable[[Field, Sams, Report], VirtualBox]
    sam_slot: int
    bauds: tuple[int, ...]


BOXES: Final[dict[str, BoxModel]] = {
    "acr122s": BoxModel(lambda field, sams, tell: acs.VirtualAcr122(field, sams, report=tell), 0, acs.BAUDS),
    "acr122l": BoxModel(
        lambda field, sams, tell: acs.VirtualAcr122(field, sams, model="acr122l", report=tell), 1, acs.BAUDS
    ),
    "acr1281s": BoxModel(
        lambda field, sams, tell: acr1281s.VirtualAcr1281s(field, sams, report=tell), 2, acr1281s.BAUDS
    ),
    "twn4": BoxModel(lambda field, sams, tell: twn4.VirtualTwn4(field, sams, report=tell), 1, twn4.BAUDS),
    "twn4_ascii": BoxModel(
        lambda field, sams, tell: twn4.VirtualTwn4(field, sams, binary=False, report=tell), 1, twn4.BAUDS
    ),
    "zlg": BoxModel(lambda field, sams, tell: zlg.VirtualZlg(field, sams, report=tell), 0, zlg.BAUDS),
    "zlg_old": BoxModel(lambda field, sams, tell: zlg.VirtualZlg(field, sams, old=True, report=tell), 0, zlg.BAUDS),
}
