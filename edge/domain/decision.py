"""The answer to a tap: approved with a charge, or declined with a reason; always explained."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a tap is declined. Stable: journals, prompts and reports use these words."""

    UNKNOWN_MEDIUM = "unknown_medium"
    WRONG_APPLICATION = "wrong_application"
    NOT_ENABLED = "not_enabled"
    DATE_NOT_SET = "date_not_set"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    FOREIGN_REFUSED = "foreign_refused"
    COUNTERFEIT = "counterfeit"
    COUNTER_REGRESSED = "counter_regressed"
    DENY_LISTED = "deny_listed"
    PASSBACK = "passback"
    BALANCE_TOO_LOW = "balance_too_low"
    AMOUNT_INVALID = "amount_invalid"
    OFFLINE_LIMIT = "offline_limit"
    POLICY_MISSING = "policy_missing"
    STORE_FULL = "store_full"
    SAM_UNAVAILABLE = "sam_unavailable"
    CARD_FAULT = "card_fault"
    CONTINUITY_LOST = "continuity_lost"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation: a rule, whether it applied, why, and what it changed in fen."""

    rule: str
    applied: bool
    reason: str
    fen: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """What one funder carries of a charge, and the rule that said so."""

    funder: str
    fen: int
    rule: str


@dataclass(frozen=True, slots=True)
class Charge:
    """Who pays what, in fen: ``payer + sum(shares) = list + surcharge`` (checked at construction)."""

    list_fen: int
    surcharge_fen: int
    payer_fen: int
    shares: tuple[Share, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a charge that loses or invents money, with ``ValueError``."""
        parts = (self.list_fen, self.surcharge_fen, self.payer_fen, *(share.fen for share in self.shares))
        if any(type(part) is not int or part < 0 for part in parts):
            raise ValueError("every part of a charge is a non-negative integer number of fen")
        if self.payer_fen + self.relief_fen != self.list_fen + self.surcharge_fen:
            raise ValueError("payer and funders do not add up to list price and surcharge")

    @property
    def relief_fen(self) -> int:
        """Sum of what the funders carry."""
        return sum(share.fen for share in self.shares)

    @property
    def total_fen(self) -> int:
        """List price and surcharge: what the operator earns."""
        return self.list_fen + self.surcharge_fen


@dataclass(frozen=True, slots=True)
class Approved:
    """The holder may pass for this charge."""

    charge: Charge
    explanation: tuple[Line, ...]
    prompt: str = "accepted"


@dataclass(frozen=True, slots=True)
class Declined:
    """The holder may not pass, and why."""

    reason: Reason
    explanation: tuple[Line, ...]


Decision = Approved | Declined
