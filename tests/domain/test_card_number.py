"""A card number hides itself wherever it could be printed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.domain.medium import CardNumber
from tests.domain.samples import PURSE, tap_of

DIGITS = "3104930499900000017"


@pytest.mark.parametrize("text", [repr, str, "{}".format, "{!r}".format, "%s".__mod__], ids=lambda form: form.__name__)
def test_no_way_of_printing_shows_the_number(text: object) -> None:
    assert callable(text)
    assert text(CardNumber(DIGITS)) == "CardNumber(31049304*******0017)"


def test_a_snapshot_and_a_tap_print_it_masked() -> None:
    assert DIGITS not in repr(PURSE)
    assert DIGITS not in repr(tap_of())


@pytest.mark.parametrize(
    ("digits", "masked"),
    [
        ("", ""),
        ("1234", "****"),
        ("123456789012", "*" * 12),
        ("1" * 15, "*" * 15),
        ("1234567890123456", "12345678****3456"),
    ],
)
def test_the_prefix_and_the_last_four_stay_where_enough_is_hidden(digits: str, masked: str) -> None:
    assert CardNumber(digits).masked() == masked


def test_equal_numbers_are_equal_and_hash_alike() -> None:
    assert CardNumber(DIGITS) == CardNumber(DIGITS)
    assert hash(CardNumber(DIGITS)) == hash(CardNumber(DIGITS))
    assert CardNumber(DIGITS) != DIGITS
    assert replace(PURSE) == PURSE
