"""The short code of a receipt: read as it was printed, mistyped told from altered, one till's from another's."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.domain.meals.receipt_code import ALPHABET, read_receipt_code, receipt_code

HASH = hashlib.sha256(b"an entry").digest()
CODE = receipt_code("till-1", 1, 37, HASH)


def test_a_code_is_short_and_has_no_character_that_is_read_as_another() -> None:
    assert len(str(CODE)) <= 14
    assert not set("ILOU") & set(str(CODE))
    assert str(CODE).split("-")[1] == "15"


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32), st.integers(1, 2**31))
def test_every_code_is_read_back_as_it_was_made(seq: int, chain_hash: bytes, epoch: int) -> None:
    made = receipt_code("till-1", epoch, seq, chain_hash)
    assert read_receipt_code(str(made)) == made
    assert made.proves(chain_hash)
    assert made.is_of_journal("till-1", epoch)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(str(CODE).lower(), id="in lower case"),
        pytest.param(str(CODE).replace("-", ""), id="without hyphens"),
        pytest.param(str(CODE).replace("-", " - "), id="with blanks"),
        pytest.param(str(CODE).replace("1", "I").replace("0", "O"), id="with letters for digits"),
    ],
)
def test_a_code_is_read_however_it_was_typed(typed: str) -> None:
    assert read_receipt_code(typed) == CODE


@given(st.integers(0, 10), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_a_typing_mistake_and_no_forgery(place: int, wrong: str) -> None:
    body = str(CODE).replace("-", "")
    assume({body[place], wrong} not in ({wrong}, {"0", "Z"}))  # 0 and Z, 0 and 31, are one modulo 31
    with pytest.raises(ValueError, match="wrong"):
        read_receipt_code(body[:place] + wrong + body[place + 1 :])


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="nothing"),
        pytest.param("7K2-9A", id="too little"),
        pytest.param("7K2-" + "9" * 14 + "-B3D9FQ1", id="a number no journal reaches"),
        pytest.param("7K2-9A-B3D9F!1", id="a character that no code has"),
        pytest.param("7K2-9A-B3D9FЖ1", id="a letter of another alphabet"),
    ],
)
def test_what_is_no_code_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(ValueError, match="no receipt's code"):
        read_receipt_code(typed)


def test_a_code_proves_no_other_entry_and_names_no_other_journal() -> None:
    assert not CODE.proves(hashlib.sha256(b"another entry").digest())
    assert not CODE.is_of_journal("till-2", 1)
    assert not CODE.is_of_journal("till-1", 2)


@given(st.text(max_size=40) | st.text(ALPHABET + "-", max_size=30))
def test_whatever_is_typed_is_a_code_that_prints_as_it_reads_or_is_refused(typed: str) -> None:
    try:
        read = read_receipt_code(typed)
    except ValueError:
        return
    assert read_receipt_code(str(read)) == read
