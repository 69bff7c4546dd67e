"""The published RSA chains of other schemes' test cards, step by step, each with its altered twin."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import pytest

from drivers.oda.ca_keys import load_ca_keys
from drivers.oda.certificates import Certified
from drivers.oda.refusal import OdaRefused, Part
from drivers.oda.rsa import RsaKey, public_key, recover
from drivers.oda.rsa_chain import RsaChain
from tests.drivers.oda.issuing import load

EMV: Final = load("emv_oda")
CHAIN: Final = RsaChain()
CARDS: Final = ("static_and_dynamic", "combined")
both = pytest.mark.parametrize("name", CARDS)


def authority(vector: dict[str, Any]) -> RsaKey:
    rid, _, index = vector["ca_key"].partition("/")
    key = load_ca_keys({"rsa": EMV["ca_keys"]}).keys[bytes.fromhex(rid), int(index, 16)].public
    assert isinstance(key, RsaKey)
    return key


def issuer(vector: dict[str, Any]) -> Certified[RsaKey]:
    objects = {0x90: bytes.fromhex(vector["issuer"]), 0x9F32: bytes.fromhex(vector["exponent"])}
    return CHAIN.issuer(authority(vector), objects)


def card_key(vector: dict[str, Any]) -> RsaKey:
    """Put the card's key together by hand: the static data its hash covers are not published."""
    recovered = recover(Part.CARD, issuer(vector).key, bytes.fromhex(vector["card"]))
    says = vector["says"]["card"]
    assert recovered[1] == 0x04
    assert recovered[2:12].hex().rstrip("f") == vector["number"]
    assert (recovered[14:17].hex(), recovered[19]) == (says["serial"], says["length"])
    inside = recovered[21:-21]
    modulus = inside[: says["length"]] + bytes.fromhex(vector["card_remainder"])
    return public_key(Part.CARD, modulus, bytes.fromhex(vector["card_exponent"]))


@both
def test_the_issuer_certificate_says(name: str) -> None:
    vector = EMV[name]
    says, found = vector["says"]["issuer"], issuer(vector)
    assert (found.digits, str(found.last_day), found.serial.hex().upper()) == (
        says["digits"],
        says["last_day"],
        says["serial"],
    )
    assert found.key.length == says["length"]


@both
def test_the_card_certificate_is_refused_without_its_static_records(name: str) -> None:
    vector = EMV[name]
    objects = {0x9F46: bytes.fromhex(vector["card"]), 0x9F47: bytes.fromhex(vector["card_exponent"])}
    objects[0x9F48] = bytes.fromhex(vector["card_remainder"])
    with pytest.raises(OdaRefused, match=r"card_certificate\.hash"):
        CHAIN.card(issuer(vector).key, objects, b"")


@both
def test_the_dynamic_signature_says(name: str) -> None:
    vector = EMV[name]
    says = vector["says"]["dynamic"]
    signed, challenge = bytes.fromhex(vector["dynamic"]), bytes.fromhex(vector["challenge"])
    dynamic = CHAIN.dynamic(card_key(vector), signed, 0x05, challenge)
    number = bytes.fromhex(says["number"])
    expected = bytes([len(number)]) + number
    if name == "combined":
        expected += bytes.fromhex(says["cid"] + says["cryptogram"] + says["transaction_hash"])
    assert dynamic == expected
    recovered = recover(Part.DYNAMIC, card_key(vector), signed)
    assert recovered[-21:-1].hex().upper() == says["hash"]
    assert hashlib.sha1(recovered[1:-21] + challenge).digest() == recovered[-21:-1]  # noqa: S324 - EMV's own hash


def test_the_signed_static_records_recover() -> None:
    vector = EMV["static_and_dynamic"]
    says = vector["says"]["static"]
    recovered = recover(Part.STATIC, issuer(vector).key, bytes.fromhex(vector["static"]))
    assert recovered[1:5].hex().upper() == "0301" + says["code"]
    assert recovered[-21:-1].hex().upper() == says["hash"]


ALTERED: Final = [(name, part) for name in CARDS for part in EMV[name]["altered"]]


@pytest.mark.parametrize(("name", "part"), ALTERED)
def test_the_altered_twin_is_refused(name: str, part: str) -> None:
    vector = EMV[name]
    raw = bytes.fromhex(vector["altered"][part])
    with pytest.raises(OdaRefused):
        step_of(vector, part, raw)


def step_of(vector: dict[str, Any], part: str, raw: bytes) -> object:
    """Carry out the step that verifies this part of the chain."""
    if part == "issuer":
        return CHAIN.issuer(authority(vector), {0x90: raw, 0x9F32: bytes.fromhex(vector["exponent"])})
    if part == "dynamic":
        return CHAIN.dynamic(card_key(vector), raw, 0x05, bytes.fromhex(vector["challenge"]))
    return recover(Part.CARD, issuer(vector).key, raw)


def test_an_exponent_that_was_not_hashed_is_refused() -> None:
    vector = EMV["static_and_dynamic"]
    other = {0x90: bytes.fromhex(vector["issuer"]), 0x9F32: bytes.fromhex(vector["unfit"]["exponent"])}
    with pytest.raises(OdaRefused, match=r"issuer_certificate\.hash"):
        CHAIN.issuer(authority(vector), other)
