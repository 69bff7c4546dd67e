"""What a contactless reader offers to the terminal, whatever its protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from drivers.framing import Procedure, ReaderProtocol
from edge.domain.frozen import frozen

ISO_DEP: Final = 0x20
"""Bit of SEL_RES: the card speaks ISO/IEC 14443-4 and takes APDUs."""


@frozen
class Target:
    """A card in the field. ``uid`` is what it calls itself today (a first byte 08 is random): never its identity."""

    number: int
    sel_res: int
    uid: bytes
    ats: bytes

    @property
    def takes_apdus(self) -> bool:
        """Say whether the card speaks ISO/IEC 14443-4."""
        return bool(self.sel_res & ISO_DEP)


@frozen
class FieldEmpty:
    """Nobody is in the field."""


@frozen
class FieldCrowded:
    """Two cards or more, or a collision that could not be resolved."""


FieldView = Target | FieldEmpty | FieldCrowded


class ContactlessProtocol(ReaderProtocol, Protocol):
    """Procedures of a contactless reader. They raise ReaderError and CardError."""

    def poll(self) -> Procedure[FieldView]:
        """Look once for type A cards and activate the single one."""
        ...

    def transmit(self, target: Target, apdu: bytes, *, repeatable: bool) -> Procedure[bytes]:
        """Send an APDU to the card, return its answer with status word; raises ``CARD_LEFT`` and others."""
        ...

    def present(self, target: Target) -> Procedure[bool]:
        """Say whether the activated card is still in the field."""
        ...

    def release(self) -> Procedure[None]:
        """Let go of all cards."""
        ...

    def reset_field(self) -> Procedure[None]:
        """Switch the field off long enough to reset every card, and on again."""
        ...

    def write_outputs(self, bits: int) -> Procedure[None]:
        """Set the reader's output pins, where lamps and buzzers hang on them."""
        ...


@frozen
class ContactlessModel:
    """A reader protocol under the name that profiles use. ``build`` takes the timeout of its answers in ms.

    ``told`` says in words what the model is for. ``bauds`` are the rates it may be found at, the likeliest first.
    ``identity_like`` is what its firmware's name contains where several models speak one protocol. ``pins`` are the
    output bits it has.
    """

    name: str
    build: Callable[[float], ContactlessProtocol]
    stop_bits: int = 1
    raise_rts: bool = True
    told: str = ""
    bauds: tuple[int, ...] = (115200,)
    identity_like: str = ""
    pins: int = 0
