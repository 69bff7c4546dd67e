"""The identity application: who holds the card, and not one byte more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.apdu import Response
from drivers.cards.identity import IdentitySettings, snapshot
from drivers.conversation import CardLeft, replay
from drivers.virtual.identity_card import IdentityCard, IdentityHolder
from edge.domain.errors import CardError
from edge.domain.medium import CardNumber, IdentitySnapshot, UnknownSnapshot
from tests.drivers.cards.bank_bench import Talk

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "cards" / "social_card.json").read_text("utf-8")
)
SAYS: Final = VECTORS["says"]
KNOWN: Final = IdentitySnapshot(CardNumber(SAYS["code"]), SAYS["valid_from"], SAYS["valid_until"])
PRIVATE: Final = {0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D}
"""Records with a number, a name or something else about a person."""

Script = list[tuple[bytes, bytes | Exception]]


def recorded(form: str) -> Script:
    pairs = [(VECTORS["select"], "9000")]
    pairs += [(VECTORS["select_free_file"], "9000")] if form == "by_tag" else []
    pairs += VECTORS[form].values()
    return [(bytes.fromhex(command), bytes.fromhex(answer)) for command, answer in pairs]


@pytest.mark.parametrize("form", ["by_number", "by_tag"])
def test_a_recorded_card_says_who_holds_it(form: str) -> None:
    assert replay(snapshot(IdentitySettings(by_tag=form == "by_tag")), recorded(form)) == KNOWN


@pytest.mark.parametrize("by_tag", [False, True], ids=["by number", "by tag"])
def test_the_virtual_card_says_the_same(by_tag: bool) -> None:  # noqa: FBT001 - a column of the table
    card = IdentityCard(by_tag=by_tag)
    assert Talk(card).hold(snapshot(IdentitySettings(by_tag=by_tag))) == KNOWN


def test_nothing_about_a_person_is_asked_for() -> None:
    card = IdentityCard(IdentityHolder())
    talk = Talk(card)
    talk.hold(snapshot(IdentitySettings()))
    assert not PRIVATE & set(card.asked)
    assert len(talk.commands) <= 5
    said = b"".join(talk.answers)
    for private in (card.holder.name.encode("gbk"), card.holder.id_number.encode(), card.holder.card_number.encode()):
        assert private not in said


def test_the_code_is_shown_masked_and_no_fact_holds_it() -> None:
    medium = Talk(IdentityCard()).hold(snapshot(IdentitySettings()))
    assert isinstance(medium, IdentitySnapshot)
    assert SAYS["code"] not in repr(medium) + repr(medium.facts())
    assert medium.holder == CardNumber(SAYS["code"])


SELECT: Final = bytes.fromhex(VECTORS["select"])
CODE_COMMAND: Final = bytes.fromhex(VECTORS["by_number"]["code"][0])
UNKNOWN: Final[dict[str, Script]] = {
    "a card that does not answer it contactless": [(SELECT, b"\x6a\x82")],
    "a locked application": [(SELECT, b"\x6a\x81")],
    "a file that needs a SAM": [(SELECT, b"\x90\x00"), (CODE_COMMAND, b"\x69\x82")],
    "a code of zeros": [(SELECT, b"\x90\x00"), (CODE_COMMAND, b"\x01\x10" + bytes(16) + b"\x90\x00")],
    "an unwritten code": [(SELECT, b"\x90\x00"), (CODE_COMMAND, b"\x01\x10" + b"\xff" * 16 + b"\x90\x00")],
    "another record than was asked": [(SELECT, b"\x90\x00"), (CODE_COMMAND, b"\x02\x10" + b"\x11" * 16 + b"\x90\x00")],
    "a record cut short": [(SELECT, b"\x90\x00"), (CODE_COMMAND, b"\x01\x10" + b"\x11" * 9 + b"\x90\x00")],
}


@pytest.mark.parametrize("pairs", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_there_is_unknown_and_no_fault(pairs: Script) -> None:
    assert isinstance(replay(snapshot(IdentitySettings()), pairs), UnknownSnapshot)


def test_a_date_that_is_none_is_empty() -> None:
    pairs = recorded("by_number")
    pairs[-1] = (pairs[-1][0], bytes.fromhex("0604FFFFFFFF9000"))
    medium = replay(snapshot(IdentitySettings()), pairs)
    assert isinstance(medium, IdentitySnapshot)
    assert (medium.valid_from, medium.valid_until) == ("20200101", "")


@pytest.mark.parametrize("step", range(4))
def test_a_card_pulled_away_is_told_as_such(step: int) -> None:
    pairs = recorded("by_number")
    pairs[step] = (pairs[step][0], CardLeft())
    with pytest.raises(CardError) as caught:
        replay(snapshot(IdentitySettings()), pairs)
    assert caught.value.code == "CARD_LEFT"


@given(answers=st.lists(st.binary(min_size=2, max_size=300), min_size=30, max_size=30))
def test_any_answers_end_in_a_value_or_a_coded_error(answers: list[bytes]) -> None:
    found = ending(answers)
    if isinstance(found, CardError):
        assert found.code == "CARD_MALFORMED"
    else:
        assert isinstance(found, IdentitySnapshot | UnknownSnapshot)


def ending(answers: list[bytes]) -> object:
    """Return the value or the coded error of a conversation; None where it goes on for ever."""
    conversation = snapshot(IdentitySettings())
    try:
        next(conversation)
        for answer in answers:
            conversation.send(Response.parse(answer))
    except StopIteration as finished:
        return finished.value
    except CardError as error:
        return error
    return None
