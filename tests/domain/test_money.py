"""Amounts: integers of fen, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.decision import Charge, Share
from edge.domain.money import FEN_MAX, fen, yuan

NEVER_MONEY = {
    "a float": 1.0,
    "a boolean": True,
    "a negative number": -1,
    "more than four bytes": FEN_MAX + 1,
    "not a number": float("nan"),
    "text": "100",
}


@pytest.mark.parametrize("value", NEVER_MONEY.values(), ids=NEVER_MONEY.keys())
def test_is_never_money(value: int) -> None:
    with pytest.raises(ValueError, match="an amount"):
        fen(value)


@pytest.mark.parametrize("value", [0, 1, FEN_MAX])
def test_every_whole_amount_up_to_four_bytes_is_money(value: int) -> None:
    assert fen(value) == value


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "0.00"), (5, "0.05"), (150, "1.50"), (-150, "-1.50"), (-5, "-0.05"), (100_000, "1000.00")]
)
def test_people_read_yuan_with_two_digits(amount: int, text: str) -> None:
    assert yuan(amount) == text


@given(st.integers())
def test_yuan_loses_no_fen(amount: int) -> None:
    assert int(yuan(amount).replace(".", "")) == amount


UNBALANCED = {
    "a payer who pays less than is left": (150, 0, 99, (Share("district", 50, "r"),)),
    "a funder who carries too much": (150, 0, 100, (Share("district", 51, "r"),)),
    "a surcharge that nobody pays": (150, 10, 150, ()),
    "a negative payer": (150, 0, -50, (Share("district", 200, "r"),)),
    "a negative funder": (150, 0, 200, (Share("district", -50, "r"),)),
    "a boolean among the parts": (1, 0, True, ()),
    "half a fen": (1, 0, 0.5, (Share("district", 0.5, "r"),)),  # type: ignore[arg-type]  # what it must refuse
}


@pytest.mark.parametrize("parts", UNBALANCED.values(), ids=UNBALANCED.keys())
def test_a_charge_that_does_not_add_up_cannot_be_made(parts: tuple[int, int, int, tuple[Share, ...]]) -> None:
    with pytest.raises(ValueError, match=r"charge|payer"):
        Charge(*parts)


amounts = st.integers(min_value=0, max_value=FEN_MAX)


@given(payer=amounts, shares=st.lists(amounts, max_size=4), surcharge=amounts)
def test_payer_and_funders_carry_exactly_the_total(payer: int, shares: list[int], surcharge: int) -> None:
    carried = payer + sum(shares)
    surcharge = min(surcharge, carried)
    charge = Charge(carried - surcharge, surcharge, payer, tuple(Share("f", amount, "r") for amount in shares))
    assert charge.payer_fen + charge.relief_fen == charge.total_fen
