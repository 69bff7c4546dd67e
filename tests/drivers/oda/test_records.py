"""File locator, records and static data: what is gathered, and what is refused."""

from __future__ import annotations

from typing import Final

import pytest

from drivers.oda.records import RecordPlace, gather, read_afl
from drivers.oda.refusal import OdaRefused
from tests.drivers.oda.cards import template

AIP: Final = {0x82: bytes.fromhex("7000")}
ONE: Final = "08010101"


def test_records_come_in_the_order_of_the_locator_with_what_is_certified() -> None:
    located = read_afl(bytes.fromhex("10030501" + "08010200"))
    assert [(each.place, each.certified) for each in located] == [
        ((2, 3), True),
        ((2, 4), False),
        ((2, 5), False),
        ((1, 1), False),
        ((1, 2), False),
    ]


WRONG_AFL: Final = {
    "three bytes": "080101",
    "file 0": "00010100",
    "file 31": "F8010100",
    "low bits in the file byte": "0C010100",
    "record 0": "08000100",
    "first above last": "08020100",
    "more certified than read": "08010102",
    "a record named twice": "08010200" + "08020300",
    "too many records of one file": "0801FF00",
    "too many records in all": "08014000" + "10014000",
    "too many bytes": "08010100" * 64,
}


@pytest.mark.parametrize("afl", WRONG_AFL.values(), ids=WRONG_AFL)
def test_a_wrong_locator_is_refused(afl: str) -> None:
    with pytest.raises(OdaRefused) as refused:
        read_afl(bytes.fromhex(afl))
    assert refused.value.reason == "records.afl"


STATIC: Final[dict[str, tuple[str, dict[RecordPlace, str], str]]] = {
    "no record, nothing": ("", {}, ""),
    "a count of zero: nothing": ("08010100", {(1, 1): "70035A0112"}, ""),
    "of a scheme's file the content": (ONE, {(1, 1): "70035A0112"}, "5A0112"),
    "of another file the whole record": ("58010101", {(11, 1): "70035A0112"}, "70035A0112"),
    "in the order of the locator": (
        "10010101" + ONE,
        {(1, 1): "70035A0112", (2, 1): "7004DF010133"},
        "DF0101335A0112",
    ),
    "the AIP where 9F4A names it": (ONE, {(1, 1): template("70", {"9F4A": "82"})}, "9F4A0182" + "7000"),
    "nothing of an issuer's own file that is not certified": ("58010100", {(11, 1): "0102030405"}, ""),
    "the same object in two records": ("08010202", {(1, 1): "70035A0112", (1, 2): "70035A0112"}, "5A01125A0112"),
    "two thousand and forty-eight bytes": (
        "08010808",
        {(1, each): template("70", {f"DF0{each}": "00" * 251}) for each in range(1, 9)},
        "".join(f"DF0{each}81FB" + "00" * 251 for each in range(1, 9)),
    ),
}


@pytest.mark.parametrize(("afl", "records", "static"), STATIC.values(), ids=STATIC)
def test_the_static_records_are(afl: str, records: dict[RecordPlace, str], static: str) -> None:
    raw = {place: bytes.fromhex(record) for place, record in records.items()}
    assert gather(bytes.fromhex(afl), raw, AIP)[1].hex().upper() == static


REFUSED: Final[dict[str, tuple[str, dict[RecordPlace, str], str]]] = {
    "a record that was not read": ("08010200", {(1, 1): "7000"}, "records.missing"),
    "a record of another template": (ONE, {(1, 1): "77035A0112"}, "records.template"),
    "a certified record of another template": ("58010101", {(11, 1): "01020304"}, "records.template"),
    "two templates in a record": (ONE, {(1, 1): "70007000"}, "records.template"),
    "an empty record": (ONE, {(1, 1): ""}, "records.template"),
    "a record that is cut short": (ONE, {(1, 1): "70055A01"}, "records.malformed"),
    "an object twice in one record": (ONE, {(1, 1): "70065A01125A0112"}, "records.duplicate"),
    "an object with two values": ("08010200", {(1, 1): "70035A0112", (1, 2): "70035A0113"}, "records.duplicate"),
    "an object that GPO gave otherwise": (ONE, {(1, 1): "70048202FFFF"}, "records.duplicate"),
    "a tag list of something else": (ONE, {(1, 1): template("70", {"9F4A": "5A"})}, "records.tag_list"),
    "a tag list of the AIP and more": (ONE, {(1, 1): template("70", {"9F4A": "825A"})}, "records.tag_list"),
    "an empty tag list": (ONE, {(1, 1): template("70", {"9F4A": ""})}, "records.tag_list"),
    "more static data than any card has": (
        "08010909",
        {(1, each): template("70", {f"DF0{each}": "00" * 230}) for each in range(1, 10)},
        "records.too_long",
    ),
}


@pytest.mark.parametrize(("afl", "records", "reason"), REFUSED.values(), ids=REFUSED)
def test_is_refused(afl: str, records: dict[RecordPlace, str], reason: str) -> None:
    raw = {place: bytes.fromhex(record) for place, record in records.items()}
    with pytest.raises(OdaRefused) as refused:
        gather(bytes.fromhex(afl), raw, AIP)
    assert refused.value.reason == reason


def test_a_tag_list_without_an_aip_is_refused() -> None:
    with pytest.raises(OdaRefused, match=r"records\.missing"):
        gather(bytes.fromhex(ONE), {(1, 1): bytes.fromhex(template("70", {"9F4A": "82"}))}, {})
