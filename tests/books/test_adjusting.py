"""What is posted for an item: the difference between what it should come to and what stands; never anything twice."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.books.accounts import Balances, balances_of
from sync.central.books.adjusting import NOTHING, Standing, Wanted, difference

DAY: Final = 20260601
OPERATOR: Final = ("operator", "metro")
BANK: Final = ("issuer", "unionpay")
HOLDER: Final = ("holder", "")
CREDIT: Final = ("credit", "")


def ride(fen: int, collector: str = "unionpay", day: int = DAY) -> Wanted:
    """Return a journey that costs its holder so much more than was taken at the taps."""
    return Wanted(day, 0, "ride", {OPERATOR: -fen}, fen, collector)


def stands(**fen: int) -> Standing:
    """Return what was posted so far."""
    names = {"operator": OPERATOR, "issuer": BANK, "holder": HOLDER, "credit": CREDIT}
    return Standing(DAY, "before", {names[name]: value for name, value in fen.items()})


CASES: Final[dict[str, tuple[Wanted, Standing, int, Balances]]] = {
    "a bank card's ride is billed": (ride(400), NOTHING, 0, {OPERATOR: -400, BANK: 400}),
    "a purse that paid too little owes it": (ride(900, ""), NOTHING, 0, {OPERATOR: -900, HOLDER: 900}),
    "a purse that paid too much has it coming": (ride(-400, ""), NOTHING, 0, {OPERATOR: 400, CREDIT: -400}),
    "a late exit lowers the bill while the day is open": (
        ride(400),
        stands(operator=-900, issuer=900),
        0,
        {OPERATOR: 500, BANK: -500},
    ),
    "a late exit after the file is a credit": (
        ride(400),
        stands(operator=-900, issuer=900),
        DAY,
        {OPERATOR: 500, CREDIT: -500},
    ),
    "a credit that was too much is taken back first": (
        ride(700),
        stands(operator=-400, issuer=900, credit=-500),
        DAY,
        {OPERATOR: -300, CREDIT: 300},
    ),
    "a debt that was too much goes before anything is a credit": (
        ride(-100, ""),
        stands(operator=-900, holder=900),
        DAY,
        {OPERATOR: 1000, HOLDER: -900, CREDIT: -100},
    ),
    "what stands already is not posted again": (ride(400), stands(operator=-400, issuer=400), DAY, {}),
    "an exact ruling names every account": (
        Wanted(DAY, 0, "declined", {HOLDER: 200, BANK: -200}, is_exact=True),
        NOTHING,
        DAY,
        {HOLDER: 200, BANK: -200},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_difference_is_posted(name: str) -> None:
    wanted, standing, closed, moved = CASES[name]
    assert balances_of(difference(wanted, standing, closed)) == moved


def test_what_does_not_sum_to_zero_is_no_adjustment() -> None:
    with pytest.raises(ValueError, match="sum to zero"):
        difference(Wanted(DAY, 0, "odd", {OPERATOR: -100}, 99, "unionpay"), NOTHING, 0)


@given(
    st.lists(
        st.tuples(st.integers(-1_000, 1_000), st.sampled_from(["", "unionpay"]), st.sampled_from([0, DAY])), max_size=8
    )
)
def test_whatever_came_before_the_last_decision_stands_and_sums_to_zero(steps: list[tuple[int, str, int]]) -> None:
    posted: Counter[tuple[str, str]] = Counter()
    for fen, collector, closed in steps:
        standing = Standing(DAY, "before", {key: value for key, value in posted.items() if value})
        posted.update(balances_of(difference(ride(fen, collector), standing, closed)))
        assert sum(posted.values()) == 0
        assert posted[OPERATOR] == -fen
        assert difference(ride(fen, collector), Standing(DAY, "now", dict(posted)), closed) == ()
