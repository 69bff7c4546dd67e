"""What kinds of media there are."""

from __future__ import annotations

from enum import StrEnum


class Family(StrEnum):
    """The families of media that a holder can present."""

    PURSE = "purse"
    BANK_CARD = "bank_card"
    CODE = "code"
    IDENTITY = "identity"
    MANUAL = "manual"
    UNKNOWN = "unknown"
