"""Postings of journal entries. Every entry's postings sum to zero; folding them gives the books of a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from edge.domain.debit import Verdict
from edge.domain.entry import Entry, Intent, Kind, PaidTap, Posted, Settled, Torn
from edge.domain.frozen import frozen
from edge.domain.reversal import Reversed, Way


@frozen
class Posting:
    """``fen`` added to ``account`` (negative: taken from it).

    Accounts: ``payer:<family>``, ``funder:<name>``, ``revenue:<operator>``, ``suspense:torn``, ``unproven:<family>``,
    ``debt:<family>`` (paid back of what holders owed), ``receivable:<scheme>`` (what acquirers and issuers of codes
    still owe) and, against it, ``uncollected:<family>``; ``returned:<way>`` (what payers of sales that were taken back
    get in cash or as a credit: their medium had paid for good).
    """

    account: str
    fen: int


def earned(charged: Intent | PaidTap) -> tuple[Posting, ...]:
    """Money moves: payer and funders to the operator; what pays back a debt was earned by an earlier tap."""
    charge, debt_fen = charged.charge, charged.pricing.debt_fen
    sides = [Posting(f"payer:{charged.family}", -charge.payer_fen)]
    sides += [Posting(f"funder:{share.funder}", -share.fen) for share in charge.shares]
    sides.append(Posting(f"revenue:{charged.place.operator}", charge.total_fen - debt_fen))
    return (*sides, Posting(f"debt:{charged.family}", debt_fen)) if debt_fen else tuple(sides)


def owed(tap: PaidTap) -> tuple[Posting, ...]:
    """Note what has still to be collected from the scheme: the payer's part, until the tap is cleared."""
    payer_fen = tap.charge.payer_fen
    return Posting(f"receivable:{tap.scheme}", payer_fen), Posting(f"uncollected:{tap.family}", -payer_fen)


def suspended(intent: Intent, sign: int = 1) -> tuple[Posting, ...]:
    """Put the charge into suspense (``sign`` 1) or take it out again (``sign`` -1)."""
    amount = sign * intent.charge.total_fen
    return Posting("suspense:torn", amount), Posting(f"unproven:{intent.family}", -amount)


def returned(body: Reversed) -> tuple[Posting, ...]:
    """Undo a sale: the operator gives everything back, to the funders and, by its way, to the payer."""
    charge, debt_fen = body.charge, body.pricing.debt_fen
    sides = [Posting(f"funder:{share.funder}", share.fen) for share in charge.shares]
    sides.append(Posting(f"revenue:{body.operator}", debt_fen - charge.total_fen))
    if debt_fen:
        sides.append(Posting(f"debt:{body.family}", -debt_fen))
    if body.way != Way.WITHDRAWN:
        return (*sides, Posting(f"returned:{body.way}", charge.payer_fen))
    sides.append(Posting(f"payer:{body.family}", charge.payer_fen))
    owed_fen = -charge.payer_fen
    return (*sides, Posting(f"receivable:{body.scheme}", owed_fen), Posting(f"uncollected:{body.family}", -owed_fen))


def postings(entry: Entry, intent: Intent | None) -> tuple[Posting, ...]:
    """Return the postings of ``entry``; ``intent`` is the body at its ``ref_seq``.

    Raises ``ValueError`` where an entry that moves money comes without its intent.
    """
    body = entry.body
    if isinstance(body, PaidTap):
        return earned(body) + owed(body)
    if isinstance(body, Reversed):
        return returned(body)
    if not isinstance(body, Posted | Torn | Settled):
        return ()
    if intent is None:
        raise ValueError(f"entry {entry.seq} of kind {entry.kind.name} has no intent")
    if isinstance(body, Posted):
        return earned(intent)
    if isinstance(body, Torn):
        return suspended(intent)
    cleared = suspended(intent, -1)
    return cleared + earned(intent) if body.verdict is Verdict.POSTED else cleared


def fold(entries: Iterable[Entry]) -> Mapping[str, int]:
    """Fold entries in order of seq to balances by account; the balances sum to zero."""
    intents: dict[tuple[int, int], Intent] = {}
    balances: Counter[str] = Counter()
    for entry in entries:
        if entry.kind is Kind.INTENT and isinstance(entry.body, Intent):
            intents[entry.epoch, entry.seq] = entry.body
        for posting in postings(entry, intents.get((entry.epoch, entry.ref_seq))):
            balances[posting.account] += posting.fen
    return balances
