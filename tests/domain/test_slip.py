"""Lines of paper: a Chinese character takes two columns, and nothing is ever wider than the paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.slip import centred, folded, in_two, width_of

TEXTS = st.text(st.sampled_from("ab c餐费￥·—1.,（）"), max_size=60)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        pytest.param("abc", 3, id="Latin letters"),
        pytest.param("餐费", 4, id="Chinese characters"),
        pytest.param("\uffe515.00", 7, id="the full-width yuan sign"),
        pytest.param("\u00a515.00", 6, id="the half-width yen sign"),
        pytest.param("（A）", 5, id="full-width brackets"),
        pytest.param("—", 2, id="an ambiguous dash, wide in a Chinese font"),
    ],
)
def test_a_text_takes_its_columns(text: str, columns: int) -> None:
    assert width_of(text) == columns


def test_two_texts_stand_at_the_two_edges() -> None:
    (line,) = in_two("餐费 x1", "\uffe515.00", 32)
    assert (line, width_of(line)) == ("餐费 x1                  \uffe515.00", 32)


def test_what_does_not_fit_one_line_takes_two() -> None:
    assert list(in_two("红烧肉套餐", "\uffe515.00", 14)) == ["红烧肉套餐", "       \uffe515.00"]


def test_words_stay_whole_and_chinese_breaks_anywhere() -> None:
    assert list(folded("Subsidised meals left today", 16)) == ["Subsidised meals", "left today"]
    assert list(folded("补贴待中心确认，付款", 8)) == ["补贴待中", "心确认，", "付款"]
    assert list(folded("x" * 10, 4)) == ["xxxx", "xxxx", "xx"]


def test_a_heading_stands_in_the_middle() -> None:
    assert centred("食堂", 10) == "   食堂"


@given(TEXTS, TEXTS, st.integers(24, 64))
def test_no_line_is_wider_than_the_paper_and_nothing_is_left_out(left: str, right: str, columns: int) -> None:
    lines = list(in_two(left, right, columns))
    assert all(width_of(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join((left + right).split())
