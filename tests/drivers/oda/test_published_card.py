"""The published UnionPay test card, RSA and SM2: what verifies, and what must not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pytest

from drivers.oda.cryptogram import CryptogramType
from drivers.oda.scheme import Method
from edge.crypto.sm import sm2_sign
from tests.drivers.oda.cards import Pair, pair, template, tlv
from tests.drivers.oda.published import (
    CA_KEYS,
    CARD,
    PRIVATE,
    RSA_DAY,
    SM2_DAY,
    TERMINAL,
    challenged,
    judged,
    opened,
    records,
    tap,
)

SIGNED: Final[dict[str, str]] = CARD["fdda"]["signed"]
CHALLENGE: Final = "7FBC4049"


def signed_by_sm2(dynamic: str, covered: str) -> str:
    body = bytes.fromhex("15") + bytes([len(dynamic) // 2]) + bytes.fromhex(dynamic)
    return (body + sm2_sign(bytes.fromhex(CARD["sm2"]["private_key"]), body + bytes.fromhex(covered))).hex()


@pytest.mark.parametrize(("form", "scheme"), [("05", "unionpay-test"), ("95", "unionpay-test-95")])
def test_a_tap_verifies_under_the_scheme_that_names_its_format(form: str, scheme: str) -> None:
    verdict = judged(tap(SIGNED[form]), scheme=scheme)
    assert (verdict.verified, verdict.method, verdict.by_test_key) == (True, Method.FDDA, True)
    assert (verdict.tvr.hex(), verdict.tsi.hex()) == ("0000000000", "8000")
    assert str(verdict.number) == "CardNumber(62280001****1117)"
    assert verdict.cryptogram is not None
    assert verdict.cryptogram.counter == 0x17


@pytest.mark.parametrize(("form", "scheme"), [("95", "unionpay-test"), ("05", "unionpay-test-95")])
def test_and_under_no_other(form: str, scheme: str) -> None:
    assert judged(tap(SIGNED[form]), scheme=scheme).reason == "dynamic_signature.format"


def test_production_refuses_the_test_key() -> None:
    verdict = judged(tap(SIGNED["05"]), scheme="unionpay")
    assert (verdict.reason, verdict.by_test_key) == ("ca_key.test_key", False)


CHANGED: Final[dict[str, tuple[list[Pair], str]]] = {
    "the amount raised by one fen": (
        tap(SIGNED["05"], {**TERMINAL, "9F02": "000000000201"}),
        "dynamic_signature.hash",
    ),
    "another unpredictable number": (tap(SIGNED["05"], {**TERMINAL, "9F37": "A1B2C3D5"}), "dynamic_signature.hash"),
    "another currency": (tap(SIGNED["05"], {**TERMINAL, "5F2A": "0840"}), "dynamic_signature.hash"),
    "fDDA version 00": (tap(SIGNED["05"], card_authentication="0000000000300000"), "dynamic_signature.version"),
    "another card qualifier in 9F69": (
        tap(SIGNED["05"], card_authentication="0100000000B00000"),
        "dynamic_signature.hash",
    ),
    "a signature cut short": (tap(SIGNED["05"][:-2]), "dynamic_signature.length"),
    "a signature too long": (tap(SIGNED["05"] + "00"), "dynamic_signature.length"),
    "a signature of another key": (tap("00" * 127 + "01"), "dynamic_signature.header"),
    "a signature above the modulus": (tap("FF" * 128), "dynamic_signature.length"),
}


@pytest.mark.parametrize(("pairs", "reason"), CHANGED.values(), ids=CHANGED)
def test_a_changed_tap_is_refused(pairs: list[Pair], reason: str) -> None:
    verdict = judged(pairs)
    assert verdict.reason == reason
    assert verdict.tvr[0] == 0x08


def test_any_amount_can_be_signed_with_the_published_key() -> None:
    terminal = {**TERMINAL, "9F02": "000000099999", "9F37": "00000001"}
    covered = bytes.fromhex(terminal["9F37"] + terminal["9F02"] + terminal["5F2A"] + CARD["card_authentication"])
    signed = PRIVATE.sign(bytes.fromhex("050103" + "02" + CARD["fdda"]["counter"]), covered).hex()
    assert judged(tap(signed, terminal)).verified


def test_a_signed_counter_that_is_not_the_card_s_is_refused() -> None:
    covered = bytes.fromhex(TERMINAL["9F37"] + TERMINAL["9F02"] + TERMINAL["5F2A"] + CARD["card_authentication"])
    signed = PRIVATE.sign(bytes.fromhex("050103020018"), covered).hex()
    assert judged(tap(signed)).reason == "dynamic_signature.dynamic_number"


@pytest.mark.parametrize(("at", "reason"), [("2030-12-31", None), ("2031-01-01", "issuer_certificate.expired")])
def test_the_rsa_chain_ends_with_the_last_day_of_its_issuer_s_month(at: str, reason: str | None) -> None:
    assert judged(tap(SIGNED["05"]), date.fromisoformat(at)).reason == reason


def test_the_contact_exchange_verifies_by_dda() -> None:
    signed = PRIVATE.sign(bytes.fromhex("0501050400AE0001"), bytes.fromhex(CHALLENGE)).hex()
    verdict = judged(challenged("rsa", signed, CHALLENGE))
    assert (verdict.reason, verdict.method) == (None, Method.DDA)


def test_its_placeholder_of_signed_static_records_is_refused() -> None:
    exchange = opened("rsa", tlv("80", "4000" + CARD["rsa"]["afl"]))
    verdict = judged(exchange)
    assert (verdict.reason, verdict.method) == ("static_signature.header", Method.SDA)
    assert verdict.tvr[0] == 0x42


def test_static_records_do_not_serve_a_card_that_announces_a_dynamic_signature() -> None:
    exchange = opened("rsa", tlv("80", "7000" + CARD["rsa"]["afl"]))
    assert judged(exchange).reason == "dynamic_signature.missing"


def test_the_sm2_chain_verifies_by_sda_in_its_time() -> None:
    exchange = opened("sm2", tlv("80", "4000" + CARD["sm2"]["afl"]))
    verdict = judged(exchange, SM2_DAY)
    assert (verdict.reason, verdict.method) == (None, Method.SDA)
    assert [step.said for step in verdict.steps if step.name == "static signature"] == ["data authentication code DAC1"]


@pytest.mark.parametrize(("at", "reason"), [("2020-12-31", None), ("2021-01-01", "issuer_certificate.expired")])
def test_the_sm2_chain_ended_in_2020(at: str, reason: str | None) -> None:
    signed = signed_by_sm2("0400AE0001", CHALLENGE)
    assert judged(challenged("sm2", signed, CHALLENGE), date.fromisoformat(at)).reason == reason


def test_a_tap_verifies_by_sm2() -> None:
    covered = TERMINAL["9F37"] + TERMINAL["9F02"] + TERMINAL["5F2A"] + CARD["card_authentication"]
    signed = signed_by_sm2("02" + CARD["fdda"]["counter"], covered)
    assert judged(tap(signed, algorithm="sm2"), SM2_DAY).verified
    raised = {**TERMINAL, "9F02": "000000000201"}
    assert judged(tap(signed, raised, algorithm="sm2"), SM2_DAY).reason == "dynamic_signature.signature"


def replaced(exchange: list[Pair], old: str, new: str) -> list[Pair]:
    """Return the exchange with one value exchanged in every answer."""
    return [pair(command.hex(), answer.body.hex().upper().replace(old, new)) for command, answer in exchange]


def test_the_issuer_s_second_signature_over_the_same_body_verifies_too() -> None:
    exchange = opened("sm2", tlv("80", "4000" + CARD["sm2"]["afl"]))
    first = records("sm2")[5, 3].partition("90818E")[2][: 142 * 2][-128:]
    assert judged(replaced(exchange, first, CARD["sm2"]["second_signature_on_the_issuer"]), SM2_DAY).verified


def test_the_second_card_of_the_same_issuer_verifies_by_its_own_key() -> None:
    second = CARD["sm2"]["second_card"]
    body = bytes.fromhex("15050400AE0001")
    signed = body + sm2_sign(bytes.fromhex(second["private_key"]), body + bytes.fromhex(CHALLENGE))
    certificate = records("sm2")[5, 4].partition("9F468194")[2][: 148 * 2]
    exchange = challenged("sm2", signed.hex(), CHALLENGE)
    assert judged(exchange, SM2_DAY).reason == "dynamic_signature.signature"
    assert judged(replaced(exchange, certificate, second["certificate"]), SM2_DAY).verified


def test_a_changed_byte_of_the_certified_record_is_refused() -> None:
    exchange = opened("sm2", tlv("80", "4000" + CARD["sm2"]["afl"]))
    assert judged(replaced(exchange, "9F08020030", "9F08020031"), SM2_DAY).reason == "static_signature.signature"


@pytest.mark.parametrize("gone", ["80", "57"])
def test_a_card_of_an_authority_that_is_not_listed_is_refused(gone: str) -> None:
    keys = {name: [key for key in CA_KEYS[name] if key["index"] != gone] for name in ("rsa", "sm2")}
    exchange = tap(SIGNED["05"]) if gone == "80" else opened("sm2", tlv("80", "4000" + CARD["sm2"]["afl"]))
    assert judged(exchange, keys=keys).reason == "ca_key.unknown"


def test_the_cryptogram_s_type_is_read_from_the_issuer_s_facts() -> None:
    objects = {"82": "7000", "9F10": "07010103A0000001", "9F26": "1122334455667788"}
    verdict = judged(opened("rsa", template("77", objects)), RSA_DAY + timedelta(days=1))
    assert verdict.cryptogram is not None
    assert verdict.cryptogram.type is CryptogramType.ARQC
