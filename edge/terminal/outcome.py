"""What a tap comes to, and the signals that say so."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from edge.domain.boarding import Boarding
from edge.domain.decision import Declined, Reason
from edge.domain.frozen import frozen
from edge.domain.meals.sale import Sale
from edge.domain.medium import ManualSnapshot, PurseSnapshot
from edge.domain.pricing import NOT_PRICED, Pricing
from edge.domain.tap import Tap, Token
from edge.ports import Signal

NO_TOKEN = Token(b"")

ONE_CARD_ONLY = Signal(lamp="amber", tone="again", prompt="one_card_only")
PRESENT_AGAIN = Signal(lamp="amber", tone="again", prompt="present_again")
PRESENT_SAME_CARD = Signal(lamp="amber", tone="again", prompt="present_same_card")
UNDECIDED: Final = frozenset({"tariff.in_force", "tariff.facts"})
"""Rules that decline because the tariff has no answer, not because of what was presented."""

ASK_STAFF = Signal(lamp="amber", tone="again", prompt="ask_staff")
READ_ONLY = Signal(lamp="amber", tone="again", prompt="read_only")
OUT_OF_SERVICE = Signal(lamp="red", tone="refused", prompt="out_of_service")


@frozen
class Outcome:
    """The end of one tap. ``accepted`` is true only when the entry that says so is durable.

    ``repeatable``: inside the debounce time the same answer is given again without another look at the card.
    ``unpriced``: the reference data itself could not decide. A till's tap names its ``sale``, one by a driver's key its
    ``boarding``; ``pricing`` is that of an accepted one, ``flags`` are what the guards of a till found. ``pays``:
    what a meal by hand is paid with, cash or account.
    """

    accepted: bool
    signal: Signal
    tap_id: bytes
    token: Token = NO_TOKEN
    repeatable: bool = True
    unpriced: bool = False
    sale: Sale | None = None
    pricing: Pricing = NOT_PRICED
    boarding: Boarding | None = None
    flags: tuple[str, ...] = ()
    pays: str = ""


def accepted(
    tap: Tap,
    payer_fen: int,
    balance_fen: int = -1,
    prompt: str = "accepted",
    pricing: Pricing = NOT_PRICED,
    flags: tuple[str, ...] = (),
) -> Outcome:
    """Return the green outcome with what was paid and what is left, in fen (-1: only the account knows)."""
    signal = Signal(lamp="green", tone="accepted", prompt=prompt, fen=payer_fen, balance_fen=balance_fen)
    pays = tap.medium.known.pays if isinstance(tap.medium, ManualSnapshot) else ""
    told = Outcome(True, signal, tap.id, tap.token, sale=tap.sale, pricing=pricing, boarding=tap.boarding)
    return replace(told, flags=flags, pays=pays)


def declined(tap: Tap, reason: Reason) -> Outcome:
    """Return the red outcome; the reason's word is its prompt."""
    signal = Signal(lamp="red", tone="refused", prompt=reason.value)
    return Outcome(False, signal, tap.id, tap.token, sale=tap.sale, boarding=tap.boarding)


def refused(tap: Tap, decision: Declined) -> Outcome:
    """Return the red outcome of a decision; a purse that holds too little is told what it holds."""
    unpriced = decision.explanation[-1].rule in UNDECIDED
    told = replace(declined(tap, decision.reason), unpriced=unpriced, flags=decision.flags)
    if decision.reason is not Reason.BALANCE_TOO_LOW or not isinstance(tap.medium, PurseSnapshot):
        return told
    return replace(told, signal=replace(told.signal, balance_fen=tap.medium.balance_fen))


def torn(tap: Tap) -> Outcome:
    """Return the amber outcome that asks for the same card again; never answered from memory."""
    return Outcome(False, PRESENT_SAME_CARD, tap.id, tap.token, False, sale=tap.sale, boarding=tap.boarding)
