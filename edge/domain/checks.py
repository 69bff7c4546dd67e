"""The ordered checks before the price: is the medium genuine, valid, welcome here, and is the terminal allowed to sell.

Each check yields its rule and, where it fails, the reason that declines. Journals of older releases are decided again
with them: a check of a purse that passed once passes for ever under the same name and in the same place.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, assert_never

from edge.domain.decision import Reason
from edge.domain.fare import served_medium
from edge.domain.frozen import frozen
from edge.domain.medium import BankCardSnapshot, CodeSnapshot, IdentitySnapshot, ManualSnapshot, PurseSnapshot
from edge.domain.policy import Policy, State
from edge.domain.shown import PaidWithoutWrite
from edge.domain.tap import Tap
from edge.domain.tariff.bundle import Bundle

PURSE_TYPE: Final = 0x02
PURSE_ENABLED: Final = 0x01
UNSET_DATES: Final = frozenset({"00000000", "FFFFFFFF"})

CLEARABLE: Final = frozenset({"ARQC", "TC"})
"""Cryptograms that an acquirer can clear later; AAC is the card's own refusal."""
ODA_REASONS: Final = {"expired": Reason.EXPIRED, "unknown": Reason.ISSUER_UNKNOWN}
"""Faults of an authentication that are no sign of a forgery, by the second word of ``part.fault``."""
CODE_SKEW_MS: Final = 120_000
"""How far the clock of whoever made a code may run ahead of the terminal's."""


class Check(NamedTuple):
    """One rule and what came of it: ``reason`` None where it passed; ``said`` is a finer word than the reason's."""

    rule: str
    reason: Reason | None
    said: str = ""


@frozen
class Question:
    """What is checked: the tap, under which policy and version of the tariff, in which state."""

    tap: Tap
    policy: Policy
    state: State
    bundle: Bundle

    @property
    def today(self) -> str:
        """Return the civil day of the tap, YYYYMMDD."""
        return civil_date(self.tap.time_ms, self.bundle.document.bundle.utc_offset_min)


def civil_date(time_ms: int, utc_offset_min: int) -> str:
    """Return the civil date YYYYMMDD of ``time_ms`` (ms UTC) in the city's fixed offset."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC) + timedelta(minutes=utc_offset_min)
    return moment.strftime("%Y%m%d")


def checks_of(medium: PurseSnapshot | PaidWithoutWrite, asked: Question) -> Iterator[Check]:
    """Yield the checks of a medium in order: genuine, valid, welcome, not denied, not used before, allowed."""
    state = asked.state
    fresh: Check | None = None
    yield Check("terminal.in_service", Reason(state.stop) if state.stop else None)
    match medium:
        case PurseSnapshot():
            own = _purse(medium, asked)
            fresh = _unless("purse.counter_moved", _moved(medium, state), _REGRESSED)
        case BankCardSnapshot():
            own, fresh = (
                _bank_card(medium, asked),
                _unless("bank_card.counter_moved", _risen(medium, state), _REGRESSED),
            )
        case CodeSnapshot():
            own = _code(medium, asked)
            fresh = _unless("code.not_used", _unused(medium, asked), Reason.CODE_USED)
        case IdentitySnapshot():
            own = _identity(medium, asked)
        case ManualSnapshot():
            own = _by_hand(medium, asked)
        case _:
            assert_never(medium)
    yield from own
    if (sale := asked.tap.sale) is not None and sale.diner:
        holder = b"" if state.holder is None else state.holder.token
        yield _unless("sale.collected_for", holder == sale.diner, Reason.NOT_THE_DINER)
    yield _unless("lists.not_denied", not state.listed, Reason.DENY_LISTED)
    if fresh is not None:
        yield fresh
    yield _unless("limits.unsent", _inside_limits(asked.policy, state), Reason.OFFLINE_LIMIT)


_REGRESSED: Final = Reason.COUNTER_REGRESSED


def _unless(rule: str, passed: bool, reason: Reason, said: str = "") -> Check:  # noqa: FBT001 - one local predicate
    return Check(rule, None if passed else reason, said)


def _purse(medium: PurseSnapshot, asked: Question) -> Iterator[Check]:
    dates = {medium.valid_from, medium.valid_until}
    home_city, today = asked.tap.place.city, asked.today
    yield _unless("purse.type", medium.application_type == PURSE_TYPE, Reason.WRONG_APPLICATION)
    yield _unless("purse.enabled", medium.enabled == PURSE_ENABLED, Reason.NOT_ENABLED)
    yield _unless("purse.copy_agrees", medium.fci_agrees, Reason.COUNTERFEIT)
    yield _unless("purse.dates_set", not dates & UNSET_DATES, Reason.DATE_NOT_SET)
    yield _unless("purse.started", medium.valid_from <= today, Reason.NOT_YET_VALID)
    yield _unless("purse.not_expired", today <= medium.valid_until, Reason.EXPIRED)
    home = medium.city == home_city
    served = served_medium(asked.bundle, medium, home_city) is not None
    yield _unless("purse.city_served", served and (home or medium.interop is True), Reason.FOREIGN_REFUSED)
    yield _unless("purse.mac2_trusted", not asked.state.suspect, Reason.COUNTERFEIT)


def _moved(medium: PurseSnapshot, state: State) -> bool:
    """Say whether the card's counter is no older than what this terminal has seen: else it is replayed or cloned."""
    if state.last is None:
        return True
    if medium.counter is not None:
        return medium.counter >= state.last.counter
    return not medium.log or medium.log[0].sequence >= state.last.counter


def _bank_card(medium: BankCardSnapshot, asked: Question) -> Iterator[Check]:
    """Yield what was verified offline, currency, the card's own verdict, its dates, what the acquirer takes unseen."""
    card = medium.known
    fault = card.refusal.rpartition(".")[2]
    refused = ODA_REASONS.get(fault, Reason.NOT_AUTHENTIC)
    yield _unless("bank_card.authentic", not card.refusal, refused, card.refusal)
    if card.currency_fits is not None:
        yield _unless("bank_card.currency", card.currency_fits, Reason.FOREIGN_CURRENCY, card.currency)
    yield _unless("bank_card.agrees", card.cryptogram_type != "AAC", Reason.CARD_REFUSES)
    clearable = card.cryptogram_type in CLEARABLE and bool(card.counter)
    yield _unless("bank_card.cryptogram", clearable, Reason.NOT_AUTHENTIC, "no cryptogram that could be cleared")
    yield _unless("bank_card.started", card.valid_from <= asked.today, Reason.NOT_YET_VALID)
    yield _unless("bank_card.not_expired", asked.today <= (card.valid_until or asked.today), Reason.EXPIRED)
    yield _unless("bank_card.no_holder_check", not card.holder_check, Reason.HOLDER_CHECK, card.holder_check)
    yield _unless("bank_card.below_floor", not card.over_floor, Reason.ABOVE_FLOOR)
    served = served_medium(asked.bundle, medium, asked.tap.place.city) is not None
    yield _unless("bank_card.served", served, Reason.MEDIUM_NOT_SERVED)


def _risen(medium: BankCardSnapshot, state: State) -> bool:
    """Say whether the card's counter lies above the last one accepted here: else its answers are a recording."""
    return state.last is None or (medium.known.counter or 0) > state.last.counter


def _code(medium: CodeSnapshot, asked: Question) -> Iterator[Check]:
    """Yield what was verified offline, then the code's times."""
    code, now_ms = medium.known, asked.tap.time_ms
    unknown = code.refusal.rpartition(".")[2] == "unknown"
    refused = Reason.ISSUER_UNKNOWN if unknown else Reason.NOT_AUTHENTIC
    yield _unless("code.authentic", not code.refusal, refused, code.refusal)
    yield _unless("code.not_from_future", code.made_ms <= now_ms + CODE_SKEW_MS, Reason.CODE_FROM_FUTURE)
    yield _unless("code.started", code.untimely(now_ms) != "not_yet_valid", Reason.NOT_YET_VALID)
    yield _unless("code.not_expired", code.untimely(now_ms) != "expired", Reason.CODE_EXPIRED)
    served = served_medium(asked.bundle, medium, asked.tap.place.city) is not None
    yield _unless("code.served", served, Reason.MEDIUM_NOT_SERVED)


def _unused(medium: CodeSnapshot, asked: Question) -> bool:
    """Say whether neither this code nor, since it was made, any other of its account was accepted here.

    So a stock of codes that were made at once, or the same one on two screens, lets one person pass, unless the scheme
    issues them in stock, as tickets for a family. A last tap that lies ahead of the clock, which fell back, says
    nothing; of an identity or a pass the tariff decides.
    """
    if medium.known.reusable:
        return True
    last, now_ms = asked.state.last, asked.tap.time_ms
    if asked.state.code_used:
        return False
    return medium.known.in_stock or last is None or not medium.known.made_ms <= last.time_ms <= now_ms


def _identity(medium: IdentitySnapshot, asked: Question) -> Iterator[Check]:
    yield _unless("identity.started", medium.valid_from <= asked.today, Reason.NOT_YET_VALID)
    yield _unless("identity.not_expired", asked.today <= (medium.valid_until or asked.today), Reason.EXPIRED)


def _by_hand(medium: ManualSnapshot, asked: Question) -> Iterator[Check]:
    """Yield whether the tariff lets a meal be taken by hand, and so paid, and how many a day still may be."""
    known, rule = medium.known, asked.bundle.document.x_by_hand
    pays = "" if rule is None else rule.pays
    said = f"the tariff takes {pays}" if pays else "the tariff lets no meal be taken by hand: x_by_hand"
    yield _unless("by_hand.taken", bool(pays) and pays == known.pays, Reason.BY_HAND_OFF, said)
    yield _unless("by_hand.is_a_meal", asked.tap.sale is not None, Reason.BY_HAND_OFF, "only a till's offer is paid so")
    if rule is not None:
        yield _within("by_hand.person_day", known.person_today, rule.person_day_max)
        yield _within("by_hand.till_day", known.till_today, rule.till_day_max)


def _within(rule: str, used: int, most: int) -> Check:
    return _unless(rule, used < most, Reason.BY_HAND_LIMIT, f"{used} of {most} today")


def _inside_limits(policy: Policy, state: State) -> bool:
    limits = policy.limits
    count_max = limits.cautious_unsent_count_max if state.cautious else limits.unsent_count_max
    pending = state.exposure.pending_count if state.exposure is not None else 0
    return state.unsent_count + pending < count_max and state.unsent_fen < limits.unsent_fen_max
