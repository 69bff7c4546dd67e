"""The answer to a tap: approved with a charge, or declined with a reason; always explained."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from edge.domain.charge import Charge, Line, Share
from edge.domain.frozen import frozen
from edge.domain.pricing import NOT_PRICED, Pricing

__all__ = ["CARD_ANSWERS", "Approved", "Charge", "Decision", "Declined", "Line", "Reason", "Share"]


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
    TARIFF_REFUSED = "tariff_refused"
    OFFLINE_LIMIT = "offline_limit"
    POLICY_MISSING = "policy_missing"
    STORE_FULL = "store_full"
    SAM_UNAVAILABLE = "sam_unavailable"
    CARD_FAULT = "card_fault"
    CONTINUITY_LOST = "continuity_lost"
    LISTS_STALE = "lists_stale"
    MEDIUM_NOT_SERVED = "medium_not_served"
    NOT_AUTHENTIC = "not_authentic"
    ISSUER_UNKNOWN = "issuer_unknown"
    CARD_REFUSES = "card_refuses"
    HOLDER_CHECK = "holder_check"
    ABOVE_FLOOR = "above_floor"
    CODE_EXPIRED = "code_expired"
    CODE_FROM_FUTURE = "code_from_future"
    CODE_USED = "code_used"
    ABOVE_CODE_LIMIT = "above_code_limit"
    IDENTITY_ONLY = "identity_only"
    CARD_LIMIT = "card_limit"
    FIRST_USE_LIMIT = "first_use_limit"
    LISTS_TOO_OLD = "lists_too_old"
    DEBT_OWED = "debt_owed"
    FOREIGN_CURRENCY = "foreign_currency"
    MEAL_GUARD = "meal_guard"
    BY_HAND_OFF = "by_hand_off"
    BY_HAND_LIMIT = "by_hand_limit"
    NOT_THE_DINER = "not_the_diner"


@frozen
class Approved:
    """The holder may pass for this charge. ``pricing`` is what the tariff says beside it.

    ``flags`` name the guards of the tariff that found something odd: it is told and counted, and changes no price.
    """

    charge: Charge
    explanation: tuple[Line, ...]
    pricing: Pricing = NOT_PRICED
    prompt: str = "accepted"
    flags: tuple[str, ...] = ()


@frozen
class Declined:
    """The holder may not pass, and why; ``flags`` as in :class:`Approved`."""

    reason: Reason
    explanation: tuple[Line, ...]
    flags: tuple[str, ...] = ()


CARD_ANSWERS: Final = "card.answers"
"""The rule that declines where card or SAM failed in the middle of a tap: nobody decided."""

Decision = Approved | Declined
