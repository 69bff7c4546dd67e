"""Deriving: what the books say of one token is worked out anew from its taps and claims, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from edge.domain.tariff.quotas import Claim, Clawback, merge_claims
from sync.central.books.accounts import Account, Balances
from sync.central.books.adjusting import Item, Reason, Standings, Wanted, settle_work, standings_work, take_bucket
from sync.central.books.days import business_day, context_start, day_before, end_ms
from sync.central.books.history import items_of
from sync.central.books.postings import Part
from sync.central.books.tariffs import Tariffs
from sync.central.books.tokens import Tapped, counts_for_longer
from sync.central.books.torn_answers import torn_targets_work
from sync.central.claims import claim_of, is_voided
from sync.central.facts import fact_work
from sync.central.store import book_statements as books
from sync.central.store import statements as sql
from sync.central.store.port import Query, Work
from sync.central.store.quarantine_statements import TAKEN_TAPS_OF
from sync.wire import decode_entry

SETTLED_DAY: Final = "books_settled_day"
"""Fact: the last day whose entries without an exit miss it; the day that is being closed, or was closed last."""
DERIVED: Final = frozenset({Reason.JOURNEY, Reason.UNPRICED, Reason.REFUND_DUE, Reason.WRONG_TIER, Reason.DOUBLE_CLAIM})
"""Reasons that are worked out anew each time; every other one was ruled by somebody.
Of rulings, only what a clearing house said of a torn debit hangs on later entries."""
SITE_OWN: Final = "site:"
"""How the merge of claims names who carries a grant outside its authority."""


def derive_work(subject: bytes, from_day: int, tariffs: Tariffs) -> Work[int]:
    """Work out the items of a token from ``from_day`` on, and post what they differ by; returns how many moved.

    Its taps and claims are read after its bucket was taken: whoever derives it later sees at least as much.
    """
    turn = yield from take_bucket(subject)
    settled = yield from fact_work(SETTLED_DAY, 0)
    ((closed,),) = cast("list[tuple[int]]", (yield Query(books.LAST_CLOSED)))
    since = day_before(from_day)
    start = context_start(since)
    standing = yield from standings_work(subject, start)
    taps = yield from _taps_work(subject, day_before(since), tariffs)
    if counts_for_longer(taps):
        taps = yield from _taps_work(subject, start, tariffs)
    wanted = items_of(taps, standing, end_ms(settled))
    claims = yield from _claims_work(subject, start, tariffs)
    wanted |= {item: target for item, target in claims.items() if target.day >= start}
    targets, stands = touched_items(wanted, standing, since)
    answered = yield from torn_targets_work(standing)
    answers = {item: standing[item] for item in answered}
    return (yield from settle_work(subject, turn, {**targets, **answered}, {**stands, **answers}, closed))


def touched_items(
    wanted: Mapping[Item, Wanted], standing: Standings, since: int
) -> tuple[Mapping[Item, Wanted], Standings]:
    """Return what is to be compared: items that stand on ``since`` or later, or should; and all of persons' quotas."""
    derived = {item: stands for item, stands in standing.items() if item.reason in DERIVED}
    days = {item: [one.day for one in (wanted.get(item), derived.get(item)) if one] for item in {*wanted, *derived}}
    touched = {item for item, its in days.items() if max(its) >= since or item.reason == Reason.DOUBLE_CLAIM}
    return (
        {item: target for item, target in wanted.items() if item in touched},
        {item: stands for item, stands in derived.items() if item in touched},
    )


def _taps_work(subject: bytes, start: int, tariffs: Tariffs) -> Work[list[Tapped]]:
    """Return a token's earned taps that nobody took back, in order of time."""
    rows = [*(yield Query(books.TAPS_OF, (subject, start)))]
    taken = yield Query(TAKEN_TAPS_OF, (subject, start))
    found = [(cast("int", part), decode_entry(cast("bytes", raw))) for part, raw in (*rows, *taken)]
    if taken:
        found.sort(key=lambda one: (one[1].time_ms, one[1].terminal, one[1].epoch, one[1].seq))
    gone = {(entry.terminal, entry.epoch, entry.seq) for part, entry in found if part == Part.TAKEN_BACK}
    taps: list[Tapped] = []
    for part, entry in found:
        if part != Part.TAKEN_BACK and (entry.terminal, entry.epoch, entry.seq) not in gone:
            versions = yield from tariffs.versions_work(entry.edition)
            taps.append(Tapped(entry, versions))
    return taps


def _claims_work(subject: bytes, start: int, tariffs: Tariffs) -> Work[Mapping[Item, Wanted]]:
    """Return what the claims of a person on quotas come to, by the merge that no order of arrival changes."""
    rows = yield Query(books.CLAIMS_OF, (subject, subject, start))
    if not rows:
        return {}
    published = yield Query(sql.EDITION_TIMES)
    claims = [claim_of(row, published) for row in rows if not is_voided(row)]
    limits = yield from tariffs.limits_work({claim.counter for claim in claims})
    merged = merge_claims([claim for claim in claims if claim.counter in limits], limits)
    return {_lost(lost.claim): _carried(lost) for lost in merged.clawbacks}


def _lost(claim: Claim) -> Item:
    return Item(Reason.DOUBLE_CLAIM, *claim.identity, claim.rule)


def _carried(lost: Clawback) -> Wanted:
    """Return who carries a claim beyond the limit, naming the claims that it gave way to."""
    claim = lost.claim
    stands = " ".join("{}/{}/{}".format(*identity) for identity in lost.stands)
    reference = f"{claim.counter} {claim.bucket} {'{}/{}/{}'.format(*claim.identity)} after {stands}"
    return Wanted(business_day(claim.time_ms), claim.time_ms, reference, _moved_to_site(lost))


def _moved_to_site(lost: Clawback) -> Balances:
    """Return the lines of a grant that falls on its site; one that falls on its funders was theirs already."""
    moved: dict[tuple[str, str], int] = {}
    for given, fallen in zip(lost.claim.shares, lost.shares, strict=True):
        if fallen.funder.startswith(SITE_OWN):
            site, funder = (Account.SITE, lost.claim.terminal), (Account.FUNDER, given.funder)
            moved[site] = moved.get(site, 0) + given.fen
            moved[funder] = moved.get(funder, 0) - given.fen
    return moved
