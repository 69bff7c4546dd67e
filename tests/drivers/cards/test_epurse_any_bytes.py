"""Whatever a card or PSAM answers, a conversation ends in a value or a coded error after a bounded number of steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.apdu import Response
from drivers.cards.epurse import PurseSettings, debit, evidence, prepare, snapshot
from drivers.cards.epurse.rules import DEFAULT_RULES
from drivers.conversation import CardLeft, Conversation
from drivers.sams.psam import PsamSettings, start
from edge.domain.debit import DebitProof, RefusedDebit, TornDebit
from edge.domain.errors import OneCardError, ReaderError, SamError
from tests.drivers.cards.purse_script import ADMIN, FCI, LOG, OPEN, ORDER, PREPARED, PSAM, PUBLIC, PURSE, TRIP

STEPS_MAX = 200

Answer = bytes | OneCardError

SOUND_BODIES = st.sampled_from([bytes.fromhex(body) for body in (FCI, PUBLIC, ADMIN, LOG, TRIP, "000011F8", "11" * 15)])
STATUSES = st.sampled_from([0x9000, 0x9000, 0x6108, 0x6C10, 0x6A82, 0x6A83, 0x9302, 0x9401]) | st.integers(0, 0xFFFF)
ANSWERS = st.builds(
    lambda body, status: body + status.to_bytes(2, "big"), SOUND_BODIES | st.binary(max_size=64), STATUSES
)
FAILURES = st.sampled_from([CardLeft(), ReaderError("LINK_LOST", "unplugged"), SamError("SAM_MUTE", "no answer")])
SCRIPTS: st.SearchStrategy[list[Answer]] = st.lists(ANSWERS | FAILURES, min_size=1, max_size=40)

CONVERSATIONS: dict[str, Callable[[], Conversation[Any]]] = {
    "snapshot": lambda: snapshot(PurseSettings(trip_records=5)),
    "prepare": lambda: prepare(ORDER, PURSE, PSAM, DEFAULT_RULES),
    "debit": lambda: debit(PREPARED, PSAM, compare_balance=DEFAULT_RULES),
    "evidence": lambda: evidence(OPEN, PURSE, PSAM, PurseSettings(), session_alive=True),
    "psam start": lambda: start(PsamSettings()),
}


def ends_in(conversation: Conversation[Any], answers: list[Answer]) -> object:
    """Feed the answers round and round; returns the value or the coded error."""
    try:
        next(conversation)
        for step in range(STEPS_MAX):
            answer = answers[step % len(answers)]
            if isinstance(answer, OneCardError):
                conversation.throw(answer)
            else:
                conversation.send(Response.parse(answer))
    except StopIteration as finished:
        return finished.value
    except OneCardError as error:
        return error
    raise AssertionError(f"not at its end after {STEPS_MAX} steps")


@pytest.mark.parametrize("begin", CONVERSATIONS.values(), ids=CONVERSATIONS)
@given(answers=SCRIPTS)
def test_any_answers_end_in_a_value_or_a_coded_error(
    begin: Callable[[], Conversation[Any]], answers: list[Answer]
) -> None:
    assert ends_in(begin(), answers) is not None


@given(answers=SCRIPTS)
def test_a_debit_always_ends_in_one_of_its_three_outcomes(answers: list[Answer]) -> None:
    assert isinstance(ends_in(debit(PREPARED, PSAM), answers), DebitProof | RefusedDebit | TornDebit)
