"""Tills of a town: sites that sell meals, what staff are told of each sale, and the person who eats at all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from edge.control.messages import Message
from edge.domain.entry import Entry, Intent, PaidTap
from edge.domain.meals.sale import Sale
from edge.domain.medium import Snapshot
from edge.domain.reversal import Reversed, Way
from edge.domain.tap import Place
from edge.ports import Signal
from edge.terminal.outcome import Outcome
from edge.terminal.taking_back import Said
from edge.terminal.till.assurance import assurance, inside_authority
from edge.terminal.till.lately import Lately
from edge.terminal.till.offers import Offers
from edge.terminal.till.shifts import Shifts
from edge.terminal.till.telling import outcome_message
from sync.central.artifacts import Publication
from sync.central.publications import bundle_publication, read_publication
from tests.conformance.central_store import KEYS
from tests.domain.canteen import LUNCH_MS, canteen
from tests.sync.two_sites import CARDS, PERSON, Site, Town
from tests.tariff.paper_line import purse

TODAY: Final = 20260601
PLACE: Final = Place("till", "4520", "shibei-canteen")
MEAL_FEN: Final = 1_500
RELIEVED_FEN: Final = 1_100


def parts(**sections: Any) -> Sequence[Publication]:  # noqa: ANN401 - any section of a bundle
    """Return what an edition of the canteens is made of: tariff, deny list, and the person behind two purses."""
    media = " ".join(f"tunion:{purse(number).number.reveal()}" for number in CARDS)
    people = f"holder,media,category,from,evidence\ntoken:{PERSON.hex()},{media},age=76,2020-01-01,SHD-1\n"
    people += f"token:{PERSON.hex()},,resident_of=shibei,2020-01-01,SHD-2\n"
    return [
        bundle_publication([{**canteen(), **sections}]),
        Publication("deny_list", "deny_list", b""),
        read_publication(people, KEYS.token_key),
    ]


@dataclass(frozen=True)
class Told:
    """One sale: what staff were told before it and after it, and the entry that charges it."""

    till: str
    before: Message
    after: Message
    entry: Entry

    @property
    def identity(self) -> tuple[str, int, int]:
        """Return what names it at the centre."""
        return self.entry.terminal, self.entry.epoch, self.entry.seq


class Till:
    """One site of a town as a till: what staff offer, what they are told, and what they take back."""

    def __init__(self, town: Town, site: Site, place: Place = PLACE) -> None:
        self.town, self.site = town, site
        line = site.line.line
        self.offers = Offers(line.clock, line.reference, 120_000)
        meals = Lately(lambda: [site.line.journal])
        site.line.line = replace(line, rules=replace(line.rules, place=place), offers=self.offers, meals=meals)
        self.shifts = Shifts(site.line.line, lambda: [site.line.journal])

    async def sell(self, medium: Snapshot) -> Entry:
        """Offer a meal of fifteen yuan and let a medium pay it; returns the entry that charges it."""
        self.offers.hold(Sale(1, self.site.line.clock.now_ms, "s1", unit_fen=MEAL_FEN))
        return await self.site.line.tap(medium, after_s=1)

    async def told(self, medium: Snapshot, at_ms: int) -> Told:
        """Sell a meal at a moment; returns it with what the staff page was told."""
        self.site.line.clock.now_ms = at_ms - 1_000
        line = self.site.line.line
        before = await assurance(line)
        entry = await self.sell(medium)
        body = entry.body
        assert isinstance(body, Intent | PaidTap)
        assert before is not None
        signal = Signal("green", "accepted", "accepted", fen=body.charge.payer_fen)
        outcome = Outcome(accepted=True, signal=signal, tap_id=entry.tap_id, sale=body.sale, pricing=body.pricing)
        after = outcome_message(outcome, at_ms, inside=inside_authority(line.service, line.clock))
        return Told(self.site.name, before, after, entry)

    async def take_back(self, sold: Entry, way: Way = Way.CASH) -> Reversed:
        """Take a sale back; returns the body of the entry."""
        await self.shifts.take_back(sold.tap_id, Said(way, "s1", "test", self.shifts.number))
        newest = await self.site.line.journal.entry(self.site.line.journal.last_seq)
        assert newest is not None
        assert isinstance(newest.body, Reversed)
        return newest.body


async def opened_till(town: Town, name: str, place: Place = PLACE) -> Till:
    """Enrol a till, bring it the newest edition, and open its shift at lunch."""
    site = await town.site(name)
    await town.carry_down(name)
    site.line.clock.now_ms = LUNCH_MS
    found = Till(town, site, place)
    await found.shifts.open_shift("s1", 0)
    return found
