"""Entries -> what is booked: rows with their postings, or set aside with a code and their money in suspense. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from edge.domain.debit import Verdict
from edge.domain.debts import credit_used_fen
from edge.domain.entry import CLOSING, DeclinedTap, Entry, Intent, Kind, PaidTap, Posted, Settled
from edge.domain.family import Family
from edge.domain.frozen import frozen
from edge.domain.ledger import Posting, postings
from edge.domain.media_manual import ACCOUNT, CASH, CODE_PIN, ManualFacts, ManualSnapshot
from edge.domain.money import FEN_MAX
from edge.domain.reversal import Reversed, Way
from edge.domain.shown import is_genuine
from edge.domain.tap import TAP_ID_BYTES, TOKEN_BYTES
from sync.batch import NUMBER_MAX

TIME_MS_MAX: Final = 4_102_444_800_000
"""The year 2100: later times are nonsense. Early ones may come from a terminal without a clock, and are kept."""


@frozen
class HeldIntent:
    """An intent and what has closed it so far: ``closed_by`` a result, ``settled`` a later settlement.

    A tap without a write is closed by itself. ``earned``: its charge was taken; ``reversed``: and given back.
    ``refused``: it was set aside, and so is all that belongs to it; ``claimed``: its money is in suspense already.
    """

    entry: Entry
    body: Intent | PaidTap
    closed_by: Kind | None = None
    settled: bool = False
    earned: bool = False
    reversed: bool = False
    refused: bool = False
    claimed: bool = False


Intents = Mapping[int, HeldIntent]


@frozen
class Booked:
    """One entry as it is stored. ``code`` is empty, or says why it was set aside (``entry`` may then be None).

    ``earned``: this entry proves that a charge was taken. ``charged`` is the body that states it: the intent that the
    entry belongs to, or its own where the tap needed no write.
    """

    seq: int
    raw: bytes
    entry: Entry | None
    code: str
    postings: tuple[Posting, ...]
    charged: Intent | PaidTap | None = None
    earned: bool = False

    @property
    def suspense_fen(self) -> int:
        """Return the money at stake: what the entry claims was taken or may have been."""
        claims = self.earned or (self.entry is not None and self.entry.kind is Kind.TORN)
        return self.charged.charge.total_fen if claims and self.charged is not None else 0


def book(raws: Sequence[bytes], entries: Sequence[Entry | str], first_seq: int, held: Intents) -> tuple[Booked, ...]:
    """Book entries in order; an intent may stand before its result in the same batch."""
    intents = dict(held)
    booked: list[Booked] = []
    for seq, (raw, entry) in enumerate(zip(raws, entries, strict=True), start=first_seq):
        item = _book_one(seq, raw, entry, intents)
        booked.append(item)
        if item.entry is not None:
            (remember_refused if item.code else remember)(item.entry, intents)
    return tuple(booked)


def _book_one(seq: int, raw: bytes, entry: Entry | str, intents: Mapping[int, HeldIntent]) -> Booked:
    if isinstance(entry, str):
        return Booked(seq, raw, None, entry, ())
    held = intents.get(entry.ref_seq)
    charged = entry.body if isinstance(entry.body, Intent | PaidTap) else held.body if held else None
    intent = charged if isinstance(charged, Intent) else None
    earned = earns(entry)
    if is_sound(entry, held):
        return Booked(seq, raw, entry, "", postings(entry, intent), charged, earned=earned)
    aside = Booked(seq, raw, entry, "ENTRY_INVALID", (), charged, earned=earned)
    if held is not None and held.claimed:
        return aside
    return replace(aside, postings=_into_suspense(aside))


def earns(entry: Entry) -> bool:
    """Say whether an entry proves that a charge was taken."""
    return isinstance(entry.body, Posted | PaidTap) or (
        isinstance(entry.body, Settled) and entry.body.verdict is Verdict.POSTED
    )


def _into_suspense(aside: Booked) -> tuple[Posting, ...]:
    """Hold what an entry set aside claims, until somebody decides: never lost, never earned."""
    if aside.charged is None or not aside.suspense_fen:
        return ()
    amount = aside.suspense_fen
    return Posting("suspense:quarantine", amount), Posting(f"unproven:{aside.charged.family}", -amount)


def remember(entry: Entry, intents: dict[int, HeldIntent]) -> None:
    """Note what an accepted entry says of the intent that it belongs to, or is."""
    if isinstance(entry.body, Intent):
        intents[entry.seq] = HeldIntent(entry, entry.body)
        return
    if isinstance(entry.body, PaidTap):
        intents[entry.seq] = HeldIntent(entry, entry.body, entry.kind, earned=True)
        return
    held = intents.get(entry.ref_seq)
    if held is None:
        return
    if entry.kind in CLOSING:
        intents[entry.ref_seq] = replace(held, closed_by=entry.kind, earned=earns(entry))
    elif entry.kind is Kind.SETTLED:
        intents[entry.ref_seq] = replace(held, settled=True, earned=earns(entry))
    elif entry.kind is Kind.REVERSED:
        intents[entry.ref_seq] = replace(held, reversed=True)


def remember_refused(entry: Entry, intents: dict[int, HeldIntent]) -> None:
    """Keep an intent that was set aside: its result comes later, and is set aside with the money that it claims."""
    if isinstance(entry.body, Intent | PaidTap):
        intents[entry.seq] = HeldIntent(entry, entry.body, refused=True, claimed=isinstance(entry.body, PaidTap))
        return
    held = intents.get(entry.ref_seq)
    if held is not None and held.refused and (earns(entry) or entry.kind is Kind.TORN):
        intents[entry.ref_seq] = replace(held, claimed=True)


def is_sound(entry: Entry, held: HeldIntent | None) -> bool:
    """Say whether an entry keeps the rules of its kind."""
    refused = held is not None and held.refused
    if refused or not _sound_head(entry):
        return False
    if isinstance(entry.body, Intent):
        return _sound_intent(entry, entry.body)
    if isinstance(entry.body, PaidTap):
        return entry.ref_seq == 0 and _sound_payment(entry, entry.body)
    if isinstance(entry.body, DeclinedTap):
        return len(entry.body.token) in (0, TOKEN_BYTES)
    if isinstance(entry.body, Reversed):
        return held is not None and _sound_reversal(entry, entry.body, held)
    if entry.kind in CLOSING:
        return held is not None and held.closed_by is None and held.entry.tap_id == entry.tap_id
    if isinstance(entry.body, Settled):
        decided = entry.body.verdict is not Verdict.UNDECIDED
        return decided and held is not None and held.closed_by is Kind.TORN and not held.settled
    return True


def is_countable(tapped: Entry) -> bool:
    """Say whether the charge that an entry states is one that books can hold, whatever else is wrong with the entry."""
    body = tapped.body
    if isinstance(body, Intent):
        return _sound_intent(tapped, body)
    return isinstance(body, PaidTap) and _sound_charge(tapped, body) and bool(body.scheme)


def _sound_head(entry: Entry) -> bool:
    """Say whether the numbers that every entry has are in their ranges; it speaks only of what came before it."""
    in_time = 0 <= entry.time_ms < TIME_MS_MAX
    return in_time and 0 <= entry.ref_seq < entry.seq and 0 <= entry.edition < NUMBER_MAX


def _sound_reversal(entry: Entry, back: Reversed, held: HeldIntent) -> bool:
    """Say whether a reversal takes back what was earned, once, and nothing else."""
    sale = held.body
    same = (back.family, back.token, back.operator, back.charge, back.pricing, entry.tap_id)
    if same != (sale.family, sale.token, sale.place.operator, sale.charge, sale.pricing, held.entry.tap_id):
        return False
    ways = _ways_of(sale)
    scheme = back.scheme == sale.scheme if isinstance(sale, PaidTap) else True
    return held.earned and not held.reversed and back.way in ways and scheme


def _ways_of(sale: Intent | PaidTap) -> set[Way]:
    """Return how the payer's part of a sale may go back: what was paid for good is not withdrawn, cash is cash."""
    if isinstance(sale, Intent):
        return set(Way) - {Way.WITHDRAWN}
    return {Way.CASH} if (sale.family, sale.scheme) == (Family.MANUAL, CASH) else set(Way)


def _sound_intent(entry: Entry, intent: Intent) -> bool:
    return intent.charge.payer_fen == intent.debit.amount_fen and _sound_charge(entry, intent)


def _sound_payment(entry: Entry, tap: PaidTap) -> bool:
    """Say whether a tap without a write names who pays, by a medium that was found genuine."""
    try:
        medium = tap.medium.snapshot()
    except ValueError:
        return False
    said = medium.family == tap.family and is_genuine(medium)
    by_hand = not isinstance(medium, ManualSnapshot) or _sound_by_hand(tap.scheme, medium.known)
    return _sound_charge(entry, tap) and bool(tap.scheme) and said and by_hand


def _sound_by_hand(scheme: str, known: ManualFacts) -> bool:
    """Say whether a meal by hand names what pays, how somebody proved who they are, and who collected."""
    named = len(known.holder) == TOKEN_BYTES and len(known.proxy) in (0, TOKEN_BYTES)
    return named and scheme == known.pays and scheme in (CASH, ACCOUNT) and known.authentication == CODE_PIN


def is_storable(text: str) -> bool:
    """Say whether every engine can hold a text: PostgreSQL takes none with a zero character."""
    return "\0" not in text


def _sound_charge(entry: Entry, charged: Intent | PaidTap) -> bool:
    names = (charged.family, charged.place.operator, *(share.funder for share in charged.charge.shares))
    quotas = (text for effect in charged.pricing.effects for text in (effect.counter, effect.bucket))
    scheme = charged.scheme if isinstance(charged, PaidTap) else ""
    told = all(names) and all(is_storable(text) for text in (*names, *quotas, scheme, charged.pricing.debt))
    sizes = len(entry.tap_id) == TAP_ID_BYTES and len(charged.token) == TOKEN_BYTES
    debt_fen, total_fen = charged.pricing.debt_fen, charged.charge.total_fen
    paid_fen = debt_fen or credit_used_fen(charged.charge, charged.pricing.debt)
    debt = 0 <= debt_fen <= charged.charge.surcharge_fen and bool(paid_fen) is bool(charged.pricing.debt)
    return told and sizes and debt and total_fen <= FEN_MAX
