"""SM2, SM3 and SM4 against published vectors, the ``openssl`` command, gmssl, and each other."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import gmssl.sm2  # type: ignore[import-untyped]  # the package has no type information
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.crypto import sm, sm2_curve
from edge.crypto.sm2_libcrypto import KNOWN_KEYS_MAX, LIBRARIES, Libcrypto, LibcryptoUnfit, der_of
from edge.crypto.sm_ciphers import sm3_by_cryptography
from edge.domain.errors import ConfigError, OneCardError, RemoteProtocolError

VECTORS: Final[dict[str, dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "cards" / "sm.json").read_text("utf-8")
)
EXAMPLE: Final = VECTORS["sm2"]
PUBLIC: Final = bytes.fromhex(EXAMPLE["public_key"])
PRIVATE: Final = bytes.fromhex(EXAMPLE["private_key"])
SIGNATURE: Final = bytes.fromhex(EXAMPLE["signature"])
MESSAGE: Final = EXAMPLE["message"].encode()
N: Final = sm2_curve.N

ENGINES: Final[dict[str, sm.Sm2]] = {"libcrypto": Libcrypto(LIBRARIES[0]), "plain Python": sm.PlainSm2()}
either = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


REFUSED: Final = {
    "another message": (PUBLIC, SIGNATURE, MESSAGE + b"!"),
    "no message": (PUBLIC, SIGNATURE, b""),
    "r and s exchanged": (PUBLIC, SIGNATURE[32:] + SIGNATURE[:32], MESSAGE),
    "r of zero": (PUBLIC, number(0) + SIGNATURE[32:], MESSAGE),
    "s of zero": (PUBLIC, SIGNATURE[:32] + number(0), MESSAGE),
    "r of n": (PUBLIC, number(N) + SIGNATURE[32:], MESSAGE),
    "r and s that sum to n": (PUBLIC, number(5) + number(N - 5), MESSAGE),
    "everything at its largest": (b"\xff" * 64, b"\xff" * 64, MESSAGE),
    "a signature cut short": (PUBLIC, SIGNATURE[:63], MESSAGE),
    "a signature too long": (PUBLIC, SIGNATURE + b"\0", MESSAGE),
    "no signature": (PUBLIC, b"", MESSAGE),
    "a point cut short": (PUBLIC[:63], SIGNATURE, MESSAGE),
    "a point with its 04": (b"\x04" + PUBLIC, SIGNATURE, MESSAGE),
    "a point off the curve": (PUBLIC[:63] + bytes([PUBLIC[63] ^ 1]), SIGNATURE, MESSAGE),
    "the origin": (bytes(64), SIGNATURE, MESSAGE),
    "a compressed point of the other parity": (bytes([3 - PUBLIC[63] % 2]) + PUBLIC[:32], SIGNATURE, MESSAGE),
    "a compressed point with a strange first byte": (b"\x04" + PUBLIC[:32], SIGNATURE, MESSAGE),
    "a compressed point whose x is on no point": (b"\x02" + number(5), SIGNATURE, MESSAGE),
    "a compressed point whose x is above p": (b"\x02" + b"\xff" * 32, SIGNATURE, MESSAGE),
}


@either
def test_the_standard_s_own_example_verifies(engine: sm.Sm2) -> None:
    assert engine.verify(PUBLIC, SIGNATURE, MESSAGE)


@either
def test_a_compressed_point_is_the_same_key(engine: sm.Sm2) -> None:
    assert engine.verify(bytes([2 + PUBLIC[63] % 2]) + PUBLIC[:32], SIGNATURE, MESSAGE)


@either
@pytest.mark.parametrize(("public", "signature", "message"), REFUSED.values(), ids=REFUSED)
def test_is_refused(engine: sm.Sm2, public: bytes, signature: bytes, message: bytes) -> None:
    assert not engine.verify(public, signature, message)


@either
@pytest.mark.parametrize("signer_id", [b"", b"ALICE123@YAHOO.COM", b"x" * 8190], ids=len)
def test_another_identity_makes_another_signature(engine: sm.Sm2, signer_id: bytes) -> None:
    signature = engine.sign(PRIVATE, MESSAGE, signer_id)
    assert engine.verify(PUBLIC, signature, MESSAGE, signer_id)
    assert not engine.verify(PUBLIC, signature, MESSAGE)


@either
def test_an_identity_whose_length_does_not_fit_is_refused(engine: sm.Sm2) -> None:
    assert not engine.verify(PUBLIC, SIGNATURE, MESSAGE, b"x" * 8191)


@either
def test_a_signature_on_the_old_draft_curve_is_refused(engine: sm.Sm2) -> None:
    old = VECTORS["sm2_on_the_old_curve"]
    public = sm.public_key(bytes.fromhex(old["private_key"]))
    signature = bytes.fromhex(old["signature"])
    assert not engine.verify(public, signature, old["message"].encode(), old["signer_id"].encode())


def test_the_private_key_of_the_example_has_its_point_and_digest() -> None:
    assert sm.public_key(PRIVATE) == PUBLIC
    assert sm2_curve.identity_digest(PUBLIC, sm.DEFAULT_ID).hex().upper() == EXAMPLE["identity_digest"]


@pytest.mark.parametrize("private", [b"", number(0), number(N - 1), number(N), PRIVATE[:31]], ids=bytes.hex)
def test_bytes_that_are_no_private_key_are_a_coded_error(private: bytes) -> None:
    with pytest.raises(ConfigError, match="KEY_UNUSABLE"):
        sm.sm2_sign(private, MESSAGE)
    with pytest.raises(ConfigError, match="KEY_UNUSABLE"):
        sm.public_key(private)


@settings(max_examples=12, deadline=None)
@given(private=st.integers(1, N - 2).map(number), message=st.binary(max_size=300))
def test_each_verifies_what_the_other_signs_and_gmssl_agrees(private: bytes, message: bytes) -> None:
    public = sm.public_key(private)
    oracle = gmssl.sm2.CryptSM2(private_key=private.hex(), public_key=public.hex())
    for engine in ENGINES.values():
        signature = engine.sign(private, message)
        assert all(other.verify(public, signature, message) for other in ENGINES.values())
        assert oracle.verify_with_sm3(signature.hex(), message)
        assert not any(other.verify(public, signature, message + b"\0") for other in ENGINES.values())


@settings(max_examples=60, deadline=None)
@given(
    public=st.sampled_from([PUBLIC]) | st.binary(max_size=66),
    signature=st.sampled_from([SIGNATURE]) | st.binary(max_size=66) | st.binary(min_size=64, max_size=64),
    message=st.sampled_from([MESSAGE]) | st.binary(max_size=66),
)
def test_whatever_bytes_come_the_two_say_the_same(public: bytes, signature: bytes, message: bytes) -> None:
    plain, library = (engine.verify(public, signature, message) for engine in reversed(ENGINES.values()))
    assert plain is library


def test_the_openssl_command_verifies_our_signatures(tmp_path: Path) -> None:
    key, message, signature = tmp_path / "key.pem", tmp_path / "message", tmp_path / "signature"
    run("genpkey", "-algorithm", "SM2", "-out", key)
    der = run("ec", "-in", key, "-outform", "DER")
    private, public = private_and_public(der)
    message.write_bytes(b"a ride across town")
    for engine in ENGINES.values():
        signature.write_bytes(der_of(engine.sign(private, message.read_bytes())))
        options = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")
        verdict = run("pkeyutl", "-verify", "-inkey", key, "-in", message, "-sigfile", signature, *options)
        assert b"Verified Successfully" in verdict
    assert sm.public_key(private) == public


def run(*words: str | Path) -> bytes:
    return subprocess.run(["openssl", *map(str, words)], capture_output=True, check=True, timeout=20).stdout


def private_and_public(der: bytes) -> tuple[bytes, bytes]:
    """Cut an ECPrivateKey (RFC 5915): OCTET STRING of 32 bytes, BIT STRING of 04 and the point."""
    private = der[der.index(b"\x04\x20") + 2 :][:32]
    point = der[der.index(b"\x03\x42\x00\x04") + 4 :][:64]
    return private, point


def test_more_keys_than_are_kept_verify_all_the_same() -> None:
    engine = Libcrypto(LIBRARIES[0])
    keys = [number(value) for value in range(1, KNOWN_KEYS_MAX + 10)]
    signed = [(sm.public_key(key), engine.sign(key, MESSAGE)) for key in keys]
    twice = [each for each in signed for _ in range(2)]
    assert all(engine.verify(public, signature, MESSAGE) for public, signature in signed + twice + signed[:1])


class CountedLoads(Libcrypto):
    """Counts the keys that are loaded."""

    loads = 0

    def _loaded(self, point: bytes) -> int | None:
        self.loads += 1
        return super()._loaded(point)


def test_an_issuers_key_stays_loaded_however_many_users_pass_in_between() -> None:
    signer, engine = Libcrypto(LIBRARIES[0]), CountedLoads(LIBRARIES[0])
    issuer, *users = [
        (sm.public_key(number(value)), signer.sign(number(value), MESSAGE)) for value in range(1, KNOWN_KEYS_MAX + 10)
    ]
    for public, signature in (issuer, issuer, *users, issuer):
        assert engine.verify(public, signature, MESSAGE)
    assert engine.loads == 1 + len(users)


def test_the_library_is_chosen_where_it_works_and_named() -> None:
    assert sm.choose_sm2().name.startswith("libcrypto.so.3 3.")
    assert sm.chosen_sm2() is sm.chosen_sm2()


@pytest.mark.parametrize("libraries", [(), ("libabsent.so.9",), ("libc.so.6",)], ids=["none", "absent", "foreign"])
def test_without_a_fit_library_plain_python_serves(libraries: tuple[str, ...]) -> None:
    chosen = sm.choose_sm2(libraries)
    assert chosen.name.startswith("plain Python")
    assert chosen.verify(PUBLIC, SIGNATURE, MESSAGE)


def test_a_foreign_library_says_so() -> None:
    with pytest.raises(LibcryptoUnfit):
        Libcrypto("libc.so.6")


def test_sm3_digests_the_example_by_both_ways() -> None:
    example = VECTORS["sm3"]
    assert sm.sm3(example["message"].encode()).hex().upper() == example["digest"]
    assert sm3_by_cryptography(example["message"].encode()).hex().upper() == example["digest"]


def test_sm4_encrypts_and_decrypts_the_example() -> None:
    key, blocks, encrypted = (bytes.fromhex(VECTORS["sm4"][name]) for name in ("key", "blocks", "encrypted"))
    assert sm.sm4_encrypt(key, blocks) == encrypted
    assert sm.sm4_decrypt(key, encrypted) == blocks


WRONG_LENGTHS: Final = {
    "a short key": (bytes(15), bytes(16), ConfigError),
    "half a block": (bytes(16), bytes(8), RemoteProtocolError),
}


@pytest.mark.parametrize(("key", "blocks", "error"), WRONG_LENGTHS.values(), ids=WRONG_LENGTHS)
def test_sm4_of_another_length_is_a_coded_error(key: bytes, blocks: bytes, error: type[OneCardError]) -> None:
    for cipher in (sm.sm4_encrypt, sm.sm4_decrypt):
        with pytest.raises(error):
            cipher(key, blocks)
