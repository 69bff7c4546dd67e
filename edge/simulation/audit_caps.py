"""The auditor's own sums of what a machine has at risk, held against the ceilings at every order to debit.

What the terminal believed is not asked: accepted taps that no ack has covered, and debits that nobody has settled, are
counted from the entries that became durable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edge.domain.entry import Intent, PaidTap
from edge.simulation.audit_facts import JournalModel, Kept, TariffTruth


def passed_caps(machine: Iterable[JournalModel], order: Intent | PaidTap, tariff: TariffTruth) -> Iterator[str]:
    """Yield in words which ceilings a machine has passed with its newest order; all its epochs share them."""
    orders = [each for model in machine for each in _at_risk(model)]
    count_max = tariff.cautious_count_max if order.state.cautious else tariff.unsent_count_max
    if len(orders) > count_max:
        yield f"{len(orders)} taps are at risk, the ceiling is {count_max}"
    fen = sum(each.charge.payer_fen + sum(share.fen for share in each.charge.shares) for each in orders)
    if fen > tariff.unsent_fen_max:
        yield f"{fen} fen are at risk, the ceiling is {tariff.unsent_fen_max}"
    of_card = sum(each.token == order.token for each in orders)
    if of_card > tariff.card_count_max:
        yield f"{of_card} taps of one card are at risk, the ceiling is {tariff.card_count_max}"


def _at_risk(model: JournalModel) -> Iterator[Intent | PaidTap]:
    """Yield what was charged by accepted taps that no ack covers, and by debits that nobody has settled."""
    accepted = [model.kept[seq] for seq in model.at_risk]
    unsettled: list[Kept] = [*model.open_intents.values(), *model.torn.values()]
    for kept in (*accepted, *unsettled):
        charged = model.kept.get(kept.entry.ref_seq, kept)
        for body in (kept.entry.body, charged.entry.body):
            if isinstance(body, Intent | PaidTap):
                yield body
                break
