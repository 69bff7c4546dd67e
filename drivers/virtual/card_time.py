"""The card-time model: how long each step of a card or SAM takes. Assumed figures; this is the place to change them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

ACTIVATION_MS: Final = 18.0
"""Anticollision and RATS together."""
RF_BYTE_MS: Final = 0.1
"""Each byte over the air, each way, at 106 kbit/s."""
CARD_WAIT_MS: Final = 77.3
"""Frame waiting time for FWI 8: what a reader waits for a card that has gone (ISO/IEC 14443-4 7.2)."""
POLL_MISS_MS: Final = 5.0
"""One request that nobody answers, guard time included."""
OTHER_MS: Final = 8.0
SAM_RESET_MS: Final = 60.0

SIGNED_GPO: Final = "GPO SIGNED"
"""A GPO that has the card make a signature (fDDA)."""

STEP_MS: Final = MappingProxyType(
    {
        "SELECT": 12.0,
        "READ BINARY": 6.0,
        "READ RECORD": 6.0,
        "INITIALIZE": 18.0,
        "UPDATE CAPP DATA CACHE": 10.0,
        "DEBIT": 35.0,
        "GET TRANSACTION PROVE": 12.0,
        "GPO": 15.0,
        SIGNED_GPO: 120.0,
        "INTERNAL AUTHENTICATE": 110.0,
        "GENERATE AC": 60.0,
        "PSAM INIT FOR PURCHASE": 25.0,
        "PSAM CREDIT": 15.0,
    }
)

_STEPS: Final = MappingProxyType(
    {
        (0x00, 0xA4): "SELECT",
        (0x00, 0xB0): "READ BINARY",
        (0x00, 0xB2): "READ RECORD",
        (0x00, 0x84): "GET CHALLENGE",
        (0x00, 0x88): "INTERNAL AUTHENTICATE",
        (0x00, 0xC0): "GET RESPONSE",
        (0x80, 0x50): "INITIALIZE",
        (0x80, 0xDC): "UPDATE CAPP DATA CACHE",
        (0x80, 0x54): "DEBIT",
        (0x80, 0x5A): "GET TRANSACTION PROVE",
        (0x80, 0x5C): "GET BALANCE",
        (0x80, 0xA8): "GPO",
        (0x80, 0xAE): "GENERATE AC",
        (0x80, 0xCA): "GET DATA",
        (0x80, 0x70): "PSAM INIT FOR PURCHASE",
        (0x80, 0x72): "PSAM CREDIT",
        (0x84, 0x1E): "APPLICATION BLOCK",
    }
)


STEPS: Final = frozenset(_STEPS.values())
"""Every step that can be named in an order to tear or hold."""


def step_of(apdu: bytes) -> str:
    """Name the step of a command by its class and instruction; ``OTHER`` where the model has no name."""
    if len(apdu) < 2:  # noqa: PLR2004 - CLA and INS
        return "OTHER"
    return _STEPS.get((apdu[0], apdu[1]), "OTHER")


class CardTime:
    """The model, switchable: with ``enabled=False`` everything takes no time, for fast tests."""

    def __init__(self, *, enabled: bool = True) -> None:
        self.enabled = enabled

    def command_ms(self, step: str, bytes_over_air: int = 0) -> float:
        """Return what a command takes, air time in both directions included."""
        return self._or_nothing(STEP_MS.get(step, OTHER_MS) + RF_BYTE_MS * bytes_over_air)

    def air_ms(self, byte_count: int) -> float:
        """Return the air time of bytes that cause no command, such as protocol blocks."""
        return self._or_nothing(RF_BYTE_MS * byte_count)

    def activation_ms(self) -> float:
        """Return what anticollision and RATS of one card take."""
        return self._or_nothing(ACTIVATION_MS)

    def poll_miss_ms(self, attempts: int) -> float:
        """Return what ``attempts`` requests without an answer take."""
        return self._or_nothing(POLL_MISS_MS * attempts)

    def card_wait_ms(self) -> float:
        """Return how long a reader waits for a card that does not answer."""
        return self._or_nothing(CARD_WAIT_MS)

    def sam_reset_ms(self) -> float:
        """Return what a SAM takes from reset to ATR."""
        return self._or_nothing(SAM_RESET_MS)

    def _or_nothing(self, milliseconds: float) -> float:
        return milliseconds if self.enabled else 0.0
