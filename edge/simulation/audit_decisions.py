"""The auditor's own idea of who may ride and for how much: the rules as people say them, not the product's code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from edge.domain.entry import DeclinedTap, Entry, Intent, PaidTap
from edge.domain.exposure import Exposure
from edge.domain.policy import State
from edge.simulation.audit_boardings import problems_of_boarding, riders_of, rides_along
from edge.simulation.audit_facts import CardTruth, Kept, TariffTruth

BEYOND_THE_CARD = frozenset(
    {"card_fault", "sam_unavailable", "store_full", "policy_missing", "continuity_lost", "lists_stale"}
)
"""Reasons that no card and no tariff explains: a part failed, and the entry says so."""

OF_A_FRESH_MEDIUM = frozenset({"code_used", "code_expired", "code_from_future", "not_yet_valid", "counter_regressed"})
"""Reasons by which a fresh code or cryptogram may fail where clocks differ, or where a disk was put back."""

CAPS = {"offline_limit": "I10", "card_limit": "I10"}
Problem = tuple[str, str]
"""The invariant that is broken, and the words."""


def problems_of_decision(entry: Entry, card: CardTruth, tariff: TariffTruth, kept: Mapping[int, Kept]) -> list[Problem]:
    """Say what is wrong with the decision that an entry records; ``kept`` is the journal it stands in."""
    return [*_problems(entry, card, tariff), *problems_of_boarding(entry, kept)]


def _problems(entry: Entry, card: CardTruth, tariff: TariffTruth) -> list[Problem]:
    body, riders = entry.body, riders_of(entry)
    if isinstance(body, Intent):
        refusals = _refusals(card, tariff, entry, body.state)
        wrong = [(CAPS.get(reason, "I6"), f"let ride although {reason}") for reason in refusals]
        return wrong + [("I9", words) for words in _wrong_price(body, card, tariff, riders)]
    if isinstance(body, PaidTap):
        refusals = _refusals(card, tariff, entry, body.state)
        wrong = [(CAPS.get(reason, "I6"), f"let ride although {reason}") for reason in refusals]
        return wrong + [("I9", words) for words in _wrong_charge(body, riders * tariff.fare_fen)]
    if isinstance(body, DeclinedTap) and body.family != "purse" and body.reason in OF_A_FRESH_MEDIUM:
        return []
    if isinstance(body, DeclinedTap) and body.token and body.reason not in BEYOND_THE_CARD:
        refusals = _refusals(card, tariff, entry, body.state)
        may = {*refusals, "balance_too_low", "counter_regressed"}
        if body.reason not in may:
            return [("I6", f"refused for {body.reason}, which is not so")]
        if refusals and body.reason not in refusals:
            return [("I6", f"refused for {body.reason} although {refusals[0]} comes first")]
    return []


def _refusals(card: CardTruth, tariff: TariffTruth, entry: Entry, state: State) -> list[str]:
    """Return every reason that speaks against a ride, as far as card, tariff and recorded state show it."""
    time_ms = entry.time_ms
    today = (datetime.fromtimestamp(time_ms / 1000, UTC) + timedelta(hours=8)).strftime("%Y%m%d")
    count_max = tariff.cautious_count_max if state.cautious else tariff.unsent_count_max
    at_risk = state.exposure or Exposure()
    price = riders_of(entry) * (tariff.fare_fen if card.city == tariff.home_city else tariff.foreign_fen)
    fen = state.unsent_fen + at_risk.pending_fen + price
    full = state.unsent_count + at_risk.pending_count >= count_max
    since_s = time_ms // 1000 - state.last.time_ms // 1000 if state.last is not None else -1
    passed_back = 0 <= since_s < tariff.passback_window_s
    speaks = (
        (state.stop, bool(state.stop)),
        ("not_yet_valid", today < card.valid_from),
        ("expired", today > card.valid_until),
        ("foreign_refused", card.city != tariff.home_city and not card.interop),
        ("counterfeit", state.suspect),
        ("deny_listed", card.token in tariff.denied),
        ("offline_limit", full or fen > tariff.unsent_fen_max),
        ("card_limit", at_risk.card_count >= tariff.card_count_max),
        ("passback", passed_back and not rides_along(entry)),
    )
    return [reason for reason, holds in speaks if holds]


def _wrong_price(intent: Intent, card: CardTruth, tariff: TariffTruth, riders: int) -> list[str]:
    charge = intent.charge
    fare_fen = tariff.fare_fen if card.city == tariff.home_city else tariff.foreign_fen
    found = _wrong_charge(intent, riders * fare_fen)
    if intent.debit.amount_fen != charge.payer_fen:
        found.append(f"orders {intent.debit.amount_fen} fen from the card, the payer's part is {charge.payer_fen}")
    if intent.debit.balance_fen < intent.debit.amount_fen:
        found.append("orders more than the card holds")
    return found


def _wrong_charge(body: Intent | PaidTap, price: int) -> list[str]:
    charge = body.charge
    shares = sum(share.fen for share in charge.shares)
    found = []
    if charge.list_fen != price:
        found.append(f"priced at {charge.list_fen} fen, the tariff says {price}")
    if charge.payer_fen + shares != charge.list_fen + charge.surcharge_fen:
        found.append(f"payer {charge.payer_fen} and funders {shares} fen do not make up the price")
    return found
