"""Smart card readers that speak CCID over a serial line: one body, an envelope per vendor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.contactless import ContactlessModel
from drivers.readers.ccid.acr122 import RED_AND_GREEN, Acr122
from drivers.readers.ccid.acr1281s import Acr1281s, Acr1281Settings
from drivers.readers.ccid.acs import AcsEnvelope
from drivers.readers.ccid.acs_slots import Acr1281Slots, AcsSlots
from drivers.readers.ccid.codec import CcidCodec
from drivers.readers.ccid.gemcore import GemCoreEnvelope
from drivers.readers.ccid.procedures import SerialCcid
from drivers.readers.ccid.settings import CcidSettings
from drivers.sam_slots import SamModel

__all__ = ["MODELS", "Acr122", "Acr1281s", "AcsEnvelope", "CcidCodec", "CcidSettings", "GemCoreEnvelope", "SerialCcid"]

ACS_BAUDS: Final = (9600, 115200, 230400, 57600, 38400, 19200)


def _gemcore(timeout_ms: float) -> SerialCcid:
    return SerialCcid(CcidSettings(exchange_timeout_ms=timeout_ms))


def _gemcore_apdus(timeout_ms: float) -> SerialCcid:
    return SerialCcid(CcidSettings(exchange_timeout_ms=timeout_ms, apdu_level=True))


def _gemcore_twin(timeout_ms: float) -> SerialCcid:
    return SerialCcid(CcidSettings(exchange_timeout_ms=timeout_ms, echoes=True))


def _acr122s(timeout_ms: float) -> Acr122:
    return Acr122(timeout_ms, AcsSlots(timeout_ms, range(1)))


def _acr122l(timeout_ms: float) -> Acr122:
    return Acr122(timeout_ms, AcsSlots(timeout_ms, range(3), envelopes=3))


def _acr1281s(timeout_ms: float) -> Acr1281s:
    return Acr1281s(Acr1281Settings(timeout_ms=timeout_ms), Acr1281Slots(timeout_ms, range(1, 3)))


def _box(name: str, build: Callable[[float], Acr122 | Acr1281s], told: str) -> tuple[ContactlessModel, SamModel]:
    """Return the two models of a box with an antenna and SAM slots, known by one name."""

    def sams(timeout_ms: float) -> AcsSlots:
        return build(timeout_ms).sams

    like = name.upper()
    cards = ContactlessModel(name, build, told=told, bauds=ACS_BAUDS, identity_like=like, pins=RED_AND_GREEN)
    return cards, SamModel(name, sams, told=told, bauds=ACS_BAUDS, identity_like=like)


MODELS: Final = (
    SamModel(
        "gemcore",
        _gemcore,
        stop_bits=2,
        raise_rts=False,
        told="GemCore POS Pro, SIM Pro: SAM slots 1 to 4 beside the main one",
        identity_like="GemCore",
        level="tpdu",
        whole_apdus=_gemcore_apdus,
    ),
    SamModel(
        "gemcore_twin",
        _gemcore_twin,
        stop_bits=2,
        raise_rts=False,
        told="GemPC Twin: one slot; echoes every command",
        identity_like="GemPC",
        level="tpdu",
    ),
    *_box("acr122s", _acr122s, "ACS ACR122S: cards, and one SAM in slot 0"),
    *_box("acr122l", _acr122l, "ACS ACR122L: cards, and SAMs in slots 0 to 2"),
    *_box("acr1281s", _acr1281s, "ACS ACR1281S: cards, a contact card in slot 1, a SAM in slot 2"),
)
"""GemCore readers use two stop bits; a low RTS stops the plug-and-play text."""
