"""NXP PN532 over its high-speed UART (UM0701-02): frames and codec around the chip's own procedures."""

from __future__ import annotations

from typing import Final

from drivers.chips.pn532 import Pn532Chip, Pn532Settings
from drivers.contactless import ContactlessModel
from drivers.readers.pn532.codec import Pn532Codec

__all__ = ["MODELS", "Pn532", "Pn532Codec", "Pn532Settings"]


class Pn532(Pn532Chip):
    """A chip alone on a line, with the codec of that line."""

    def __init__(self, settings: Pn532Settings | None = None) -> None:
        super().__init__(settings)
        self.codec = Pn532Codec()


def _pn532(timeout_ms: float) -> Pn532:
    return Pn532(Pn532Settings(command_timeout_ms=timeout_ms))


MODELS: Final = (
    ContactlessModel("pn532", _pn532, told="NXP PN532 on its UART: cards only", bauds=(115200, 921600), pins=0x3F),
)
