"""ZLG reader modules (ZLG600A, ZLG522S, ZSN603): cards and a PSAM on one line, old or new frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.contactless import ContactlessModel
from drivers.readers.zlg.codec import NewCodec, OldCodec, ZlgCodec
from drivers.readers.zlg.procedures import LAMP_PIN, Zlg, ZlgSams, ZlgSettings
from drivers.sam_slots import SamModel

__all__ = ["MODELS", "NewCodec", "OldCodec", "Zlg", "ZlgSettings"]

BAUDS: Final = (115200, 9600, 19200, 38400, 57600, 230400)


def _models(name: str, codec: Callable[[], ZlgCodec], told: str) -> tuple[ContactlessModel, SamModel]:
    def build(timeout_ms: float) -> Zlg:
        return Zlg(codec(), ZlgSettings(command_timeout_ms=timeout_ms))

    def sams(timeout_ms: float) -> ZlgSams:
        return build(timeout_ms).sams

    return (
        ContactlessModel(name, build, told=told, bauds=BAUDS, pins=LAMP_PIN),
        SamModel(name, sams, told=told, bauds=BAUDS),
    )


MODELS: Final = (
    *_models("zlg", NewCodec, "ZLG600A, ZLG522S, ZSN603, new frame: cards, and a PSAM in slot 0"),
    *_models("zlg_old", OldCodec, "ZLG600A, ZLG522S, old frame: cards, and a PSAM in slot 0"),
)
