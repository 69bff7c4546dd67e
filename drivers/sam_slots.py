"""What a reader of SAM slots offers to the terminal, whatever its envelope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from drivers.framing import Procedure, ReaderProtocol
from edge.domain.frozen import frozen


class SamProtocol(ReaderProtocol, Protocol):
    """Procedures of a SAM reader. They raise SamError and ReaderError."""

    def power_on(self, slot: int) -> Procedure[bytes]:
        """Power a slot and set its protocol; returns the ATR. Raises ``SAM_ABSENT``, ``SAM_MUTE``, ``SAM_WRONG``."""
        ...

    def power_off(self, slot: int) -> Procedure[None]:
        """Take the power away."""
        ...

    def transmit(self, slot: int, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        """Send an APDU, return the whole answer with status word; raises ``SAM_ABSENT`` and ``SAM_MUTE``."""
        ...


@runtime_checkable
class WithSamSlots(Protocol):
    """A contactless reader whose box has SAM slots as well: both share one line and its codec."""

    @property
    def sams(self) -> SamProtocol:
        """Return the procedures of the slots."""
        ...


@frozen
class SamModel:
    """A SAM reader's protocol under the name that profiles use; the fields of a ContactlessModel, without pins.

    ``level`` is what it exchanges: TPDUs, where the terminal speaks T=0, or whole APDUs, where the reader speaks what
    the SAM offers. ``whole_apdus`` builds it for a firmware that does the second although its model does the first.
    """

    name: str
    build: Callable[[float], SamProtocol]
    stop_bits: int = 1
    raise_rts: bool = True
    told: str = ""
    bauds: tuple[int, ...] = (115200,)
    identity_like: str = ""
    level: str = "apdu"
    whole_apdus: Callable[[float], SamProtocol] | None = None
