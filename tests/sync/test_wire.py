"""Values and bytes: one value has one byte form, every other form is refused, nothing is unbounded."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.debit import Verdict
from edge.domain.decision import Charge, Line, Share
from edge.domain.entry import (
    BODIES,
    DebitTerms,
    DeclinedTap,
    Entry,
    Intent,
    Kind,
    PaidTap,
    Posted,
    Remark,
    Settled,
    Torn,
    Voided,
)
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import Ack, BatchSpan, RejectedEntry, SliceHead
from edge.domain.meals.sale import Sale
from edge.domain.medium import BankCardFacts, CardRound, CodeFacts, IdentityFacts, PurseFacts
from edge.domain.policy import LastTap, State
from edge.domain.pricing import Pricing
from edge.domain.reversal import Reversed
from edge.domain.shown import MediumFacts
from edge.domain.tap import Place, TimeQuality
from edge.domain.tariff.state import Chain, CounterRow, Effect
from sync.wire import ENTRY_BYTES_MAX, decode, decode_entry, encode, encode_entry, pack, statement, to_plain, unpack
from tests.domain.samples import entry, intent

count = st.integers(0, 2**63)
small = st.integers(0, 10_000)
text = st.text(max_size=12)
short = st.binary(max_size=16)

lines = st.lists(st.builds(Line, text, st.booleans(), text, st.integers(-1000, 1000)), max_size=3).map(tuple)
places = st.builds(Place, text, text, text, text)
chains = st.none() | st.builds(Chain, text, st.none() | count, st.none() | count, st.none() | count, text, text)
counters = st.lists(st.builds(CounterRow, text, text, small, small), max_size=3).map(tuple)
states = st.builds(
    State,
    st.booleans(),
    st.none() | st.builds(LastTap, count, small, small, st.booleans()),
    count,
    count,
    counters=counters,
    chain=chains,
)
effects = st.lists(st.builds(Effect, text, text, small, text), max_size=3).map(tuple)
pricings = st.builds(
    Pricing, text, effects, chains, st.lists(text, max_size=2).map(tuple), small, below_normal=st.booleans()
)
flags, absent = st.booleans(), st.none()
media = st.builds(
    PurseFacts, text, small, small, text, text, small, absent | flags, flags, absent | small, absent | small
)
rounds = st.lists(st.builds(CardRound, small, absent | small, text), max_size=2).map(tuple)
bank_cards = st.builds(
    BankCardFacts,
    *(text,) * 7,
    rounds,
    flags,
    *(short,) * 3,
    flags,
    text,
    absent | small,
    flags,
    short,
)
codes = st.builds(CodeFacts, *(text,) * 3, short, count, count, count, absent | small, flags, text, short)
identities = st.builds(IdentityFacts, text, text)
shown = st.builds(MediumFacts, absent | bank_cards, absent | codes, absent | identities)
charges = st.builds(
    lambda payer, shares: Charge(payer + sum(shares), 0, payer, tuple(Share("fund", part, "rule") for part in shares)),
    small,
    st.lists(small, max_size=3),
)
sales = absent | st.builds(Sale, small, count, text, unit_fen=st.integers(1, 9_999), quantity=st.integers(1, 20))
terms = st.builds(DebitTerms, small, small, small, small, small, small, small, short, small, text)

bodies: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.INTENT: st.builds(
        Intent, text, short, small, short, small, short, media, places, charges, lines, pricings, states, terms, sales
    ),
    Kind.POSTED: st.builds(Posted, short, short, st.booleans(), st.integers(-100, 10_000)),
    Kind.VOIDED: st.builds(Voided, text),
    Kind.TORN: st.builds(Torn, text),
    Kind.SETTLED: st.builds(Settled, st.sampled_from(Verdict), text, short, short, st.booleans(), st.booleans()),
    Kind.DECLINED: st.builds(
        DeclinedTap, text, short, small, text, absent | media, places, lines, states, absent | shown
    ),
    Kind.TAP: st.builds(
        PaidTap, text, text, short, small, short, small, shown, places, charges, lines, pricings, states, sales
    ),
    Kind.REVERSED: st.builds(Reversed, text, text, text, small, text, text, short, text, charges, pricings),
} | dict.fromkeys(
    (Kind.STAFF, Kind.SHIFT, Kind.CONFIG, Kind.TIME, Kind.NOTE),
    st.builds(Remark, text, st.lists(st.tuples(text, text), max_size=3).map(tuple)),
)

entries = st.sampled_from(sorted(bodies)).flatmap(
    lambda kind: st.builds(
        Entry, st.just(kind), text, count, count, count, st.sampled_from(TimeQuality), count, short, count, bodies[kind]
    )
)


def test_every_kind_with_a_body_is_drawn_here() -> None:
    assert set(bodies) == set(BODIES)


@given(entries)
def test_an_entry_comes_back_as_it_went(entry: Entry) -> None:
    packed = encode_entry(entry)
    assert decode_entry(packed) == entry
    assert encode_entry(decode_entry(packed)) == packed


@given(entry=entries, cut=st.integers(0, 10_000))
def test_an_entry_cut_at_any_byte_is_refused(entry: Entry, cut: int) -> None:
    packed = encode_entry(entry)
    with pytest.raises(RemoteProtocolError) as caught:
        decode_entry(packed[: cut % len(packed)])
    assert caught.value.code == "WIRE_MALFORMED"


@given(entries)
def test_a_byte_after_the_entry_is_refused(entry: Entry) -> None:
    with pytest.raises(RemoteProtocolError, match="WIRE_MALFORMED"):
        decode_entry(encode_entry(entry) + b"\x00")


@given(st.binary(max_size=200))
def test_any_bytes_give_an_entry_or_a_coded_error(packed: bytes) -> None:
    try:
        code = decode_entry(packed).kind.name
    except RemoteProtocolError as error:
        code = error.code
    assert code in {"WIRE_MALFORMED", "WIRE_VERSION", *Kind.__members__}


SAMPLE = Entry(Kind.VOIDED, "bus-07", 3, 9, 1_780_286_400_000, TimeQuality.TRUSTED, 7, b"\1" * 8, 8, Voided("r"))


def test_the_bytes_of_an_entry_are_fixed_for_ever() -> None:
    assert encode_entry(SAMPLE).hex() == (
        "9c010301a66275732d30370309cf0000019e8156a6000007c408010101010101010108" + "91a172"
    )


def altered(position: int, value: object) -> bytes:
    plain = unpack(encode_entry(SAMPLE))
    plain[position] = value
    return pack(plain)


REFUSED: dict[str, tuple[bytes, str]] = {
    "another format": (altered(0, 2), "WIRE_VERSION"),
    "an unknown kind": (altered(1, 99), "WIRE_MALFORMED"),
    "a newer body": (altered(2, 2), "WIRE_VERSION"),
    "a terminal that is bytes": (altered(3, b"bus"), "WIRE_MALFORMED"),
    "a boolean in place of a number": (altered(5, True), "WIRE_MALFORMED"),
    "a float in place of a number": (altered(6, 1.0), "WIRE_MALFORMED"),
    "an unknown time quality": (altered(7, 9), "WIRE_MALFORMED"),
    "a tap id that is text": (altered(9, "id"), "WIRE_MALFORMED"),
    "a body with a field too many": (altered(11, ["r", "r"]), "WIRE_MALFORMED"),
    "a body with a field too few": (altered(11, []), "WIRE_MALFORMED"),
    "a body that is no array": (altered(11, {"rule": "r"}), "WIRE_MALFORMED"),
    "no array at all": (pack({"kind": 3}), "WIRE_MALFORMED"),
    "an extension type": (b"\xd4\x01\x00", "WIRE_MALFORMED"),
    "nothing": (b"", "WIRE_MALFORMED"),
    "a map keyed by an array": (b"\x81\x90\x00", "WIRE_MALFORMED"),
    "deep nesting": (b"\x91" * 5_000, "WIRE_MALFORMED"),
    "text that is not UTF-8": (b"\xa1\xff", "WIRE_MALFORMED"),
    "too many bytes": (b"\x00" * (ENTRY_BYTES_MAX + 1), "WIRE_TOO_LARGE"),
    "an array that claims four billion items": (b"\xdd\xff\xff\xff\xff", "WIRE_MALFORMED"),
}


@pytest.mark.parametrize(("packed", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_is_refused(packed: bytes, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode_entry(packed)
    assert caught.value.code == code


def test_an_entry_above_its_limit_is_never_written() -> None:
    huge = dataclasses.replace(SAMPLE, body=Voided("x" * ENTRY_BYTES_MAX))
    with pytest.raises(RemoteProtocolError, match="WIRE_TOO_LARGE"):
        encode_entry(huge)


def test_a_charge_that_does_not_add_up_is_refused_on_the_wire() -> None:
    with pytest.raises(RemoteProtocolError, match="do not add up"):
        decode(Charge, pack([150, 0, 100, [["district", 49, "elder"]]]))


acks = st.builds(
    Ack,
    text,
    count,
    count,
    count,
    st.binary(min_size=32, max_size=32),
    count,
    count,
    count,
    st.lists(st.builds(RejectedEntry, count, text), max_size=3).map(tuple),
    count,
    st.lists(st.tuples(text, count), max_size=3).map(tuple),
)


@given(acks)
def test_an_ack_comes_back_as_it_went(ack: Ack) -> None:
    assert decode(Ack, encode(ack)) == ack


def test_one_signature_never_serves_another_purpose() -> None:
    head = SliceHead("bus-07", 3, 9, b"\0" * 32)
    span = BatchSpan("bus-07", 3, 1, 9, b"\0" * 32, b"\0" * 32)
    said = {statement(purpose, value) for purpose in ("a", "b") for value in (head, span)}
    assert len(said) == 4


def test_plain_values_keep_the_order_of_the_fields() -> None:
    assert to_plain(SliceHead("bus-07", 3, 9, b"h")) == ["bus-07", 3, 9, b"h"]


def test_an_entry_in_another_byte_form_is_refused() -> None:
    packed = encode_entry(entry(Kind.INTENT, intent()))
    assert packed[1] == 1, "the format number stands first, as one byte"
    longer = packed[:1] + b"\xcc\x01" + packed[2:]
    with pytest.raises(RemoteProtocolError) as refused:
        decode_entry(longer)
    assert refused.value.code == "WIRE_MALFORMED"


def as_version_one(written: Entry, *, fields: int) -> list[Any]:
    """Return the plain form of an entry as the first release wrote it: its state had ``fields`` fields."""
    plain: list[Any] = unpack(encode_entry(written))
    plain[2] = 1
    at = [field.name for field in dataclasses.fields(written.body)].index("state")
    plain[-1][at] = plain[-1][at][:fields]
    return plain


def test_an_entry_of_the_first_release_decodes_to_the_value_of_today() -> None:
    written = entry(Kind.INTENT, intent())
    assert decode_entry(pack(as_version_one(written, fields=9))) == written


def test_an_entry_too_short_for_its_version_is_refused() -> None:
    of_today = as_version_one(entry(Kind.INTENT, intent()), fields=9)
    of_today[2] = Intent.VERSION
    without_debit = as_version_one(entry(Kind.INTENT, intent()), fields=9)
    debit = [field.name for field in dataclasses.fields(Intent)].index("debit")
    del without_debit[-1][debit:]  # what was appended after it may be missing
    for plain in (of_today, without_debit):
        with pytest.raises(RemoteProtocolError) as refused:
            decode_entry(pack(plain))
        assert refused.value.code == "WIRE_MALFORMED"


def test_an_entry_of_a_later_release_is_kept_for_one_that_knows_it() -> None:
    plain: list[Any] = unpack(encode_entry(entry(Kind.INTENT, intent())))
    plain[2] = 99
    with pytest.raises(RemoteProtocolError) as refused:
        decode_entry(pack(plain))
    assert refused.value.code == "WIRE_VERSION"
