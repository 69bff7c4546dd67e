"""Why staff cannot do now what they ask for: a word for each reason, which the pages turn into what to do next."""

from __future__ import annotations

from enum import StrEnum

from edge.domain.errors import RemoteProtocolError


class Why(StrEnum):
    """The words; the pages have texts for each of them in every language."""

    SHIFT_OPEN = "shift_open"
    NO_SHIFT = "no_shift"
    NO_SUCH_REPORT = "no_such_report"
    NOTHING_TO_REOPEN = "nothing_to_reopen"
    CASH_UNEXPLAINED = "cash_unexplained"
    OFFER_WAITS = "offer_waits"
    OFFER_BOUND = "offer_bound"
    NO_OFFER = "no_offer"
    MENU_UNKNOWN = "menu_unknown"
    SALE_UNKNOWN = "sale_unknown"
    SALE_OF_EARLIER_SHIFT = "sale_of_earlier_shift"
    VOID_LATE = "void_late"
    NO_PRINTER = "no_printer"
    OWN_PIN = "own_pin"
    TOO_FAST = "too_fast"


class StaffRefused(RemoteProtocolError):  # noqa: N818 - named by what happened, as its base is
    """Staff asked for what cannot be now; ``why`` says it in one word, the message in a technician's."""

    def __init__(self, why: Why, message: str) -> None:
        super().__init__("CONTROL_REFUSED", message)
        self.why = why
