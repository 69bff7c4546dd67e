"""What a receipt says: read out of the entries of one tap, and out of nothing else. Pure.

It names nobody, no category and no reason of a relief; no token is on it.
"""

from __future__ import annotations

from collections.abc import Sequence

from edge.domain.charge import ChargePart, Share
from edge.domain.debit import Verdict
from edge.domain.entry import Entry, Intent, PaidTap, Posted, Settled
from edge.domain.frozen import frozen
from edge.domain.meals.receipt_code import ReceiptCode, receipt_code
from edge.domain.meals.sale import Sale
from edge.domain.meals.selling import MEAL
from edge.domain.meals.sheet import Sheet, Standing
from edge.domain.reversal import Reversed
from edge.domain.tap import Place, TimeQuality


@frozen
class Receipt:
    """One accepted sale, as it stands. Amounts in fen; ``funders`` carry what the payer does not.

    ``epoch`` and ``seq`` are the entry that it proves, ``paid_seq`` the one that accepted the sale: a receipt printed
    for a later one is a copy, or tells that the sale was taken back (``way``). ``left``: how many subsidised meals the
    day still has, at least and at most; None where no quota was asked. ``debt_fen`` paid an earlier debt.
    """

    till: str
    site: str
    epoch: int
    seq: int
    paid_seq: int
    time_ms: int
    quality: TimeQuality
    means: str
    sale: Sale | None
    parts: tuple[ChargePart, ...]
    payer_fen: int
    total_fen: int
    funders: tuple[tuple[str, int], ...]
    left: tuple[int, int] | None
    uncertain: bool
    debt_fen: int
    way: str
    code: ReceiptCode

    @property
    def taken_back(self) -> bool:
        """Say whether staff took the sale back."""
        return bool(self.way)


def proved_by(entries: Sequence[Entry]) -> Entry | None:
    """Return the entry by which the sale of one tap stands as it does, None where nothing was sold."""
    decisive = [entry for entry in entries if _decides(entry)]
    return decisive[-1] if decisive else None


def _decides(entry: Entry) -> bool:
    body = entry.body
    return isinstance(body, PaidTap | Posted | Reversed) or (
        isinstance(body, Settled) and body.verdict is Verdict.POSTED
    )


def receipt_of(entries: Sequence[Entry], chain_hash: bytes) -> Receipt | None:
    """Return the receipt of one tap, None where its entries sold nothing.

    ``chain_hash`` is that of the chain after the entry of :func:`proved_by`.
    """
    proof, sheet = proved_by(entries), Sheet()
    for entry in entries:
        if not sheet.lacks(entry):
            sheet.fold(entry)
    sold = next(iter(sheet.sales(Standing.PAID, Standing.REVERSED)), None)
    charged = next((entry for entry in entries if isinstance(entry.body, Intent | PaidTap)), None)
    if proof is None or sold is None or charged is None or not isinstance(charged.body, Intent | PaidTap):
        return None
    place, pricing = charged.body.place, sold.pricing
    return Receipt(
        till=proof.terminal,
        site=site_of(place),
        epoch=proof.epoch,
        seq=proof.seq,
        paid_seq=sold.paid_seq,
        time_ms=charged.time_ms,
        quality=charged.quality,
        means=sold.means,
        sale=sold.sale,
        parts=pricing.parts or (ChargePart(MEAL, sold.charge),),
        payer_fen=sold.charge.payer_fen,
        total_fen=sold.charge.total_fen,
        funders=_per_funder(sold.charge.shares),
        left=min((quota.left for quota in pricing.quotas), default=None),
        uncertain=bool(pricing.uncertain),
        debt_fen=pricing.debt_fen,
        way=sold.way,
        code=receipt_code(proof.terminal, proof.epoch, proof.seq, chain_hash),
    )


def site_of(place: Place) -> str:
    """Return the name of a till's site: what is configured closest to it."""
    return place.station or place.line or place.operator


def _per_funder(shares: Sequence[Share]) -> tuple[tuple[str, int], ...]:
    """Return what each funder carries, in the order in which they come first."""
    sums: dict[str, int] = {}
    for share in shares:
        sums[share.funder] = sums.get(share.funder, 0) + share.fen
    return tuple(sums.items())
