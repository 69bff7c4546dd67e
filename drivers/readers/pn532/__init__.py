"""NXP PN532 over its high-speed UART (UM0701-02): frames, codec, procedures."""

from __future__ import annotations

from typing import Final

from drivers.contactless import ContactlessModel
from drivers.readers.pn532.codec import Pn532Codec
from drivers.readers.pn532.procedures import Pn532
from drivers.readers.pn532.settings import Pn532Settings

__all__ = ["MODELS", "Pn532", "Pn532Codec", "Pn532Settings"]


def _pn532(timeout_ms: float) -> Pn532:
    return Pn532(Pn532Settings(command_timeout_ms=timeout_ms))


MODELS: Final = (ContactlessModel("pn532", _pn532),)
