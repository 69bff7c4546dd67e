"""A decision written into an entry is made again in every part; another tariff shows what would change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.domain.authorize import authorize
from edge.domain.decision import Approved, Declined
from edge.domain.entry import DeclinedTap, Entry, Kind
from edge.domain.medium import PurseSnapshot, UnknownSnapshot
from edge.domain.policy import LastTap, State
from edge.domain.replay import differences, replay
from edge.domain.tap import Tap
from sync.wire import decode_entry, encode_entry
from tests.domain.samples import NOON_MS, PLACE, POLICY, TOKEN, entry, intent, policy, purse, tap_of

STATE = State(last=LastTap(NOON_MS - 86_400_000, 100, 5), unsent_count=3)


def written(tap: Tap, state: State) -> Entry:
    """Decide a tap, write it down, and read it back from its bytes."""
    decision, medium = authorize(tap, POLICY, state), tap.medium
    facts = medium.facts() if isinstance(medium, PurseSnapshot) else None
    if isinstance(decision, Approved) and facts is not None:
        ordered = replace(
            intent(decision.charge, decision.explanation), medium=facts, pricing=decision.pricing, state=state
        )
        return decode_entry(encode_entry(entry(Kind.INTENT, ordered)))
    assert isinstance(decision, Declined)
    refusal = DeclinedTap("purse", TOKEN, 1, decision.reason.value, facts, PLACE, decision.explanation, state)
    return decode_entry(encode_entry(entry(Kind.DECLINED, refusal)))


TAPS = {
    "an accepted purse": (purse(), STATE),
    "a purse after INITIALIZE": (purse(counter=6), STATE),
    "a counter that regressed": (purse(counter=2), STATE),
    "a card without a log": (purse(log=()), STATE),
    "a listed purse": (purse(), State(listed=True)),
    "a poor purse": (purse(balance_fen=3), STATE),
    "a foreign purse": (purse(city="1000"), STATE),
    "an expired purse": (purse(valid_until="20200101"), STATE),
    "a terminal that is stopped": (purse(), State(stop="store_full")),
}


@pytest.mark.parametrize(("medium", "state"), TAPS.values(), ids=TAPS)
def test_the_decision_is_made_again_in_every_part(medium: PurseSnapshot, state: State) -> None:
    kept = written(tap_of(medium), state)
    again = replay(kept, POLICY)
    assert again is not None
    assert differences(kept, again) == []


def test_another_tariff_shows_what_would_change() -> None:
    kept = written(tap_of(), STATE)
    cheaper = replay(kept, policy(fare_fen=50))
    assert cheaper is not None
    assert differences(kept, cheaper) == ["charge", "explanation"]


def test_a_refusal_that_would_be_let_through_is_another_decision() -> None:
    kept = written(tap_of(purse(balance_fen=60)), STATE)
    cheaper = replay(kept, policy(fare_fen=50))
    assert cheaper is not None
    assert differences(kept, cheaper) == ["decision"]


def test_a_medium_of_which_nothing_was_read_is_not_decided_again() -> None:
    kept = written(replace(tap_of(), medium=UnknownSnapshot()), STATE)
    assert replay(kept, POLICY) is None
