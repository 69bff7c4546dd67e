"""A virtual bank card of each method and algorithm is authenticated; each fault is told by its own name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

import pytest

from drivers.apdu import Response
from drivers.cards.bankcard import snapshot
from drivers.oda.ca_keys import CaKeyStore
from drivers.oda.session import Exchanges
from drivers.oda.verify import verify
from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_faults import FAULTS, RSA_ALONE
from drivers.virtual.bank_plan import BankPlan
from edge.domain.errors import CardError
from tests.drivers.cards.bank_bench import NOW, TEST_KEYS, Talk, bank_settings, tapped, trust

ALGORITHMS: Final = ("rsa", "sm2")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("method", ["fdda", "dda", "cda", "sda"])
def test_a_sound_card_is_authenticated(method: str, algorithm: str) -> None:
    medium = tapped(BankCard(BankPlan(method=method, algorithm=algorithm)))
    known = medium.known
    assert (known.refusal, known.method) == ("", method)
    assert (known.cryptogram_type, known.counter, known.tsi.hex()) == ("ARQC", 23, "8000")
    assert (known.valid_from, known.valid_until, known.issuer_prefix) == ("20200101", "20391231", "622800")
    assert medium.number.reveal() == "6228000100001117"
    assert known.by_test_key


def test_the_published_card_is_authenticated_for_any_amount_and_number() -> None:
    known = tapped(BankCard(BankPlan(chain="published")), bank_settings(nominal_fen=200)).known
    assert (known.refusal, known.method, known.valid_until) == ("", "fdda", "20301231")


def test_the_published_sm2_chain_is_over() -> None:
    known = tapped(BankCard(BankPlan(chain="published", algorithm="sm2"))).known
    assert known.refusal == "issuer_certificate.expired"


@pytest.mark.parametrize(
    ("plan", "accepting"),
    [
        pytest.param(BankPlan(), "unionpay-test", id="format 05, input v01"),
        pytest.param(BankPlan(form=0x95), "unionpay-test-95", id="format 95, input v01"),
        pytest.param(BankPlan(version="v00"), "unionpay-test-v00", id="format 05, input v00"),
        pytest.param(BankPlan(form=0x95, version="v00"), "unionpay-test-95-v00", id="format 95, input v00"),
    ],
)
@pytest.mark.parametrize("scheme", ["unionpay-test", "unionpay-test-95", "unionpay-test-v00", "unionpay-test-95-v00"])
def test_exactly_the_form_that_the_profile_names_is_accepted(plan: BankPlan, accepting: str, scheme: str) -> None:
    known = tapped(BankCard(plan), bank_settings(scheme)).known
    assert (known.refusal == "") == (scheme == accepting)
    assert known.refusal in {"", "dynamic_signature.format", "dynamic_signature.hash"}


def test_where_money_is_taken_no_test_key_counts() -> None:
    known = tapped(BankCard(), bank_settings("unionpay")).known
    assert (known.refusal, known.by_test_key, known.field_55) == ("ca_key.test_key", False, b"")


REFUSALS: Final = {
    "ca_unknown": "ca_key.unknown",
    "issuer_missing": "issuer_certificate.missing",
    "issuer_length": "issuer_certificate.length",
    "issuer_header": "issuer_certificate.header",
    "issuer_trailer": "issuer_certificate.trailer",
    "issuer_format": "issuer_certificate.format",
    "issuer_signature": "issuer_certificate.hash",
    "issuer_algorithm": "issuer_certificate.algorithm",
    "issuer_identifier": "issuer_certificate.identifier",
    "issuer_expired": "issuer_certificate.expired",
    "issuer_exponent": "issuer_certificate.exponent",
    "card_length": "card_certificate.length",
    "card_header": "card_certificate.header",
    "card_trailer": "card_certificate.trailer",
    "card_format": "card_certificate.format",
    "card_signature": "card_certificate.hash",
    "card_identifier": "card_certificate.identifier",
    "card_expired": "card_certificate.expired",
    "card_exponent": "card_certificate.exponent",
    "card_weak": "card_certificate.weak_modulus",
    "signature_missing": "dynamic_signature.missing",
    "signature_short": "dynamic_signature.length",
    "signature_long": "dynamic_signature.length",
    "signature_header": "dynamic_signature.header",
    "signature_trailer": "dynamic_signature.trailer",
    "signature_format": "dynamic_signature.format",
    "signature_wrong": "dynamic_signature.hash",
    "signature_replayed": "dynamic_signature.hash",
    "signature_counter": "dynamic_signature.dynamic_number",
    "version_00": "dynamic_signature.version",
    "afl_sfi_0": "records.afl",
    "afl_sfi_31": "records.afl",
    "afl_order": "records.afl",
    "afl_count": "records.afl",
    "record_missing": "records.missing",
    "record_duplicate": "records.duplicate",
    "record_template": "records.template",
    "record_malformed": "records.malformed",
    "static_too_long": "records.too_long",
    "tag_list": "records.tag_list",
    "number_differs": "records.identifier",
}
MALFORMED: Final = {"gpo_malformed", "gpo_no_profile"}
"""No answer at all: a coded error, the card is asked for again."""

TOLD: Final = {
    "declines": ("cryptogram_type", "AAC"),
    "foreign_currency": ("currency_fits", False),
    "asks_pin": ("holder_check", "pin"),
    "application_expired": ("valid_until", "20200131"),
    "application_not_yet": ("valid_from", "20381231"),
}
"""Authenticated, and told to the decision, which refuses it."""


def test_every_fault_of_the_virtual_card_is_expected_here() -> None:
    assert FAULTS.keys() == REFUSALS.keys() | MALFORMED | TOLD.keys()


CASES: Final = [
    (fault, algorithm) for fault in REFUSALS for algorithm in ALGORITHMS if algorithm == "rsa" or fault not in RSA_ALONE
]


@pytest.mark.parametrize(("fault", "algorithm"), CASES)
def test_a_fault_is_refused_under_its_name(fault: str, algorithm: str) -> None:
    card, settings = BankCard(FAULTS[fault](BankPlan(algorithm=algorithm))), bank_settings()
    if fault == "signature_replayed":
        assert tapped(card, settings).known.refusal == ""
    expected = REFUSALS[fault]
    if algorithm == "sm2":
        expected = expected.replace(".hash", ".signature")
    medium = tapped(card, settings)
    assert medium.known.refusal == expected
    assert (medium.known.field_55, medium.track_2) == (b"", None)


@pytest.mark.parametrize("fault", sorted(MALFORMED))
def test_an_answer_that_is_none_is_a_coded_error(fault: str) -> None:
    with pytest.raises(CardError) as caught:
        Talk(BankCard(FAULTS[fault](BankPlan()))).hold(snapshot(bank_settings()))
    assert caught.value.code == "CARD_MALFORMED"


@pytest.mark.parametrize("fault", TOLD)
def test_what_a_decision_refuses_is_told_to_it(fault: str) -> None:
    name, value = TOLD[fault]
    known = tapped(BankCard(FAULTS[fault](BankPlan()))).known
    assert (known.refusal, getattr(known, name)) == ("", value)


@pytest.mark.parametrize(
    ("fault", "tvr"),
    [
        pytest.param("application_expired", "0040000000", id="an application past its last day"),
        pytest.param("application_not_yet", "0020000000", id="an application before its first day"),
        pytest.param("signature_wrong", "0800000000", id="a dynamic signature that failed"),
        pytest.param("record_missing", "A000000000", id="an object that is missing"),
    ],
)
def test_the_terminals_results_say_what_went_wrong(fault: str, tvr: str) -> None:
    assert tapped(BankCard(FAULTS[fault](BankPlan()))).known.tvr.hex().upper() == tvr


@pytest.mark.parametrize(("algorithm", "index"), [("rsa", 0xE1), ("sm2", 0xE2)])
@pytest.mark.parametrize("serial", [pytest.param("00A1B2", id="listed"), pytest.param("00A1B3", id="another listed")])
def test_a_revoked_issuer_is_refused_by_key_and_serial_number(algorithm: str, index: int, serial: str) -> None:
    revoked = frozenset({(bytes.fromhex("A000000333"), index, bytes.fromhex(serial))})
    settings = bank_settings(trust=replace(trust(), revoked=revoked))
    known = tapped(BankCard(BankPlan(algorithm=algorithm)), settings).known
    assert known.refusal == ("issuer_certificate.revoked" if serial == "00A1B2" else "")


@pytest.mark.parametrize(
    ("last_day", "refusal"),
    [
        pytest.param(NOW.date(), "", id="on its last day"),
        pytest.param(NOW.date() - timedelta(days=1), "ca_key.expired", id="a day later"),
    ],
)
def test_a_key_of_an_authority_ends_with_its_last_day(last_day: date, refusal: str) -> None:
    keys = {place: replace(key, expires=last_day) for place, key in TEST_KEYS.keys.items()}
    settings = bank_settings(trust=replace(trust(), keys=CaKeyStore(keys, {})))
    assert tapped(BankCard(), settings).known.refusal == refusal


def test_the_civil_day_of_the_terminal_judges_certificates() -> None:
    """The published issuer's certificate ends with December 2030."""
    for day, refusal in ((datetime(2030, 12, 31, 23, 59), ""), (datetime(2031, 1, 1), "issuer_certificate.expired")):  # noqa: DTZ001 - a terminal's civil time has no zone
        known = tapped(BankCard(BankPlan(chain="published")), bank_settings(now=lambda day=day: day)).known
        assert known.refusal == refusal


def test_neither_settings_nor_verdict_print_a_number() -> None:
    talk, exchanges = Talk(BankCard()), Exchanges()
    talk.hold(snapshot(bank_settings()))
    for command, answer in zip(talk.commands, talk.answers, strict=True):
        exchanges.observe(command, Response.parse(answer))
    assert exchanges.current is not None
    verdict = verify(exchanges.current, trust(), NOW.date())
    assert verdict.verified
    assert verdict.objects
    for shown in (repr(verdict), repr(exchanges), repr(exchanges.current)):
        assert "6228000100001117" not in shown
        assert repr(bytes.fromhex("6228000100001117"))[2:-1] not in shown
