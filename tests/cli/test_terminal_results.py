"""The bits of TVR and TSI have words (EMV book 3, annex C5 and C6); what is reserved there is named by its place."""

from __future__ import annotations

from typing import Final

import pytest

from edge.explaining.terminal_results import results_as_facts, results_in_words, set_bits
from edge.explaining.words import known

DEFINED: Final = {
    "tvr": (0b1111_1110, 0b1111_1000, 0b1111_1100, 0b1111_1000, 0b1111_0000),
    "tsi": (0b1111_1100, 0b0000_0000),
}
"""What the annex defines, byte by byte."""

ALONE: Final = {
    "an authentication that was not performed": (
        "8000000000", "TVR 未进行脱机数据认证 · offline data authentication was not performed"
    ),
    "a dynamic signature that failed": ("0800000000", "TVR 动态数据认证失败 · DDA failed"),
    "an application past its last day": ("0040000000", "TVR 应用已过期 · the application has expired"),
    "an amount above the floor": ("0000008000", "TVR 交易超过最低限额 · the amount exceeds the floor limit"),
    "a script that failed at the end": (
        "0000000010", "TVR 最后一次生成应用密文之后脚本处理失败 · a script failed after the last GENERATE AC"
    ),
    "a reserved bit": ("0100000000", "TVR byte 1 bit 1"),
}  # fmt: skip


@pytest.mark.parametrize("table", DEFINED)
def test_every_bit_that_the_annex_defines_has_words_and_no_other(table: str) -> None:
    assert known(table) == set(set_bits(bytes(DEFINED[table])))


@pytest.mark.parametrize(("tvr", "words"), ALONE.values(), ids=ALONE)
def test_a_set_bit_is_one_line(tvr: str, words: str) -> None:
    assert list(results_in_words(bytes.fromhex(tvr), bytes(2))) == [words]


def test_several_bits_stand_in_the_order_of_the_object() -> None:
    facts = results_as_facts(bytes.fromhex("A040000000"), bytes.fromhex("8000"))
    assert [row["bit"] for row in facts["tvr"]] == ["byte 1 bit 8", "byte 1 bit 6", "byte 2 bit 7"]
    assert facts["tsi"] == [
        {"bit": "byte 1 bit 8", "zh": "已进行脱机数据认证", "en": "offline data authentication was performed"}
    ]


def test_nothing_set_says_nothing() -> None:
    assert list(results_in_words(bytes(5), bytes(2))) == []
