"""A bank card from selection to snapshot, and its second round where the acquirer wants the exact amount.

Nothing here charges: the card signs an amount, the decision and the clearing come later. ``nominal_fen`` stands in 9F02
while no price is known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.cards.bankcard.clearing import CIDS, TAG_CID, check_hides, field_55
from drivers.cards.bankcard.exchange import Refused, Round, one_round
from drivers.cards.bankcard.selection import candidates
from drivers.cards.bankcard.settings import BankCardSettings, HolderChecks
from drivers.conversation import Conversation
from drivers.oda.expiry import day
from drivers.oda.outcome import TAG_EFFECTIVE, TAG_EXPIRES
from drivers.oda.verify import TAG_TRACK_2
from edge.domain.card_number import CardNumber
from edge.domain.errors import CardError, CardRefused
from edge.domain.media_bank import PREFIX_DIGITS, BankCardFacts, BankCardSnapshot, CardRound
from edge.domain.medium import UnknownSnapshot

TAG_CARD_QUALIFIERS: Final = 0x9F6C
TAG_AVAILABLE_OFFLINE: Final = 0x9F5D
TAG_TSI: Final = 0x9B
TAG_APPLICATION: Final = 0x84

_AMOUNT_BYTES: Final = 6
_QUALIFIER_BYTES: Final = 2


def snapshot(settings: BankCardSettings) -> Conversation[BankCardSnapshot | UnknownSnapshot]:
    """Take the best served application through one round for the nominal amount.

    An application that cannot be selected or started gives way to the next one. Raises ``CARD_STATUS`` where there is
    none but a locked one, ``CARD_MALFORMED`` for bytes against the specification. A card that fails authentication is
    a snapshot with the reason in it.
    """
    names = yield from candidates(settings)
    refused: list[Refused] = []
    for name in names:
        brought = yield from one_round(settings, name, settings.nominal_fen)
        if isinstance(brought, Round):
            return snapshot_of(brought, settings)
        refused.append(brought)
    if (locked := next((each for each in refused if each.locked), None)) is not None:
        raise CardRefused("bank card", locked.status)
    return UnknownSnapshot(tuple(name.hex().upper() for name in names))


def authenticate(
    settings: BankCardSettings, identified: BankCardSnapshot, amount_fen: int
) -> Conversation[BankCardSnapshot]:
    """Run the identified application once more, for the exact amount, while the card stays; both rounds are kept.

    The card's currency is known by now and not asked again. Raises ``CARD_SWAPPED`` where another card answers,
    ``CARD_STATUS`` where the application is refused now.
    """
    asked = replace(settings, where=replace(settings.where, ask_currency=False))
    brought = yield from one_round(asked, bytes.fromhex(identified.known.application), amount_fen)
    if isinstance(brought, Refused):
        raise CardRefused("bank card", brought.status)
    exact = snapshot_of(brought, settings)
    if exact.number != identified.number:
        raise CardError("CARD_SWAPPED", "another bank card answered the exact amount")
    first = identified.known
    known = replace(
        exact.known,
        rounds=first.rounds + exact.known.rounds,
        exact_due=False,
        currency=first.currency,
        currency_fits=first.currency_fits,
    )
    return replace(exact, known=known, holder=identified.holder)


def snapshot_of(brought: Round, settings: BankCardSettings) -> BankCardSnapshot:
    """Return what one round says; raises ``CARD_MALFORMED`` where the card hides its number in another object.

    Of a card that cannot pay, refused or in another currency, nothing is kept for clearing; of a refused one no name
    longer than the profile's own.
    """
    verdict, card = brought.verdict, _objects(brought)
    number = verdict.number or CardNumber("")
    name = brought.observed.name
    refusal, currency_fits = verdict.reason or "", _currency_fits(brought.currency, settings)
    clears = not refusal and currency_fits is not False
    application = next(aid for aid in settings.aids if name.startswith(aid)) if refusal else name
    check_hides(application, number)
    issuer_facts = None if verdict.cryptogram is None else verdict.cryptogram.issuer_facts
    facts = BankCardFacts(
        application=application.hex().upper(),
        scheme=settings.trust().scheme.name,
        method="" if verdict.method is None else verdict.method.value,
        refusal=refusal,
        issuer_prefix=number.reveal()[:PREFIX_DIGITS],
        valid_from=_day(card.get(TAG_EFFECTIVE)),
        valid_until=_day(card.get(TAG_EXPIRES)),
        rounds=(_round(brought),),
        exact_due=settings.exact,
        cvr=b"" if issuer_facts is None else issuer_facts.cvr,
        tvr=brought.tvr,
        tsi=verdict.tsi,
        over_floor=brought.amount_fen > settings.floor_fen,
        holder_check=_holder_check(card.get(TAG_CARD_QUALIFIERS, b""), settings.holder_checks),
        offline_fen=_fen(card.get(TAG_AVAILABLE_OFFLINE)),
        by_test_key=verdict.by_test_key,
        field_55=_cleared(brought, card, number) if clears else b"",
        currency=brought.currency,
        currency_fits=currency_fits,
    )
    track_2 = card.get(TAG_TRACK_2) if clears else None
    return BankCardSnapshot(number, facts, None if track_2 is None else CardNumber(_track(track_2)))


def _currency_fits(currency: str, settings: BankCardSettings) -> bool | None:
    """Say whether the card's currency is the terminal's; None where the card was not asked or did not say."""
    return currency == settings.where.currency.hex().upper() if currency else None


def _objects(brought: Round) -> dict[int, bytes]:
    """Return everything that the card said in this round; what it said last counts."""
    card = {**brought.observed.gpo, **brought.verdict.objects}
    for each in brought.observed.generated:
        card |= each.objects
    return card


def _round(brought: Round) -> CardRound:
    cryptogram = brought.verdict.cryptogram
    if cryptogram is None:
        return CardRound(brought.amount_fen, None, "")
    return CardRound(brought.amount_fen, cryptogram.counter, "" if cryptogram.type is None else cryptogram.type.value)


def _cleared(brought: Round, card: dict[int, bytes], number: CardNumber) -> bytes:
    kind = None if brought.verdict.cryptogram is None else brought.verdict.cryptogram.type
    derived = {TAG_CID: CIDS[kind]} if kind in CIDS else {}
    own = {TAG_TSI: brought.verdict.tsi, TAG_APPLICATION: brought.observed.name}
    return field_55({**derived, **card, **brought.sent, **own}, number)


def _day(raw: bytes | None) -> str:
    found = day(raw)
    return "" if found is None else f"{found:%Y%m%d}"


def _holder_check(qualifiers: bytes, checks: HolderChecks) -> str:
    """Return what 9F6C asks of the holder by the profile's bits; a PIN before a signature."""
    if len(qualifiers) != _QUALIFIER_BYTES:
        return ""
    asked = int.from_bytes(qualifiers, "big")
    return "pin" if asked & checks.pin else "signature" if asked & checks.signature else ""


def _fen(raw: bytes | None) -> int | None:
    """Return an amount of twelve digits; None where there is none."""
    if raw is None or len(raw) != _AMOUNT_BYTES or not raw.hex().isdecimal():
        return None
    return int(raw.hex())


def _track(raw: bytes) -> str:
    """Return track 2 as text, without the filler of its last half byte."""
    return raw.hex().upper().rstrip("F")
