"""Every way a virtual bank card may differ from a sound one: one name for each reason that a terminal refuses for.

A row turns a sound plan into the faulty one. Certificates can be spoilt on the made chain alone: nobody has the private
keys of the published issuer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from drivers.virtual.bank_plan import BankPlan
from drivers.virtual.bank_signing import Spoilt
from drivers.virtual.emv_objects import tlv

Change = Callable[[BankPlan], BankPlan]

PAST: Final = "0120"
"""MMYY that is over."""

OTHER_NUMBER: Final = "6229990100001118FFFF"


def _issuer(**says: Any) -> Change:  # noqa: ANN401 - fields of a wording
    return lambda plan: replace(plan, issuer=says)


def _card(**says: Any) -> Change:  # noqa: ANN401 - fields of a wording
    return lambda plan: replace(plan, card=says)


def _spoilt(**spoilt: Any) -> Change:  # noqa: ANN401 - fields of what is wrong
    return lambda plan: replace(plan, spoilt=Spoilt(**spoilt))


def _plan(**fields: Any) -> Change:  # noqa: ANN401 - fields of a plan
    return lambda plan: replace(plan, **fields)


def _other_algorithm(plan: BankPlan) -> BankPlan:
    return replace(plan, issuer={"algorithms": "040012" if plan.algorithm == "sm2" else "0202"})


def _records(**records: bytes | None) -> Change:
    return lambda plan: replace(plan, records={tag.removeprefix("t"): value for tag, value in records.items()})


_LONG: Final = {place: tlv("70", tlv("DF50", bytes(230))) for place in ((3, number) for number in range(2, 12))}

FAULTS: Final[Mapping[str, Change]] = {
    "ca_unknown": _plan(ca_index="EE"),
    "issuer_missing": _records(t90=None),
    "issuer_length": _issuer(spoilt=Spoilt(cut=1)),
    "issuer_header": _issuer(spoilt=Spoilt(header=0x5A)),
    "issuer_trailer": _issuer(spoilt=Spoilt(trailer=0xCC)),
    "issuer_format": _issuer(format_byte="04"),
    "issuer_signature": _issuer(spoilt=Spoilt(signed_too=b"!")),
    "issuer_algorithm": _other_algorithm,
    "issuer_identifier": _issuer(number="622999FF"),
    "issuer_expired": _issuer(month=PAST),
    "issuer_exponent": _issuer(exponent=b"\x05"),
    "card_length": _card(spoilt=Spoilt(cut=1)),
    "card_header": _card(spoilt=Spoilt(header=0x6B)),
    "card_trailer": _card(spoilt=Spoilt(trailer=0xBD)),
    "card_format": _card(format_byte="02"),
    "card_signature": _card(spoilt=Spoilt(signed_too=b"!")),
    "card_identifier": _card(number=OTHER_NUMBER),
    "card_expired": _card(month=PAST),
    "card_exponent": _card(exponent=b"\x11"),
    "card_weak": _plan(weak_key=True),
    "signature_missing": _records(t9F4B=None),
    "signature_short": _spoilt(cut=1),
    "signature_long": _spoilt(cut=-1),
    "signature_header": _spoilt(header=0x5A),
    "signature_trailer": _spoilt(trailer=0xCC),
    "signature_format": _plan(form=0x07),
    "signature_wrong": _spoilt(signed_too=b"!"),
    "signature_replayed": _plan(replays=True),
    "signature_counter": _plan(told_counter=1),
    "version_00": _records(t9F69=bytes.fromhex("0000000000300000")),
    "afl_sfi_0": _plan(afl="00010300"),
    "afl_sfi_31": _plan(afl="F8010300"),
    "afl_order": _plan(afl="10030100"),
    "afl_count": _plan(afl="10010304"),
    "record_missing": _plan(afl="10010400" + "18010101"),
    "record_duplicate": _plan(raw={(2, 3): tlv("70", tlv("9F08", b"\0\x30") * 2)}),
    "record_template": _plan(raw={(2, 3): tlv("71", tlv("9F08", b"\0\x30"))}),
    "record_malformed": _plan(raw={(2, 3): bytes.fromhex("70059F0803")}),
    "static_too_long": _plan(afl="10010300" + "18010B0B", raw=_LONG),
    "tag_list": _records(t9F4A=bytes.fromhex("8284")),
    "number_differs": _records(t5A=bytes.fromhex("6228000100001125")),
    "gpo_malformed": _plan(gpo=bytes.fromhex("7705820270")),
    "gpo_no_profile": _plan(gpo=bytes.fromhex("7706940410010300")),
    "declines": _plan(cryptogram_type="AAC"),
    "foreign_currency": _plan(currency="0840"),
    "asks_pin": _plan(qualifiers="8000"),
    "application_expired": _plan(expires="200131"),
    "application_not_yet": _plan(effective="381231"),
}
"""By name; what a terminal says to each is tested row by row."""

RSA_ALONE: Final = frozenset(
    {f"{part}_{what}" for part in ("issuer", "card") for what in ("header", "trailer", "exponent")}
    | {"signature_header", "signature_trailer", "card_weak"}
)
"""What SM2 cannot be unlike in: its signatures have neither header nor trailer, its keys no exponent."""
