"""Whatever a card answers, an exchange ends in a verdict or a coded error; and no changed byte is let through."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.apdu import Response
from drivers.oda.ca_keys import load_ca_keys
from drivers.oda.outcome import Verdict
from drivers.oda.records import STATIC_BYTES_MAX, gather
from drivers.oda.refusal import OdaRefused
from drivers.oda.scheme import SCHEMES
from drivers.oda.session import Exchanges
from drivers.oda.verify import Trust, verify
from edge.crypto.sm import sm2_verify, sm3
from edge.domain.errors import CardError, ConfigError
from tests.drivers.oda.cards import CARDS, KEY_LIST, METHODS, Issued, Pair, dda

pytestmark = pytest.mark.line  # some seconds of the processor: the quick half stays quick

AT: Final = date(2026, 3, 1)
TRUST: Final = Trust(SCHEMES["unionpay-test"], load_ca_keys(KEY_LIST), sm2_verify, sm3)
EXCHANGES: Final = {
    f"{name} by {algorithm}": exchange(card) for algorithm, card in CARDS.items() for name, exchange in METHODS.items()
}


def ending(pairs: list[Pair]) -> Verdict | CardError | None:
    """Return the verdict on what was selected last, or the coded error."""
    exchanges = Exchanges()
    try:
        for command, answer in pairs:
            exchanges.observe(command, answer)
    except CardError as error:
        return error
    return None if exchanges.current is None else verify(exchanges.current, TRUST, AT)


def changed(pairs: list[Pair], at: int, answer: bytes) -> list[Pair]:
    at %= len(pairs)
    return [*pairs[:at], (pairs[at][0], Response(answer, 0x9000)), *pairs[at + 1 :]]


@pytest.mark.parametrize("pairs", EXCHANGES.values(), ids=EXCHANGES)
@settings(max_examples=60, deadline=None)
@given(at=st.integers(2, 20), place=st.integers(0, 600), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_verified_as_another_number(pairs: list[Pair], at: int, place: int, bit: int) -> None:
    sound = ending(pairs)
    body = bytearray(pairs[at % len(pairs)][1].body)
    body[place % len(body)] ^= 1 << bit
    found = ending(changed(pairs, at, bytes(body)))
    assert isinstance(sound, Verdict)
    assert sound.verified
    if isinstance(found, Verdict) and found.verified:
        assert found.number == sound.number


@settings(max_examples=150, deadline=None)
@given(pairs=st.sampled_from(list(EXCHANGES.values())), at=st.integers(0, 20), answer=st.binary(max_size=80))
def test_any_answer_in_any_place_ends_in_a_verdict_or_a_code(pairs: list[Pair], at: int, answer: bytes) -> None:
    assert isinstance(ending(changed(pairs, at, answer)), Verdict | CardError | None)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([command for pairs in EXCHANGES.values() for command, _ in pairs]) | st.binary(max_size=20),
            st.builds(Response, st.binary(max_size=60), st.just(0x9000) | st.integers(0, 0xFFFF)),
        ),
        max_size=12,
    )
)
def test_any_exchange_ends_in_a_verdict_or_a_code(pairs: list[Pair]) -> None:
    assert isinstance(ending(pairs), Verdict | CardError | None)


NEEDED: Final = {
    "rsa": frozenset({"8F", "90", "92", "9F32", "9F46", "9F47", "9F48"}),
    "sm2": frozenset({"8F", "90", "9F46"}),
}


@settings(max_examples=150, deadline=None)
@given(
    tag=st.sampled_from(["8F", "90", "92", "9F32", "9F46", "9F47", "9F48", "93"]),
    value=st.binary(max_size=200).map(bytes.hex),
    card=st.sampled_from(list(CARDS.values())),
)
def test_any_object_of_the_chain_ends_in_a_verdict(tag: str, value: str, card: Issued) -> None:
    found = ending(dda(type(card)(**{**vars(card), "changed": {tag: value}})))
    assert isinstance(found, Verdict | CardError)
    if tag in NEEDED[card.algorithm] and not _says(card, tag, value):
        assert isinstance(found, CardError) or not found.verified


RECORDS: Final = st.dictionaries(st.tuples(st.integers(1, 31), st.integers(1, 6)), st.binary())


@given(afl=st.binary(max_size=40), records=RECORDS)
def test_any_locator_and_records_are_gathered_or_refused(afl: bytes, records: dict[tuple[int, int], bytes]) -> None:
    with suppress(OdaRefused):
        objects, static = gather(afl, records, {0x82: b"\x70\x00"})
        assert objects[0x82] == b"\x70\x00"
        assert len(static) <= STATIC_BYTES_MAX + 2


KEYS_OF_LISTS: Final = st.sampled_from(["rsa", "sm2", "rid", "index", "kind"])
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS_OF_LISTS, inner),
    max_leaves=8,
)


@given(document=JSON)
def test_any_key_list_is_loaded_or_a_coded_error(document: object) -> None:
    with suppress(ConfigError):
        assert load_ca_keys(document).keys == {}


def _says(card: Issued, tag: str, value: str) -> bool:
    """Say whether the card holds this very object unchanged: a drawn value may happen to be the true one."""
    short = bytes.fromhex(f"{tag}{len(value) // 2:02x}{value}")
    return len(value) < 256 and any(short in answer.body for _, answer in dda(card))
