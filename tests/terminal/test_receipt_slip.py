"""A receipt as lines: rare lines, both languages, and no paper on which one of them is too wide."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.charge import Charge, ChargePart, Share
from edge.domain.meals.receipt import Receipt
from edge.domain.meals.receipt_code import receipt_code
from edge.domain.meals.sale import Sale
from edge.domain.money import FEN_MAX
from edge.domain.slip import width_of
from edge.domain.tap import TimeQuality
from edge.terminal.till.receipt_slip import Look, slip_of

NOON_MS: Final = 1_780_286_400_000
CHARGE: Final = Charge(1500, 0, 800, (Share("city", 300, "a"), Share("bed", 250, "b"), Share("charity", 150, "c")))
RECEIPT: Final = Receipt(
    till="till-1",
    site="市北社区食堂",
    epoch=1,
    seq=38,
    paid_seq=37,
    time_ms=NOON_MS,
    quality=TimeQuality.TRUSTED,
    means="purse",
    sale=Sale(1, NOON_MS, "s1", menu="set_a", session="lunch"),
    parts=(ChargePart("meal", CHARGE),),
    payer_fen=800,
    total_fen=1500,
    funders=(("city", 300), ("bed", 250), ("charity", 150)),
    left=(0, 1),
    uncertain=False,
    debt_fen=0,
    way="",
    code=receipt_code("till-1", 1, 38, b"\x5a" * 32),
)


def lines(receipt: Receipt, *, copy: bool = False, **look: object) -> list[str]:
    return [line.text for line in slip_of(receipt, Look(**{"columns": 32, **look}), copy=copy).lines]  # type: ignore[arg-type]  # any key


RARE: Final[dict[str, tuple[Receipt, dict[str, object], str]]] = {
    "funders that would say why share a name": (RECEIPT, {}, "其他优惠                 -￥4.00"),
    "a quota that is not known for sure": (RECEIPT, {}, "今日剩余优惠餐               0-1"),
    "a clock that nobody confirmed": (
        replace(RECEIPT, quality=TimeQuality.UNTRUSTED),
        {},
        "                    (时钟待校准)",
    ),
    "an earlier debt that was paid too": (replace(RECEIPT, debt_fen=200), {}, "补缴欠款                  ￥2.00"),
    "a heading of the till's own": (RECEIPT, {"heading": "湛山食堂"}, "            湛山食堂"),
    "a city in another time zone": (RECEIPT, {"utc_offset_min": 0}, "时间         2026-06-01 04:00:00"),
    "a menu without words": (
        replace(RECEIPT, sale=Sale(1, NOON_MS, "s1", menu="hotpot")),
        {},
        "hotpot x1                ￥15.00",
    ),
    "a funder without words, in English": (
        replace(RECEIPT, funders=(("zz_fund", 700),)),
        {"language": "en"},
        "Other relief             -￥7.00",
    ),
    "a credit": (
        replace(RECEIPT, way="credit"),
        {"language": "en", "columns": 40},
        "Back (as a credit)                ￥8.00",
    ),
}


@pytest.mark.parametrize("name", sorted(RARE))
def test_a_rare_line_is_on_the_slip(name: str) -> None:
    receipt, look, expected = RARE[name]
    assert expected in lines(receipt, **look)  # type: ignore[arg-type]  # any key of Look


def test_the_code_is_printed_and_drawn_unless_the_till_wants_no_drawing() -> None:
    assert lines(RECEIPT)[-1].endswith(str(RECEIPT.code))
    assert slip_of(RECEIPT, Look(32), copy=False).square == str(RECEIPT.code)
    assert slip_of(RECEIPT, Look(32, square=False), copy=False).square == ""


TEXTS: Final = st.text(st.characters(codec="gb18030", exclude_categories=("C", "Z", "M")), min_size=1, max_size=32)


@given(
    st.integers(24, 64),
    st.sampled_from(["zh", "en"]),
    st.integers(0, FEN_MAX),
    TEXTS,
    st.tuples(st.booleans(), st.booleans()),
)
def test_no_line_is_wider_than_the_paper(
    columns: int,
    language: str,
    fen: int,
    site: str,
    marks: tuple[bool, bool],
) -> None:
    (taken_back, copy), charge = marks, Charge(fen, 0, fen)
    receipt = replace(
        RECEIPT,
        site=site,
        parts=(ChargePart("meal", charge), ChargePart("further_meals", charge), ChargePart("delivery", charge)),
        payer_fen=fen,
        total_fen=fen,
        uncertain=True,
        way="credit" if taken_back else "",
        sale=Sale(1, NOON_MS, "s1", party="companion", menu="set_a", quantity=3, session="lunch"),
    )
    assert max(map(width_of, lines(receipt, copy=copy, columns=columns, language=language))) <= columns
