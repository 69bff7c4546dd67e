"""What an issuer and its cards sign: certificates and signatures by RSA (EMV book 2) and SM2 (PBOC 3.0).

Written from those layouts alone; nothing of the verification is used here. ``Wording`` says what a certificate says and
how it is spoilt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

from edge.crypto.sm import public_key, sm2_sign, sm3
from edge.domain.frozen import frozen

HASH_BYTES: Final = 20


@frozen
class Spoilt:
    """What is wrong around a signature's content; nothing by default. ``cut``: bytes taken off (below 0: added)."""

    header: int = 0x6A
    trailer: int = 0xBC
    signed_too: bytes = b""
    cut: int = 0

    def sized(self, signature: bytes) -> bytes:
        """Return a signature with its bytes cut off or added."""
        return signature[: len(signature) - self.cut] if self.cut > 0 else signature + bytes(-self.cut)


SOUND: Final = Spoilt()


@frozen
class Wording:
    """What a certificate says: format, number field, month MMYY, serial and algorithm fields in hexadecimal.

    ``exponent`` is told in place of the key's own.
    """

    format_byte: str
    number: str
    month: str = "1239"
    serial: str = "00A1B2"
    algorithms: str = "0101"
    exponent: bytes | None = None
    spoilt: Spoilt = SOUND


@dataclass(frozen=True)
class RsaPrivate:
    """A test key: two primes and the public exponent."""

    p: int
    q: int
    exponent: int

    @classmethod
    def of(cls, key: Mapping[str, str]) -> RsaPrivate:
        """Return a key from its three numbers in hexadecimal."""
        return cls(int(key["p"], 16), int(key["q"], 16), int(key["exponent"], 16))

    @cached_property
    def length(self) -> int:
        """Return the length of the modulus in bytes."""
        return ((self.p * self.q).bit_length() + 7) // 8

    @property
    def modulus(self) -> bytes:
        """Return the modulus."""
        return (self.p * self.q).to_bytes(self.length, "big")

    @property
    def exponent_bytes(self) -> bytes:
        """Return the public exponent without leading zeros."""
        return self.exponent.to_bytes((self.exponent.bit_length() + 7) // 8, "big")

    @cached_property
    def _parts(self) -> tuple[int, int, int]:
        """Return the secret exponents modulo each prime, and q inverted modulo p."""
        return pow(self.exponent, -1, self.p - 1), pow(self.exponent, -1, self.q - 1), pow(self.q, -1, self.p)

    def sign(self, content: bytes, outside: bytes, spoilt: Spoilt = SOUND) -> bytes:
        """Pad with BB, add SHA-1 over content and ``outside``, and sign (EMV book 2, A2.1)."""
        body = content.ljust(self.length - HASH_BYTES - 2, b"\xbb")
        digest = hashlib.sha1(body + outside + spoilt.signed_too, usedforsecurity=False).digest()
        number = int.from_bytes(bytes([spoilt.header]) + body + digest + bytes([spoilt.trailer]), "big")
        secret_p, secret_q, inverse = self._parts
        left, right = pow(number, secret_p, self.p), pow(number, secret_q, self.q)
        signed = right + self.q * ((left - right) * inverse % self.p)
        return spoilt.sized(signed.to_bytes(self.length, "big"))


class Signer(Protocol):
    """The keys of one card and its issuer, of one algorithm."""

    def issuer_objects(self, says: Wording) -> dict[str, bytes]:
        """Return the objects of the issuer's certificate, without the index of the authority's key."""
        ...

    def card_objects(self, says: Wording, static: bytes) -> dict[str, bytes]:
        """Return the objects of the card's certificate over its static bytes."""
        ...

    def static(self, static: bytes) -> bytes:
        """Return the static signature, tag 93."""
        ...

    def dynamic(self, content: bytes, covered: bytes, form: int, spoilt: Spoilt) -> bytes:
        """Return a dynamic signature over ``content`` and ``covered``; ``form`` is its format byte by RSA."""
        ...

    def digest(self, covered: bytes) -> bytes:
        """Return the hash that CDA takes of a transaction."""
        ...


def rsa_dynamic(card: RsaPrivate, content: bytes, covered: bytes, form: int, spoilt: Spoilt) -> bytes:
    """Return a dynamic signature by RSA."""
    return card.sign(bytes([form, 0x01, len(content)]) + content, covered, spoilt)


@frozen
class RsaSigner:
    """RSA: authority, issuer and card."""

    authority: RsaPrivate
    issuer: RsaPrivate
    card: RsaPrivate

    def issuer_objects(self, says: Wording) -> dict[str, bytes]:
        """See :class:`Signer`."""
        return self._certificate(("90", "92", "9F32"), self.authority, says, self.issuer, b"")

    def card_objects(self, says: Wording, static: bytes) -> dict[str, bytes]:
        """See :class:`Signer`."""
        return self._certificate(("9F46", "9F48", "9F47"), self.issuer, says, self.card, static)

    def static(self, static: bytes) -> bytes:
        """See :class:`Signer`."""
        return self.issuer.sign(bytes.fromhex("0301DAC1"), static)

    def dynamic(self, content: bytes, covered: bytes, form: int, spoilt: Spoilt) -> bytes:
        """See :class:`Signer`."""
        return rsa_dynamic(self.card, content, covered, form, spoilt)

    def digest(self, covered: bytes) -> bytes:
        """SHA-1."""
        return hashlib.sha1(covered, usedforsecurity=False).digest()

    @staticmethod
    def _certificate(
        tags: tuple[str, str, str], signer: RsaPrivate, says: Wording, key: RsaPrivate, static: bytes
    ) -> dict[str, bytes]:
        exponent = says.exponent or key.exponent_bytes
        head = bytes.fromhex(says.format_byte + says.number + says.month + says.serial + says.algorithms)
        head += bytes([key.length, len(exponent)])
        inside = signer.length - HASH_BYTES - 2 - len(head)
        remainder = key.modulus[inside:]
        certificate = signer.sign(head + key.modulus[:inside], remainder + exponent + static, says.spoilt)
        found = zip(tags, (certificate, remainder, exponent), strict=True)
        return {tag: value for tag, value in found if value}


@frozen
class Sm2Signer:
    """SM2: private keys of authority, issuer and card. Header 15 of a dynamic signature has no public source."""

    authority: bytes
    issuer: bytes
    card: bytes

    def issuer_objects(self, says: Wording) -> dict[str, bytes]:
        """See :class:`Signer`."""
        return {"90": self._certificate(self.authority, says, self.issuer, b"")}

    def card_objects(self, says: Wording, static: bytes) -> dict[str, bytes]:
        """See :class:`Signer`."""
        return {"9F46": self._certificate(self.issuer, says, self.card, static)}

    def static(self, static: bytes) -> bytes:
        """See :class:`Signer`."""
        body = bytes.fromhex("13DAC1")
        return body + sm2_sign(self.issuer, body + static)

    def dynamic(self, content: bytes, covered: bytes, form: int, spoilt: Spoilt) -> bytes:
        """See :class:`Signer`; ``form`` is RSA's, and replaced by 15 where it is a sound one."""
        return sm2_dynamic(self.card, content, covered, form, spoilt)

    def digest(self, covered: bytes) -> bytes:
        """SM3."""
        return sm3(covered)

    @staticmethod
    def _certificate(signer: bytes, says: Wording, key: bytes, static: bytes) -> bytes:
        body = bytes.fromhex(says.format_byte + says.number + says.month + says.serial + says.algorithms)
        body += b"\x40" + public_key(key)
        return says.spoilt.sized(body + sm2_sign(signer, body + static + says.spoilt.signed_too))


SM2_DYNAMIC: Final = 0x15


def sm2_dynamic(card: bytes, content: bytes, covered: bytes, form: int, spoilt: Spoilt) -> bytes:
    """Return a dynamic signature by SM2: header, length, content, and the signature over them and ``covered``."""
    body = bytes([SM2_DYNAMIC if form in {0x05, 0x95} else form, len(content)]) + content
    return spoilt.sized(body + sm2_sign(card, body + covered + spoilt.signed_too))
