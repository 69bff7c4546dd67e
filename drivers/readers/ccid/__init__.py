"""Smart card readers that speak CCID over a serial line: one body, an envelope per vendor."""

from __future__ import annotations

from typing import Final

from drivers.readers.ccid.codec import CcidCodec
from drivers.readers.ccid.gemcore import GemCoreEnvelope
from drivers.readers.ccid.procedures import SerialCcid
from drivers.readers.ccid.settings import CcidSettings
from drivers.sam_slots import SamModel

__all__ = ["MODELS", "CcidCodec", "CcidSettings", "GemCoreEnvelope", "SerialCcid"]


def _gemcore(timeout_ms: float) -> SerialCcid:
    return SerialCcid(CcidSettings(exchange_timeout_ms=timeout_ms))


def _gemcore_twin(timeout_ms: float) -> SerialCcid:
    return SerialCcid(CcidSettings(exchange_timeout_ms=timeout_ms, echoes=True))


MODELS: Final = (
    SamModel("gemcore", _gemcore, stop_bits=2, raise_rts=False),
    SamModel("gemcore_twin", _gemcore_twin, stop_bits=2, raise_rts=False),
)
"""GemCore readers use two stop bits; a low RTS stops the plug-and-play text. GemPC Twin echoes every command."""
