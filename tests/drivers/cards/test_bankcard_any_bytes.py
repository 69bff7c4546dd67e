"""Whatever a card answers, a tap ends in a snapshot or a coded error, after few commands and little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.apdu import Response
from drivers.cards.bankcard import snapshot
from drivers.conversation import Conversation
from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_plan import BankPlan
from drivers.virtual.emv_objects import template, tlv
from edge.domain.errors import CardError
from edge.domain.medium import BankCardSnapshot, Snapshot, UnknownSnapshot
from tests.drivers.cards.bank_bench import bank_settings

pytestmark = pytest.mark.line  # some seconds of the processor: the quick half stays quick

COMMANDS_MAX: Final = 600
"""Eight candidates, forty commands each; every answer may be fetched in five pieces by a card that means ill."""

MEMORY_BYTES_MAX: Final = 2_000_000
CARDS: Final = {
    f"{method} by {algorithm}": BankPlan(method=method, algorithm=algorithm)
    for method in ("fdda", "dda", "cda")
    for algorithm in ("rsa", "sm2")
}
Spoil = Callable[[int, bytes, bytes], bytes]
"""Number of the command from 0, the command, the card's own answer; returns what is answered."""


def ending(conversation: Conversation[Snapshot], card: BankCard, spoil: Spoil) -> Snapshot | CardError:
    """Run to the end; every other exception comes out and fails the test."""
    sent = 0
    try:
        command = next(conversation)
        while True:
            assert sent < COMMANDS_MAX
            answer = spoil(sent, command.apdu, card.process(command.apdu))
            sent += 1
            command = conversation.send(Response.parse(answer))
    except StopIteration as finished:
        medium: Snapshot = finished.value
        return medium
    except CardError as error:
        return error


def sensible(found: Snapshot | CardError) -> bool:
    if isinstance(found, CardError):
        return found.code in {"CARD_MALFORMED", "CARD_STATUS"}
    return isinstance(found, BankCardSnapshot | UnknownSnapshot)


@pytest.mark.parametrize("plan", CARDS.values(), ids=CARDS)
@given(answers=st.dictionaries(st.integers(0, 12), st.binary(min_size=2, max_size=300), max_size=4))
def test_any_bytes_in_place_of_some_answers(plan: BankPlan, answers: dict[int, bytes]) -> None:
    found = ending(snapshot(bank_settings()), BankCard(plan), lambda at, _, own: answers.get(at, own))
    assert sensible(found)


@pytest.mark.parametrize("plan", CARDS.values(), ids=CARDS)
@given(at=st.integers(0, 12), place=st.integers(0, 300), bit=st.integers(0, 7))
def test_a_flipped_bit_never_makes_another_number_genuine(plan: BankPlan, at: int, place: int, bit: int) -> None:
    def spoil(number: int, _command: bytes, own: bytes) -> bytes:
        if number != at:
            return own
        changed = bytearray(own)
        changed[place % len(own)] ^= 1 << bit
        return bytes(changed)

    found = ending(snapshot(bank_settings()), BankCard(plan), spoil)
    assert sensible(found)
    if isinstance(found, BankCardSnapshot) and not found.known.refusal:
        assert found.number.reveal() == plan.number


@given(afl=st.binary(max_size=252), records=st.binary(max_size=256), status=st.sampled_from([0x9000, 0x6A83, 0x6CFF]))
def test_any_locator_ends_in_few_commands(afl: bytes, records: bytes, status: int) -> None:
    def spoil(_number: int, command: bytes, own: bytes) -> bytes:
        if command[1] == 0xA8:
            return template("77", {"82": b"\x70\x00", "94": afl, "9F26": bytes(8)}) + b"\x90\x00"
        return records + status.to_bytes(2, "big") if command[1] == 0xB2 else own

    assert sensible(ending(snapshot(bank_settings()), BankCard(), spoil))


@given(pdol=st.binary(max_size=120))
def test_any_list_of_the_card_is_answered_or_malformed(pdol: bytes) -> None:
    def spoil(_number: int, command: bytes, own: bytes) -> bytes:
        if command[1] != 0xA4 or b"DDF" in command:
            return own
        return tlv("6F", tlv("84", command[5:13]) + tlv("A5", tlv("9F38", pdol))) + b"\x90\x00"

    assert sensible(ending(snapshot(bank_settings()), BankCard(), spoil))


ENDLESS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "every answer has more to fetch": lambda _own: bytes(254) + b"\x61\xff",
    "every answer wants another length": lambda _own: b"\x6c\xff",
    "every record is as long as can be": lambda own: own if own[:1] == b"\x6f" else bytes(254) + b"\x90\x00",
    "every answer is refused": lambda _own: b"\x69\x85",
    "every answer is empty": lambda _own: b"\x90\x00",
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
def test_a_card_without_end_is_ended(answer: Callable[[bytes], bytes]) -> None:
    tracemalloc.start()
    try:
        found = ending(snapshot(bank_settings()), BankCard(), lambda _at, _command, own: answer(own))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sensible(found)
    assert peak < MEMORY_BYTES_MAX


def test_a_locator_of_the_most_records_reads_no_more_than_a_terminal_bears() -> None:
    def spoil(_number: int, command: bytes, own: bytes) -> bytes:
        if command[1] == 0xA8:
            afl = b"".join(bytes([sfi << 3, 1, 33, 0]) for sfi in (1,))
            return template("77", {"82": b"\x70\x00", "94": afl, "9F26": bytes(8)}) + b"\x90\x00"
        return own

    found = ending(snapshot(bank_settings()), BankCard(), spoil)
    assert isinstance(found, CardError)
    assert "33 records" in str(found)
