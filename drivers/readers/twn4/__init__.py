"""ELATEC TWN4 in its simple protocol: cards and up to four SAMs on one line, binary or ASCII."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.contactless import ContactlessModel
from drivers.readers.twn4.cards import MAKER, PINS, Twn4, Twn4Settings
from drivers.readers.twn4.codec import AsciiCodec, BinaryCodec, Twn4Codec
from drivers.readers.twn4.sams import Twn4Sams
from drivers.sam_slots import SamModel

__all__ = ["MODELS", "AsciiCodec", "BinaryCodec", "Twn4", "Twn4Settings"]

BAUDS: Final = (9600, 115200)


def _models(name: str, codec: Callable[[], Twn4Codec], told: str) -> tuple[ContactlessModel, SamModel]:
    def build(timeout_ms: float) -> Twn4:
        return Twn4(codec(), Twn4Settings(command_timeout_ms=timeout_ms))

    def sams(timeout_ms: float) -> Twn4Sams:
        return build(timeout_ms).sams

    cards = ContactlessModel(name, build, told=told, bauds=BAUDS, identity_like=MAKER, pins=PINS)
    return cards, SamModel(name, sams, told=told, bauds=BAUDS, identity_like=MAKER)


MODELS: Final = (
    *_models("twn4", BinaryCodec, "ELATEC TWN4, binary simple protocol: cards, and SAMs in slots 1 to 4"),
    *_models("twn4_ascii", AsciiCodec, "ELATEC TWN4, ASCII simple protocol (unchecked: USB only): cards, and SAMs"),
)
