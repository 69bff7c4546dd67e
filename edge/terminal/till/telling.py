"""What the till says of itself: plain JSON values with stable keys, amounts in fen, nobody's number or name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from edge.control.messages import Message
from edge.control.status import Status
from edge.domain.charge import Charge
from edge.domain.exchange import EDITION
from edge.domain.meals.menu import Menus, offered
from edge.domain.meals.sale import Sale
from edge.domain.meals.sheet import Sold
from edge.domain.meals.shift import Shift
from edge.domain.meals.surety import OPEN, carried_by_site, surety_of
from edge.domain.policy import Policy
from edge.domain.pricing import Pricing
from edge.domain.tariff.versions import in_force
from edge.terminal.outcome import Outcome

BLOCKED: Final[Mapping[str, str]] = {
    "": "",
    "no_shift": "open_shift",
    "policy_missing": "sync",
    "lists_stale": "sync",
    "store_full": "call_operator",
    "continuity_lost": "call_operator",
    "reader_absent": "check_reader",
}
"""Why nothing can be sold, and what to do next: keys of the pages' texts."""
STALE_S: Final = 24 * 3600


def offer_message(sale: Sale | None, list_fen: int, left_ms: int, *, bound: bool) -> Message | None:
    """Return the offer that waits; ``bound``: for one medium alone, whose debit is in doubt."""
    if sale is None:
        return None
    fee_fen = sale.delivery_fen if sale.delivery_m >= 0 else 0
    return {
        **sale_message(sale),
        "list_fen": list_fen * sale.quantity,
        "delivery_fen": fee_fen,
        "left_ms": left_ms,
        "bound": bound,
    }


def sale_message(sale: Sale) -> Message:
    """Return a sale without who prepared it."""
    return {
        "number": sale.number,
        "party": sale.party,
        "session": sale.session,
        "menu": sale.menu,
        "unit_fen": sale.unit_fen,
        "quantity": sale.quantity,
        "delivery_m": sale.delivery_m,
        "collected": bool(sale.proxy),
    }


def outcome_message(outcome: Outcome, time_ms: int, *, inside: bool) -> Message:
    """Return how a tap ended: who pays what, what is left of the day's quota, and how sure that is here.

    ``inside``: this till's lists are surely fresh, see :func:`edge.domain.meals.surety.carried_by_site`.
    """
    signal = outcome.signal
    return {
        "accepted": outcome.accepted,
        "tap": outcome.tap_id.hex(),
        "prompt": signal.prompt,
        "payer_fen": signal.fen,
        "balance_fen": signal.balance_fen,
        "time_ms": time_ms,
        "sale": None if outcome.sale is None else sale_message(outcome.sale),
        "flags": list(outcome.flags),
        "pays": outcome.pays,
        "surety": surety_key(outcome.pricing, inside=inside),
        **split_message(outcome.pricing),
    }


def surety_key(pricing: Pricing, *, inside: bool) -> str:
    """Return what staff are told of a sale's subsidies, as a key of the pages' words; empty: there is nothing to tell.

    Where the centre may find a subsidy granted twice, the key ends in who carries it then: ``_funder`` or ``_site``.
    """
    surety = surety_of(pricing)
    if surety not in OPEN:
        return surety.value
    return f"{surety.value}_{'site' if carried_by_site(surety, inside=inside) else 'funder'}"


def split_message(pricing: Pricing) -> Message:
    """Return who pays what of each part, and how many subsidised meals are left: at least, at most; null: no quota."""
    left = min((quota.left for quota in pricing.quotas), default=None)
    return {
        "parts": [{"name": part.name, **charge_message(part.charge)} for part in pricing.parts],
        "left": None if left is None else list(left),
        "uncertain": bool(pricing.uncertain),
    }


def charge_message(charge: Charge) -> Message:
    """Return who pays what."""
    funders: dict[str, int] = {}
    for share in charge.shares:
        funders[share.funder] = funders.get(share.funder, 0) + share.fen
    return {"list_fen": charge.total_fen, "payer_fen": charge.payer_fen, "funders": funders}


def sold_message(sold: Sold) -> Message:
    """Return one line of the shift's list."""
    return {
        "tap": sold.tap_id.hex(),
        "time_ms": sold.time_ms,
        "medium": sold.means,
        "collected": sold.collected,
        "standing": sold.standing.value,
        "way": sold.way,
        "sale": None if sold.sale is None else sale_message(sold.sale),
        "flags": list(sold.flags),
        **charge_message(sold.charge),
    }


def shift_message(shift: Shift | None) -> Message | None:
    """Return the open shift."""
    if shift is None:
        return None
    return {"number": shift.number, "staff": shift.staff, "opened_ms": shift.opened_ms, "float_fen": shift.float_fen}


def menu_message(policy: Policy | None, menus: Menus | None, session: str, now_ms: int) -> Sequence[Message]:
    """Return the set meals that are offered in a session, by the menus and at the prices of the tariff in force."""
    if policy is None:
        return []
    return [{"menu": name, "fen": fen} for name, fen in offered(in_force(policy.versions, now_ms), menus, session)]


def health_message(status: Status, shift: Shift | None) -> Message:
    """Return what staff have to know of the terminal: what waits, how old the lists are, why nothing is sold."""
    blocked = status.stop or ("no_shift" if shift is None else "")
    age_s = next((part.age_s for part in status.lists if part.kind == EDITION), -1)
    return {
        "terminal": status.terminal,
        "blocked": blocked,
        "next": BLOCKED.get(blocked, "call_operator"),
        "unsent": status.journal.unsent_entries,
        "oldest_ms": status.journal.oldest_unsent_ms,
        "oldest_s": (status.now_ms - status.journal.oldest_unsent_ms) // 1000 if status.journal.oldest_unsent_ms else 0,
        "lists_age_s": age_s,
        "lists_old": age_s > STALE_S,
        "time_quality": status.time_quality,
        "torn": status.journal.torn_debits,
        "space": status.journal.space,
    }
