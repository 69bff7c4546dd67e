"""Every refusal of offline data authentication, under its own stable reason, by RSA and by SM2."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from drivers.oda.outcome import Verdict
from drivers.oda.scheme import SCHEMES, Method
from tests.drivers.oda.cards import (
    CARDS,
    KEY_LIST,
    KEYS,
    METHODS,
    RSA_CARD,
    RSA_INDEX,
    SM2_CARD,
    SM2_INDEX,
    Issued,
    Pair,
    cda,
    contact,
    contactless,
    dda,
    pair,
    sda,
    template,
    tlv,
)
from tests.drivers.oda.issuing import RID, Flaws, ca_entry
from tests.drivers.oda.published import RSA_DAY, judged


def verdict_on(pairs: list[Pair], at: date = RSA_DAY) -> Verdict:
    return judged(pairs, at, keys=KEY_LIST)


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
@pytest.mark.parametrize("method", METHODS)
def test_a_sound_card_verifies(card: Issued, method: str) -> None:
    verdict = verdict_on(METHODS[method](card))
    assert (verdict.reason, verdict.method, verdict.tsi.hex()) == (None, method, "8000")


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_a_second_cryptogram_is_verified_over_both_commands(card: Issued) -> None:
    assert verdict_on(cda(card, turns=2)).verified
    assert verdict_on(cda(card, turns=2, spoil=b"!")).reason == "dynamic_signature.hash"


def issuer_says(card: Issued, **change: object) -> list[Pair]:
    return dda(replace(card, issuer_says=replace(card.issuer_says, **change)))  # type: ignore[arg-type]  # by name


def card_says(card: Issued, **change: object) -> list[Pair]:
    return dda(replace(card, card_says=replace(card.card_says, **change)))  # type: ignore[arg-type]  # by name


R, S = RSA_CARD, SM2_CARD
BOTH: Final[dict[str, tuple[list[Pair], str]]] = {
    "an issuer certificate of another format": (issuer_says(R, format_byte="04"), "issuer_certificate.format"),
    "its SM2 sister": (issuer_says(S, format_byte="14"), "issuer_certificate.format"),
    "an issuer certificate of another header": (issuer_says(R, flaws=Flaws(header=0x5A)), "issuer_certificate.header"),
    "an issuer certificate of another trailer": (
        issuer_says(R, flaws=Flaws(trailer=0xCC)),
        "issuer_certificate.trailer",
    ),
    "an issuer certificate over other bytes": (issuer_says(R, flaws=Flaws(hashed_too=b"!")), "issuer_certificate.hash"),
    "an SM2 issuer certificate over other bytes": (
        issuer_says(S, flaws=Flaws(hashed_too=b"!")),
        "issuer_certificate.signature",
    ),
    "an issuer certificate by another algorithm": (issuer_says(R, algorithms="0201"), "issuer_certificate.algorithm"),
    "an SM2 issuer certificate by another algorithm": (
        issuer_says(S, algorithms="040012"),
        "issuer_certificate.algorithm",
    ),
    "an SM2 point of another length": (issuer_says(S, length_more=1), "issuer_certificate.algorithm"),
    "an issuer of other numbers": (issuer_says(R, number="622900FF"), "issuer_certificate.identifier"),
    "an SM2 issuer of other numbers": (issuer_says(S, number="62280002"), "issuer_certificate.identifier"),
    "an issuer of no number": (issuer_says(R, number="FFFFFFFF"), "issuer_certificate.identifier"),
    "an issuer certificate that ended": (issuer_says(R, month="0226"), "issuer_certificate.expired"),
    "an SM2 issuer certificate that ended": (issuer_says(S, month="0226"), "issuer_certificate.expired"),
    "an issuer certificate of the last century": (issuer_says(R, month="1299"), "issuer_certificate.expired"),
    "an issuer certificate until no month": (issuer_says(R, month="1331"), "issuer_certificate.date"),
    "an issuer certificate until no digits": (issuer_says(R, month="A131"), "issuer_certificate.date"),
    "an issuer exponent of 5": (issuer_says(R, exponent=b"\x05"), "issuer_certificate.exponent"),
    "an issuer modulus that claims a byte more": (issuer_says(R, length_more=1), "issuer_certificate.length"),
    "an issuer modulus longer than the authority's": (issuer_says(R, length_more=40), "issuer_certificate.length"),
    "no issuer certificate": (dda(replace(R, changed={"90": "absent"})), "issuer_certificate.missing"),
    "no issuer exponent": (dda(replace(R, changed={"9F32": "absent"})), "issuer_certificate.missing"),
    "an issuer certificate cut short": (dda(replace(R, changed={"90": "11" * 175})), "issuer_certificate.length"),
    "an SM2 issuer certificate cut short": (dda(replace(S, changed={"90": "12" * 141})), "issuer_certificate.length"),
    "no issuer remainder": (dda(replace(R, changed={"92": "absent"})), "issuer_certificate.hash"),
    "a card certificate of another format": (card_says(R, format_byte="02"), "card_certificate.format"),
    "a card certificate of another header": (card_says(R, flaws=Flaws(header=0x6B)), "card_certificate.header"),
    "a card certificate of another trailer": (card_says(R, flaws=Flaws(trailer=0xBD)), "card_certificate.trailer"),
    "a card certificate over other bytes": (card_says(R, flaws=Flaws(hashed_too=b"!")), "card_certificate.hash"),
    "an SM2 card certificate over other bytes": (
        card_says(S, flaws=Flaws(hashed_too=b"!")),
        "card_certificate.signature",
    ),
    "a card certificate of another number": (
        card_says(R, number="6228000100001118FFFF"),
        "card_certificate.identifier",
    ),
    "an SM2 card certificate of another number": (
        card_says(S, number="6228000100001118FFFF"),
        "card_certificate.identifier",
    ),
    "a card certificate of the number's beginning": (
        card_says(R, number="622800FFFFFFFFFFFFFF"),
        "card_certificate.identifier",
    ),
    "a card certificate that ended": (card_says(R, month="0226"), "card_certificate.expired"),
    "an SM2 card certificate that ended": (card_says(S, month="0226"), "card_certificate.expired"),
    "a card exponent of 17": (card_says(R, exponent=b"\x11"), "card_certificate.exponent"),
    "a card key by the flawed generator": (
        dda(replace(R, card_key=KEYS["flawed card"])),
        "card_certificate.weak_modulus",
    ),
    "no card certificate": (dda(replace(R, changed={"9F46": "absent"})), "card_certificate.missing"),
    "a remainder of another card": (dda(replace(R, changed={"9F48": "55" * 26})), "card_certificate.hash"),
    "no index of the authority's key": (dda(replace(R, changed={"8F": "absent"})), "ca_key.missing"),
    "an authority that is not listed": (dda(replace(R, changed={"8F": "E9"})), "ca_key.unknown"),
    "an RSA card that names the SM2 key": (dda(replace(R, changed={"8F": SM2_INDEX})), "issuer_certificate.length"),
    "an SM2 card that names the RSA key": (
        dda(replace(S, changed={"8F": RSA_INDEX, "9F32": "03"})),
        "issuer_certificate.length",
    ),
    "no signed static data": (sda(replace(R, changed={"93": "absent"})), "static_signature.missing"),
    "signed static data cut short": (sda(replace(R, changed={"93": "11" * 140})), "static_signature.length"),
    "SM2 signed static data cut short": (sda(replace(S, changed={"93": "13" * 66})), "static_signature.length"),
    "SM2 signed static data of another format": (sda(replace(S, changed={"93": "12" * 67})), "static_signature.format"),
    "another challenge than was signed": (
        [*dda(R)[:-1], (dda(R, challenge="00000001")[-1][0], dda(R)[-1][1])],
        "dynamic_signature.hash",
    ),
    "an empty dynamic signature": (
        [*contact(R), pair("0088000004010203" + "0400", "8000")],
        "dynamic_signature.length",
    ),
    "a challenge of another length than the default DDOL": (dda(R, challenge="010203"), "dynamic_signature.challenge"),
    "a DDOL without a challenge": (
        dda(replace(R, plain={**R.plain, "9F49": "9F0204"}), challenge="01020304"),
        "dynamic_signature.challenge",
    ),
    "a DDOL that is none": (dda(replace(R, plain={**R.plain, "9F49": "9F"})), "dynamic_signature.challenge"),
    "dynamic data without a number": (dda(R, dynamic="00"), "dynamic_signature.dynamic_number"),
    "a dynamic number of nine bytes": (dda(R, dynamic="09" + "11" * 9), "dynamic_signature.dynamic_number"),
    "a dynamic number that is cut short": (dda(S, dynamic="0811"), "dynamic_signature.dynamic_number"),
    "another transaction than was signed": (cda(R, spoil=b"!"), "dynamic_signature.hash"),
    "an SM2 card's other transaction": (cda(S, spoil=b"!"), "dynamic_signature.hash"),
    "a cryptogram type that was not signed": (cda(R, told_cid="40"), "dynamic_signature.cryptogram"),
    "a cryptogram asked with a signature, given without": (
        [*cda(R)[:-1], (cda(R)[-1][0], pair("", tlv("80", "80" + "0017" + "11" * 8))[1])],
        "dynamic_signature.missing",
    ),
    "a card that announces DDA and signs nothing": (contact(R), "dynamic_signature.missing"),
    "a card that offers no method": (contact(replace(R, aip="1000")), "exchange.method"),
    "a signature in a tap that never asked an amount": (
        contactless(replace(R, terminal={**R.terminal}), version="00"),
        "dynamic_signature.hash",
    ),
    "no card authentication data": (
        contactless(replace(R, plain={"9F69": ""}), version="00"),
        "dynamic_signature.missing",
    ),
    "a tap of fDDA version 00": (
        contactless(replace(R, plain={"9F69": "0000000000300000"}), version="00"),
        "dynamic_signature.version",
    ),
    "a tap in the other format": (contactless(R, fdda_format="95"), "dynamic_signature.format"),
    "a tap that signed another counter": (contactless(R, atc="0016"), "dynamic_signature.dynamic_number"),
}


@pytest.mark.parametrize(("pairs", "reason"), BOTH.values(), ids=BOTH)
def test_is_refused(pairs: list[Pair], reason: str) -> None:
    verdict = verdict_on(pairs)
    assert (verdict.reason, verdict.verified) == (reason, False)
    assert verdict.why


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_a_revoked_issuer_certificate_is_refused(card: Issued) -> None:
    index = int(RSA_INDEX if card.algorithm == "rsa" else SM2_INDEX, 16)
    serial = bytes.fromhex(card.issuer_says.serial)
    for revoked, reason in (((index, serial), "issuer_certificate.revoked"), ((index ^ 1, serial), None)):
        listed = frozenset({(bytes.fromhex(RID), *revoked)})
        assert judged(dda(card), keys=KEY_LIST, revoked=listed).reason == reason


def test_a_tap_of_version_00_verifies_where_the_scheme_names_it_and_there_alone() -> None:
    tap = contactless(RSA_CARD, version="00", fdda_format="95")
    reasons = {name: judged(tap, scheme=name, keys=KEY_LIST).reason for name in SCHEMES if "test" in name}
    assert reasons == {
        "unionpay-test": "dynamic_signature.format",
        "unionpay-test-95": "dynamic_signature.hash",
        "unionpay-test-v00": "dynamic_signature.format",
        "unionpay-test-95-v00": None,
    }


def test_production_takes_no_card_on_static_records() -> None:
    assert judged(sda(RSA_CARD), scheme="unionpay", keys=KEY_LIST).reason == "exchange.method"


def test_a_live_key_serves_production_until_it_expires() -> None:
    keys = {"rsa": [ca_entry(RSA_INDEX, KEYS["authority"], "live", expires="2026-03-01")]}
    verdict = judged(contactless(RSA_CARD), scheme="unionpay", keys=keys)
    assert (verdict.reason, verdict.by_test_key, verdict.method) == (None, False, Method.FDDA)
    assert judged(contactless(RSA_CARD), date(2026, 3, 2), "unionpay", keys).reason == "ca_key.expired"


DATES: Final = {
    "inside its dates": (RSA_DAY, 0x00),
    "on its last day": (date(2030, 12, 31), 0x00),
    "after its last day": (date(2031, 1, 1), 0x40),
    "before its first day": (date(2019, 12, 31), 0x20),
}


@pytest.mark.parametrize(("at", "bits"), DATES.values(), ids=DATES)
def test_the_application_s_own_dates_stand_in_the_tvr(at: date, bits: int) -> None:
    verdict = verdict_on(dda(RSA_CARD), at)
    assert (verdict.tvr[1], verdict.verified) == (bits, True)


TVR: Final = {
    "SDA that verified": (sda(R), 0x02, "8000"),
    "SDA that failed": (sda(replace(R, changed={"93": "11" * 144})), 0x42, "8000"),
    "SDA without its object": (sda(replace(R, changed={"93": "absent"})), 0x62, "8000"),
    "DDA that failed": (issuer_says(R, month="0226"), 0x08, "8000"),
    "CDA that failed": (cda(R, spoil=b"!"), 0x04, "8000"),
    "fDDA that failed": (contactless(R, fdda_format="95"), 0x08, "8000"),
    "nothing offered": (contact(replace(R, aip="1000")), 0x80, "0000"),
    "nothing signed": (contact(R), 0xA0, "0000"),
}


@pytest.mark.parametrize(("pairs", "first", "tsi"), TVR.values(), ids=TVR)
def test_the_terminal_s_results_say(pairs: list[Pair], first: int, tsi: str) -> None:
    verdict = verdict_on(pairs)
    assert (verdict.tvr[0], verdict.tsi.hex()) == (first, tsi)


def test_the_cryptogram_is_told_whatever_the_verdict() -> None:
    told = verdict_on(cda(RSA_CARD, cid="40", spoil=b"!")).cryptogram
    assert told is not None
    assert told.issuer_facts is not None
    assert (told.type, told.counter, told.issuer_facts.algorithm) == ("TC", 0x17, "3DES")


def test_a_template_of_gpo_that_repeats_the_record_s_value_is_fine() -> None:
    tap = contactless(RSA_CARD, more={"5A": "6228000100001117"})
    assert verdict_on(tap).verified
    other = contactless(RSA_CARD, more={"5A": "6228000100001118"})
    assert verdict_on(other).reason == "records.duplicate"
    assert template("70", {}) == "7000"
