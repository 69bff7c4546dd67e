"""What the virtual bank card signs holds before other implementations than the product's own."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any, Final

import gmssl.sm2  # type: ignore[import-untyped]  # the package has no type information
import pytest

from drivers.oda.key_file import TEST_KEYS
from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_plan import BankPlan, bank_keys
from drivers.virtual.bank_records import Issued
from drivers.virtual.bank_signing import SOUND, RsaPrivate
from drivers.virtual.emv_objects import joined, tlv
from drivers.virtual.identity_card import IdentityCard
from edge.crypto.sm import public_key
from tests.drivers.cards.bank_bench import Card

CERTIFIED: Final = ("5A", "5F24", "5F25", "5F28", "9F4A")


def send(card: Card, command: str) -> str:
    return card.process(bytes.fromhex(command)).hex()


def primitives(record: bytes) -> dict[str, bytes]:
    """Return the objects of a record: a reader of its own, for short and one-byte lengths."""
    found: dict[str, bytes] = {}
    at = 3 if record[1] == 0x81 else 2
    while at < len(record):
        size = 2 if record[at] & 0x1F == 0x1F else 1
        tag, at = record[at : at + size].hex().upper(), at + size
        length, at = (record[at + 1], at + 2) if record[at] == 0x81 else (record[at], at + 1)
        found[tag], at = record[at : at + length], at + length
    return found


def objects(plan: BankPlan) -> dict[str, bytes]:
    return {tag: value for record in Issued(plan).records.values() for tag, value in primitives(record).items()}


def static_of(card: dict[str, bytes], plan: BankPlan) -> bytes:
    return joined({tag: card[tag] for tag in CERTIFIED}) + plan.aip


def opened(tmp_path: Path, key: RsaPrivate, signature: bytes) -> bytes:
    """Open an RSA signature with the ``openssl`` command alone."""
    asn1 = f"asn1=SEQUENCE:key\n[key]\nn=INTEGER:0x{key.modulus.hex()}\ne=INTEGER:0x{key.exponent_bytes.hex()}\n"
    (tmp_path / "key.conf").write_text(asn1, "ascii")
    (tmp_path / "signature").write_bytes(signature)
    make = ["openssl", "asn1parse", "-genconf", "key.conf", "-noout", "-out", "key.der"]
    subprocess.run(make, cwd=tmp_path, check=True, capture_output=True)
    convert = ["openssl", "rsa", "-RSAPublicKey_in", "-inform", "DER", "-in", "key.der", "-pubout", "-out", "key.pem"]
    subprocess.run(convert, cwd=tmp_path, check=True, capture_output=True)
    recover = ["openssl", "pkeyutl", "-verifyrecover", "-pubin", "-inkey", "key.pem", "-in", "signature"]
    run = subprocess.run([*recover, "-pkeyopt", "rsa_padding_mode:none"], cwd=tmp_path, check=True, capture_output=True)
    return run.stdout


def made_key(name: str) -> RsaPrivate:
    return RsaPrivate.of(bank_keys()["made"]["rsa"][name])


def test_openssl_opens_the_rsa_chain(tmp_path: Path) -> None:
    plan = BankPlan()
    card = objects(plan)
    issuer = opened(tmp_path, made_key("authority"), card["90"])
    assert issuer[:6].hex() == "6a02622800ff"
    covered = issuer[1:-21] + card.get("92", b"") + card["9F32"]
    assert issuer[-21:-1] == hashlib.sha1(covered, usedforsecurity=False).digest()
    own = opened(tmp_path, made_key("issuer"), card["9F46"])
    assert own[:12].hex() == "6a04" + plan.number + "ffff"
    covered = own[1:-21] + card.get("9F48", b"") + card["9F47"] + static_of(card, plan)
    assert own[-21:-1] == hashlib.sha1(covered, usedforsecurity=False).digest()


def test_openssl_opens_a_signature_of_fdda(tmp_path: Path) -> None:
    signature = Issued(BankPlan()).sign(b"\x02\x00\x17", b"covered", 0x05)
    plain = opened(tmp_path, made_key("card"), signature)
    assert plain[:7].hex() == "6a050103020017"
    assert plain[-21:-1] == hashlib.sha1(plain[1:-21] + b"covered", usedforsecurity=False).digest()


def verified_by_gmssl(point: bytes, signature: bytes, message: bytes) -> bool:
    oracle = gmssl.sm2.CryptSM2(private_key="", public_key=point.hex())
    return bool(oracle.verify_with_sm3(signature.hex(), message))


def test_gmssl_verifies_the_sm2_chain() -> None:
    plan = BankPlan(algorithm="sm2")
    card, keys = objects(plan), bank_keys()["made"]["sm2"]
    authority, issuer, own = (public_key(bytes.fromhex(keys[name])) for name in ("authority", "issuer", "card"))
    assert card["90"][14:78] == issuer
    assert verified_by_gmssl(authority, card["90"][-64:], card["90"][:-64])
    assert card["9F46"][20:84] == own
    assert verified_by_gmssl(issuer, card["9F46"][-64:], card["9F46"][:-64] + static_of(card, plan))
    signed = Issued(plan).sign(b"\x02\x00\x17", b"covered", 0x05)
    assert signed[:5].hex() == "1503020017"
    assert verified_by_gmssl(own, signed[-64:], signed[:-64] + b"covered")
    assert not verified_by_gmssl(own, signed[-64:], signed[:-64] + b"Covered")


def test_the_list_of_test_keys_holds_the_authorities_of_the_made_chain() -> None:
    listed: dict[str, Any] = json.loads(TEST_KEYS.read_text("utf-8"))
    by_index = {key["index"]: key for algorithm in ("rsa", "sm2") for key in listed[algorithm]}
    sm2 = bytes.fromhex(bank_keys()["made"]["sm2"]["authority"])
    assert by_index["E1"]["modulus"] == made_key("authority").modulus.hex().upper()
    assert by_index["E2"]["public_key"] == public_key(sm2).hex().upper()
    assert {key["kind"] for key in by_index.values()} == {"test"}


def test_a_private_exponent_in_two_parts_signs_as_a_whole_one() -> None:
    key = made_key("card")
    secret = pow(key.exponent, -1, (key.p - 1) * (key.q - 1))
    signed = key.sign(b"\x05\x01", b"", SOUND)
    padded = pow(int.from_bytes(signed, "big"), key.exponent, key.p * key.q)
    assert pow(padded, secret, key.p * key.q).to_bytes(key.length, "big") == signed


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        pytest.param("00B2011400", "6985", id="a record before anything is selected"),
        pytest.param("00A4040008A00000033301010200", "6a82", id="another application"),
        pytest.param("00A4040005AA", "6700", id="a length that does not add up"),
        pytest.param("8012000000", "6d00", id="an unknown instruction"),
    ],
)
def test_what_the_card_does_not_do_it_refuses(command: str, answer: str) -> None:
    assert send(BankCard(), command) == answer


def test_a_started_card_refuses_what_does_not_fit() -> None:
    card = BankCard()
    send(card, "00A4040008A00000033301010100")
    assert send(card, "80A8000003830100") == "6a80"
    assert send(card, "80CA9F1700") == "6a88"
    assert send(card, "00B2091400") == "6a83"
    assert send(card, "80CA9F5100") == tlv("9F51", bytes.fromhex("0156")).hex() + "9000"


def test_the_identity_application_has_a_name_and_an_id_number_to_be_caught_by() -> None:
    card = IdentityCard(by_tag=True)
    send(card, "00A404000F7378312E73682EC9E7BBE1B1A3D5CF00")
    assert send(card, "00A4020002EF06") == "9000"
    assert card.holder.name.encode("gbk").hex() in send(card, "00B2090020")
    assert card.asked == [0x09]
