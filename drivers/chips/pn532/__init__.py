"""NXP PN532 (UM0701-02): procedures, settings and status codes; frames belong to the reader around the chip."""

from __future__ import annotations

from drivers.chips.pn532.procedures import Pn532Chip
from drivers.chips.pn532.settings import Pn532Settings

__all__ = ["Pn532Chip", "Pn532Settings"]
