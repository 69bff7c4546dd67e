"""An issuer for tests: certificates and signatures by RSA and SM2 that say what a test wants them to say."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from edge.crypto.sm import public_key, sm2_sign, sm3

VECTORS: Final = Path(__file__).parents[2] / "vectors" / "cards"
RID: Final = "A000000333"
HASH_BYTES: Final = 20


def load(name: str) -> dict[str, Any]:
    """Return one vector file of the cards."""
    vectors: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return vectors


@dataclass(frozen=True)
class RsaPrivate:
    """A test key, published or thrown away."""

    p: int
    q: int
    exponent: int

    @classmethod
    def of(cls, key: dict[str, Any]) -> RsaPrivate:
        """Return the key of a vector: two primes and the exponent in hexadecimal."""
        return cls(*(int(key[part], 16) for part in ("p", "q", "exponent")))

    @cached_property
    def secret(self) -> int:
        return pow(self.exponent, -1, (self.p - 1) * (self.q - 1))

    @property
    def modulus(self) -> bytes:
        return (self.p * self.q).to_bytes(self.length, "big")

    @property
    def length(self) -> int:
        return ((self.p * self.q).bit_length() + 7) // 8

    @property
    def exponent_bytes(self) -> bytes:
        return self.exponent.to_bytes((self.exponent.bit_length() + 7) // 8, "big")

    def sign(self, content: bytes, outside: bytes, flaws: Flaws | None = None) -> bytes:
        """Pad with BB, add the hash, and sign (EMV book 2, A2.1)."""
        flaws = flaws or Flaws()
        body = content.ljust(self.length - HASH_BYTES - 2, b"\xbb")
        digest = hashlib.sha1(body + outside + flaws.hashed_too, usedforsecurity=False).digest()
        whole = bytes([flaws.header]) + body + digest + bytes([flaws.trailer])
        number = int.from_bytes(whole, "big")
        return pow(number, self.secret, self.p * self.q).to_bytes(self.length, "big")


@dataclass(frozen=True)
class Flaws:
    """What is wrong around the content of an RSA signature; nothing by default."""

    header: int = 0x6A
    trailer: int = 0xBC
    hashed_too: bytes = b""


@dataclass(frozen=True)
class Wording:
    """What a certificate says, in hexadecimal, and how its signature is spoilt."""

    format_byte: str
    number: str
    month: str = "1231"
    serial: str = "00A1B2"
    algorithms: str = "0101"
    length_more: int = 0
    flaws: Flaws = Flaws()
    exponent: bytes | None = None


def rsa_certificate(signer: RsaPrivate, says: Wording, key: RsaPrivate, static: bytes = b"") -> tuple[bytes, bytes]:
    """Return certificate and remainder of ``key``."""
    exponent = key.exponent_bytes if says.exponent is None else says.exponent
    head = bytes.fromhex(says.format_byte + says.number + says.month + says.serial + says.algorithms)
    head += bytes([key.length + says.length_more, len(exponent)])
    inside = signer.length - HASH_BYTES - 2 - len(head)
    remainder = key.modulus[inside:]
    return signer.sign(head + key.modulus[:inside], remainder + exponent + static, says.flaws), remainder


def sm2_certificate(signer: bytes, says: Wording, key: bytes, static: bytes = b"") -> bytes:
    """Return the certificate of a private key's point."""
    head = bytes.fromhex(says.format_byte + says.number + says.month + says.serial + says.algorithms)
    body = head + bytes([64 + says.length_more]) + public_key(key)
    return body + sm2_sign(signer, body + static + says.flaws.hashed_too)


def digest(algorithm: str, covered: bytes) -> bytes:
    """Return the hash that CDA takes of a transaction."""
    return sm3(covered) if algorithm == "sm2" else hashlib.sha1(covered, usedforsecurity=False).digest()


def ca_entry(index: str, key: RsaPrivate | bytes, kind: str = "test", **more: str) -> dict[str, str]:
    """Return the entry of a key list."""
    if isinstance(key, bytes):
        return {"rid": RID, "index": index, "kind": kind, "public_key": public_key(key).hex(), **more}
    covered = bytes.fromhex(RID + index) + key.modulus + key.exponent_bytes
    sha1 = hashlib.sha1(covered, usedforsecurity=False).hexdigest()
    numbers = {"modulus": key.modulus.hex(), "exponent": key.exponent_bytes.hex(), "sha1": sha1}
    return {"rid": RID, "index": index, "kind": kind, **numbers, **more}
