"""The sheet of a shift: a fold of the journal's entries into what was sold, taken back and turned away. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from enum import StrEnum

from edge.domain.charge import Charge
from edge.domain.debit import Verdict
from edge.domain.entry import DeclinedTap, Entry, Intent, PaidTap, Posted, Settled, Torn, Voided
from edge.domain.family import Family
from edge.domain.frozen import frozen, mutable
from edge.domain.meals.sale import Sale
from edge.domain.meals.selling import MEAL
from edge.domain.media_manual import CASH
from edge.domain.pricing import Pricing
from edge.domain.reversal import Reversed
from edge.domain.shown import PURSE_SCHEME

Place = tuple[int, int]
"""Epoch and seq of an entry in this terminal's journals."""


class Standing(StrEnum):
    """Where a sale stands. Only what is paid has earned anything."""

    OPEN = "open"
    PAID = "paid"
    TORN = "torn"
    REVERSED = "reversed"


@frozen
class Sold:
    """One sale by the entry that charged it; ``paid_seq`` is the entry that accepted it (0: none did).

    ``person`` is the holder's token where the lists know one, else the medium's; ``flags`` are what the guards found.
    ``collected``: a relative came for the diner.
    """

    place: Place
    tap_id: bytes
    time_ms: int
    family: str
    scheme: str
    token: bytes
    operator: str
    charge: Charge
    pricing: Pricing
    sale: Sale | None
    standing: Standing = Standing.OPEN
    paid_seq: int = 0
    way: str = ""
    person: bytes = b""
    site: str = ""
    flags: tuple[str, ...] = ()
    collected: bool = False

    @property
    def meal(self) -> Charge | None:
        """Return what the first meal of the sale was charged, None where no meal was sold."""
        return next((part.charge for part in self.pricing.parts if part.name == MEAL), None)

    @property
    def means(self) -> str:
        """Return what it was paid by: the family of its medium and, by hand, what stood behind the code."""
        return f"{self.family}_{self.scheme}" if self.family == Family.MANUAL else self.family

    @property
    def paid_in_cash(self) -> bool:
        """Say whether the payer's part lies in the drawer."""
        return self.family == Family.MANUAL and self.scheme == CASH

    @property
    def unit_fen(self) -> int:
        """Return the list price of one meal."""
        return 0 if self.meal is None else self.meal.list_fen

    @property
    def subsidised(self) -> bool:
        """Say whether somebody else carried a part of the meal."""
        return self.meal is not None and self.meal.relief_fen > 0


@mutable
class Sheet:
    """What a shift has done so far. Fold every entry of the shift in order, once."""

    sold: dict[Place, Sold] = field(default_factory=dict)
    declined: Counter[str] = field(default_factory=Counter)
    taken_back: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)

    def lacks(self, entry: Entry) -> int:
        """Return the number of the intent that an entry closes and this sheet never saw, 0 where it lacks none."""
        closes = isinstance(entry.body, Posted | Settled | Torn | Reversed)
        return entry.ref_seq if closes and (entry.epoch, entry.ref_seq) not in self.sold else 0

    def fold(self, entry: Entry) -> None:
        """Add an entry."""
        match entry.body:
            case Intent():
                self._charge(entry, entry.body, PURSE_SCHEME)
            case PaidTap():
                self._charge(entry, entry.body, entry.body.scheme)
                self._stand((entry.epoch, entry.seq), Standing.PAID, entry.seq)
            case DeclinedTap():
                self.declined[entry.body.reason] += 1
                self.flagged.update(entry.body.flags)
            case Posted() | Torn() | Voided() | Settled() | Reversed():
                self._close(entry)

    def _charge(self, entry: Entry, body: Intent | PaidTap, scheme: str) -> None:
        place = (entry.epoch, entry.seq)
        self.sold[place] = Sold(
            place,
            entry.tap_id,
            entry.time_ms,
            body.family,
            scheme,
            body.token,
            body.place.operator,
            body.charge,
            body.pricing,
            body.sale,
            person=body.token if body.state.holder is None else body.state.holder.token,
            site=body.place.site,
            flags=body.flags,
            collected=_is_collected(body),
        )
        self.flagged.update(body.flags)

    def _close(self, entry: Entry) -> None:
        place, body = (entry.epoch, entry.ref_seq), entry.body
        if isinstance(body, Voided) or (isinstance(body, Settled) and body.verdict is Verdict.VOIDED):
            if (voided := self.sold.pop(place, None)) is not None:
                self.flagged.subtract(voided.flags)
        elif isinstance(body, Reversed):
            self._stand(place, Standing.REVERSED, self.sold[place].paid_seq, body.way)
            self.taken_back[body.way] += body.charge.payer_fen
        else:
            self._stand(place, Standing.TORN if isinstance(body, Torn) else Standing.PAID, entry.seq)

    def _stand(self, place: Place, standing: Standing, seq: int, way: str = "") -> None:
        paid_seq = 0 if standing is Standing.TORN else seq
        self.sold[place] = replace(self.sold[place], standing=standing, paid_seq=paid_seq, way=way)

    def forget_before(self, time_ms: int) -> None:
        """Drop the sales of an earlier time; the counts stay."""
        self.sold = {place: sold for place, sold in self.sold.items() if sold.time_ms >= time_ms}

    def of_tap(self, tap_id: bytes) -> Sold | None:
        """Return the sale of a tap."""
        return next((sold for sold in self.sold.values() if sold.tap_id == tap_id), None)

    def sales(self, *standings: Standing) -> tuple[Sold, ...]:
        """Return the sales that stand so, oldest first."""
        return tuple(sold for _, sold in sorted(self.sold.items()) if sold.standing in standings)


def _is_collected(body: Intent | PaidTap) -> bool:
    """Say whether the entry names a relative who came for the diner."""
    by_hand = body.medium.manual if isinstance(body, PaidTap) else None
    return bool(by_hand and by_hand.proxy) or bool(body.sale and body.sale.proxy)
