"""Every state that the till's pages can be in, as the terminal tells it; amounts in fen, invented."""

from __future__ import annotations

from typing import Any, Final

from edge.control.messages import Message

NOON_MS: Final = 1_764_043_200_000
HEALTH: Final[Message] = {
    "terminal": "till-1",
    "blocked": "",
    "next": "",
    "unsent": 0,
    "oldest_ms": 0,
    "oldest_s": 0,
    "lists_age_s": 3 * 3_600,
    "lists_old": False,
    "time_quality": "trusted",
    "torn": 0,
    "space": "fine",
}
READY: Final[Message] = {"state": "ready", "waiting": 0}
IDLE: Final[Message] = {
    "offer": None,
    "outcome": None,
    "shift": {"number": 128, "staff": "s1", "opened_ms": NOON_MS - 3_600_000, "float_fen": 20_000},
    "last_shift": 127,
    "session": "lunch",
    "menus": [{"menu": "set_a", "fen": 1_200}, {"menu": "set_b", "fen": 1_800}],
    "by_hand": "cash",
    "health": HEALTH,
    "printer": READY,
    "assurance": {"key": "grants", "open": 3, "open_max": 200},
    "now_ms": NOON_MS,
}
SALE: Final[Message] = {
    "number": 7,
    "party": "diner",
    "session": "lunch",
    "menu": "",
    "unit_fen": 1_500,
    "quantity": 1,
    "delivery_m": -1,
}
OFFER: Final[Message] = {**SALE, "list_fen": 1_500, "delivery_fen": 0, "left_ms": 150_000, "bound": False}
PARTS: Final[list[Message]] = [
    {"name": "meal", "list_fen": 1_500, "payer_fen": 900, "funders": {"district": 400, "town": 200}},
    {"name": "delivery", "list_fen": 300, "payer_fen": 0, "funders": {"city": 300}},
]
PAID: Final[Message] = {
    "accepted": True,
    "tap": "0011223344556677",
    "prompt": "accepted",
    "payer_fen": 900,
    "balance_fen": 4_100,
    "time_ms": NOON_MS,
    "sale": SALE,
    "parts": PARTS,
    "left": [0, 0],
    "uncertain": False,
    "surety": "leased",
}
NOTHING_PAID: Final[Message] = {**PAID, "accepted": False, "payer_fen": 0, "parts": [], "left": None, "surety": ""}


def refused(prompt: str) -> Message:
    """Return the outcome of a card that was charged nothing."""
    return {**NOTHING_PAID, "prompt": prompt}


def unwell(**changes: Any) -> Message:  # noqa: ANN401 - members of the health message
    """Return an idle till with something to tell about its health."""
    return {**IDLE, "health": {**HEALTH, **changes}}


FEAST: Final[Message] = {"name": "meal", "list_fen": 1_235_700, "payer_fen": 1_234_500, "funders": {"bed": 1_200}}
LARGE: Final[Message] = {
    **PAID,
    "payer_fen": 1_234_500,
    "parts": [FEAST],
    "left": [2, 3],
    "uncertain": True,
    "surety": "elsewhere_site",
    "prompt": "low_balance",
}
AT_LIST_PRICE: Final[Message] = {
    **PAID,
    "payer_fen": 1_500,
    "parts": [{"name": "meal", "list_fen": 1_500, "payer_fen": 1_500, "funders": {}}],
}
STATES: Final[dict[str, Message]] = {
    "idle": IDLE,
    "between_sessions": {**IDLE, "session": "", "menus": [], "printer": None},
    "no_shift": {**unwell(blocked="no_shift", next="open_shift"), "shift": None},
    "offer": {**IDLE, "offer": OFFER},
    "offer_of_many": {**IDLE, "offer": {**OFFER, "quantity": 20, "list_fen": 30_000, "delivery_fen": 300}},
    "paid": {**IDLE, "outcome": PAID},
    "offer_collected": {**IDLE, "offer": {**OFFER, "collected": True}},
    "paid_by_code": {**IDLE, "outcome": {**PAID, "pays": "cash"}},
    "by_hand_limit": {**IDLE, "offer": OFFER, "outcome": refused("by_hand_limit")},
    "paid_much": {**IDLE, "outcome": LARGE},
    "refused": {**IDLE, "offer": OFFER, "outcome": refused("balance_too_low")},
    "refused_at_length": {**IDLE, "offer": OFFER, "outcome": refused("counterfeit")},
    "flagged": {**IDLE, "outcome": {**PAID, "flags": ["burst", "repeat"]}},
    "refused_by_a_guard": {**IDLE, "offer": OFFER, "outcome": {**refused("meal_guard"), "flags": ["repeat"]}},
    "paid_maybe_elsewhere": {**IDLE, "outcome": {**PAID, "left": [0, 0], "surety": "shared_funder"}},
    "paid_by_old_lists": {**IDLE, "outcome": {**PAID, "left": [0, 0], "surety": "shared_site"}},
    "withheld": {**IDLE, "outcome": {**AT_LIST_PRICE, "left": [0, 1], "surety": "withheld"}},
    "quota_used": {**IDLE, "outcome": {**AT_LIST_PRICE, "left": [0, 0], "surety": "used"}},
    "lists_unconfirmed": {**IDLE, "offer": OFFER, "assurance": {"key": "site", "open": 42, "open_max": 200}},
    "subsidies_full": {**IDLE, "offer": OFFER, "assurance": {"key": "full", "open": 200, "open_max": 200}},
    "torn": {**IDLE, "offer": {**OFFER, "bound": True}, "outcome": refused("present_same_card")},
    "not_asked": {**IDLE, "outcome": refused("ask_staff")},
    "network_down": unwell(unsent=312, oldest_s=5 * 3_600, lists_age_s=29 * 3_600, lists_old=True, torn=1),
    "lists_stale": unwell(blocked="lists_stale", next="sync", lists_age_s=400 * 3_600, lists_old=True),
    "store_full": unwell(blocked="store_full", next="call_operator", time_quality="untrusted"),
    "reader_absent": unwell(blocked="reader_absent", next="check_reader", time_quality="holdover"),
    "no_paper": {**IDLE, "printer": {"state": "no_paper", "waiting": 12}},
    "printer_silent": {**IDLE, "printer": {"state": "silent", "waiting": 1}},
}
SALES: Final[list[Message]] = [
    {
        "tap": f"{number:016x}",
        "time_ms": NOON_MS - number * 61_000,
        "medium": medium,
        "standing": standing,
        "way": "",
        "sale": SALE,
        "list_fen": 1_800,
        "payer_fen": 900,
        "funders": {"district": 400, "town": 200, "city": 300},
        "flags": ["burst", "repeat"] if number == 1 else [],
    }
    for number, (medium, standing) in enumerate(
        [
            ("purse", "paid"),
            ("bank_card", "paid"),
            ("code", "reversed"),
            ("manual_cash", "paid"),
            ("purse", "torn"),
            *[("purse", "paid")] * 12,
        ]
    )
]
REPORT: Final[dict[str, str]] = {
    "number": "128",
    "opened_ms": str(NOON_MS - 3_600_000),
    "from_seq": "9001",
    "sales": "212",
    "meals": "215",
    "total_fen": "387000",
    "payer_fen": "193500",
    "medium.purse": "180",
    "medium.purse_fen": "162000",
    "medium.bank_card": "20",
    "medium.bank_card_fen": "18000",
    "medium.manual_cash": "2",
    "medium.manual_cash_fen": "2200",
    "medium.code": "12",
    "medium.code_fen": "13500",
    "funder.district_fen": "84800",
    "funder.town_fen": "42400",
    "funder.city_fen": "66300",
    "reversed.cash": "1",
    "reversed.cash_fen": "900",
    "declined.balance_too_low": "3",
    "torn": "1",
    "torn_fen": "900",
    "unsent": "312",
    "unsent_oldest_ms": str(NOON_MS - 3_000_000),
    "cash_due_fen": "21300",
    "cash_taken_fen": "2200",
    "collected": "1",
    "flagged": "3",
    "flagged.burst": "2",
    "flagged.repeat": "1",
}
REPLACED: Final[dict[str, str]] = {
    "reopens": "126",
    "cash_counted_fen": "19100",
    "cash_difference_fen": "0",
    "closed_by": "s1",
    "explanation": "",
}
"""What the report of a closed shift says beside, of one that was opened again."""
