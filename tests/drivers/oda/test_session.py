"""What an exchange is taken for: steps told without anything secret, and answers that are refused."""

from __future__ import annotations

from typing import Final

import pytest

from drivers.apdu import Response
from drivers.oda.cryptogram import read_issuer_application
from drivers.oda.session import APPLICATIONS_MAX, Exchanges
from edge.domain.errors import CardError
from tests.drivers.oda.cards import NUMBER, RSA_CARD, Pair, cda, contactless, gpo, pair, selection, sized, template, tlv


def told(pairs: list[Pair]) -> list[str]:
    exchanges = Exchanges()
    return [exchanges.observe(command, answer) for command, answer in pairs]


def test_every_step_of_a_tap_is_told_without_the_number() -> None:
    steps = told(contactless(RSA_CARD))
    assert steps[0] == "SELECT 2PAY.SYS.DDF01: A000000333010101"
    assert steps[1] == "SELECT A000000333010101: A000000333010101"
    assert steps[2] == "GET PROCESSING OPTIONS: template 77, AIP 7000, AFL 1001030018010101"
    assert steps[-1].startswith("READ RECORD: record 1 of file 3, ")
    assert not any(NUMBER in step for step in steps)


def test_a_pin_is_not_kept_and_not_told() -> None:
    exchanges = Exchanges()
    for command, answer in selection():
        exchanges.observe(command, answer)
    assert exchanges.observe(bytes.fromhex("00200080082412341FFFFFFFFF"), Response(b"", 0x9000)) == "not needed"
    assert "1234" not in repr(exchanges)


def test_records_of_a_directory_are_no_application_s() -> None:
    directory = pair(sized("00A40400", b"1PAY.SYS.DDF01".hex()), tlv("6F", tlv("A5", tlv("88", "01"))))
    entry = pair("00B2010C00", template("70", {"4F": "A000000333010101"}))
    steps = told([*selection(), pair("00B2010C00", "7000"), directory, entry])
    assert steps[-2:] == ["SELECT 1PAY.SYS.DDF01: no application", "not needed"]


def test_selecting_a_file_begins_no_application() -> None:
    assert told([*selection(), pair("00A40000023F00", "6F00")])[-1] == "not needed"


def test_what_is_refused_is_told_and_changes_nothing() -> None:
    exchanges = Exchanges()
    for command, answer in cda(RSA_CARD):
        exchanges.observe(command, answer)
    assert exchanges.current is not None
    before = len(exchanges.current.records)
    assert exchanges.observe(bytes.fromhex("00B2090C00"), Response(b"", 0x6A83)) == "READ RECORD: refused"
    assert exchanges.observe(bytes.fromhex("00A4040007A0000000031010"), Response(b"", 0x6A82)).endswith("refused")
    assert (len(exchanges.current.records), len(exchanges.applications)) == (before, 1)


def test_a_second_round_with_the_exact_amount_begins_anew() -> None:
    exchanges = Exchanges()
    for command, answer in [*cda(RSA_CARD), gpo(RSA_CARD, template("77", {"82": "7000", "94": ""}))]:
        exchanges.observe(command, answer)
    card = exchanges.current
    assert card is not None
    assert (card.records, card.generated, card.terminal[0x9F02].hex()) == ({}, [], "000000000200")


AFTER_SELECTION: Final = {
    "a GPO that answers another list": pair("80A8000004830200000000", tlv("80", "7000")),
    "a GPO of an unknown template": gpo(RSA_CARD, tlv("6F", "")),
    "a GPO of two templates": gpo(RSA_CARD, "77027000" + "7700"),
    "a GPO without an AIP": gpo(RSA_CARD, template("77", {"94": "08010100"})),
    "a GPO with a short AIP": gpo(RSA_CARD, tlv("80", "70")),
    "a GPO with an object twice": gpo(RSA_CARD, tlv("77", tlv("82", "7000") * 2)),
    "a GPO that is cut short": gpo(RSA_CARD, "7710"),
    "a command whose length does not fit": pair("80A80000FF8300", tlv("80", "7000")),
    "a selection that is no template": pair(sized("00A40400", "A000000333"), "6F05"),
}


@pytest.mark.parametrize("wrong", AFTER_SELECTION.values(), ids=AFTER_SELECTION)
def test_a_wrong_answer_is_a_coded_error(wrong: Pair) -> None:
    with pytest.raises(CardError, match="CARD_MALFORMED"):
        told([*selection(), wrong])


def test_a_record_that_changes_between_two_readings_is_a_coded_error() -> None:
    with pytest.raises(CardError, match="changed between two readings"):
        told([*selection(), pair("00B2010C00", "7000"), pair("00B2010C00", "7003500141")])


def test_a_third_cryptogram_is_a_coded_error() -> None:
    with pytest.raises(CardError, match="third cryptogram"):
        told([*cda(RSA_CARD, turns=2), pair("80AE000000", tlv("80", "00" * 11))])


def test_more_applications_than_any_card_has_are_a_coded_error() -> None:
    with pytest.raises(CardError, match="more applications"):
        told(selection() * (APPLICATIONS_MAX + 1))


ISSUER_FACTS: Final = {
    "of the published test card": ("07010103000000010A01", "AAC", "3DES", ()),
    "of its SM4 sister": ("07010103000000040A01", "AAC", "SM4", ()),
    "asking to go online": ("07010103A0000001", "ARQC", "3DES", ()),
    "approving": ("0701010390010201", "TC", "3DES", ("SDA failed last time", "DDA done")),
    "of a type kept free": ("0701010337FF0E7F", "RFU", "7F", None),
}


@pytest.mark.parametrize(("raw", "kind", "algorithm", "flags"), ISSUER_FACTS.values(), ids=ISSUER_FACTS)
def test_issuer_facts_are_read(raw: str, kind: str, algorithm: str, flags: tuple[str, ...] | None) -> None:
    facts = read_issuer_application(bytes.fromhex(raw))
    assert facts is not None
    assert (facts.cryptogram_type, facts.algorithm) == (kind, algorithm)
    assert flags in {None, facts.flags()}


@pytest.mark.parametrize("raw", ["", "07010103", "06010A03A0000001", "07010104A0000001"])
def test_issuer_facts_of_another_form_are_none(raw: str) -> None:
    assert read_issuer_application(bytes.fromhex(raw)) is None
