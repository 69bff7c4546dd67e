"""Issues JT/T 1179 codes with synthetic keys, as a platform and a phone do together. Own code, as the reader's twin."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from edge.crypto.sm import chosen_sm2, public_key
from edge.domain.frozen import frozen

PLAIN_ID: Final = b"12345678" * 2
SEAL: Final = b"\x15"


def number(value: int, length: int) -> bytes:
    """Return a big-endian number."""
    return value.to_bytes(length, "big")


def compressed(public: bytes) -> bytes:
    """Return a point of 64 bytes as 33."""
    return bytes([2 + public[63] % 2]) + public[:32]


def signed(private: bytes, message: bytes, signer_id: bytes) -> bytes:
    """Sign by the library of this process."""
    return chosen_sm2().sign(private, message, signer_id)


@frozen
class TransitIssuer:
    """A root, an issuer under it, and a user. Private keys are 32 bytes; they protect nothing.

    ``sign`` takes private key, message and identity of the signer: one that draws no randomness makes the same codes
    again.
    """

    root: bytes = b"\x01" * 32
    issuer: bytes = b"\x02" * 32
    user: bytes = b"\x03" * 32
    version: int = 0x80
    service: bytes = bytes.fromhex("01010000")
    root_index: int = 1
    issuer_id: bytes = bytes.fromhex("45200001")
    certificate_issuer: bytes = b""
    platform_id: bytes = bytes.fromhex("00000001")
    certificate_end: bytes = bytes.fromhex("1230")
    serial: int = 1
    sign: Callable[[bytes, bytes, bytes], bytes] = signed

    @property
    def root_key_id(self) -> bytes:
        """Return how a code names its root: version, service, index."""
        return bytes([self.version]) + self.service + bytes([self.root_index])

    @property
    def root_public(self) -> bytes:
        """Return the root's point."""
        return public_key(self.root)

    def certificate(self) -> bytes:
        """Return the issuer's certificate, always the same: a root signs it once."""
        return _certificate(self)

    def certified(self) -> bytes:
        """Return a certificate that was signed anew."""
        body = b"\x12" + (self.certificate_issuer or self.issuer_id) + self.certificate_end + number(self.serial, 3)
        body += bytes.fromhex("04040021") + compressed(public_key(self.issuer))
        local_id = self.service + bytes([self.root_index])
        return b"\x24" + self.service + bytes([self.root_index]) + body + self._sign(self.root, body, local_id)

    def code(
        self,
        made_s: int,
        *,
        user_account: bytes = bytes.fromhex("3104520000000000017f"),
        payment_account: bytes = b"ACCT-SYNTHETIC-1",
        card_type: int = 1,
        amount_max_fen: int = 2000,
        authorised_s: int = 86_400,
        validity_s: int = 60,
        added: bytes = b"",
        certificate: bytes = b"",
    ) -> bytes:
        """Return a whole code, generated at ``made_s`` UTC and authorised for ``authorised_s`` from then on."""
        authorised = payment_account + user_account + self.issuer_id + self.platform_id + bytes([card_type])
        authorised += number(amount_max_fen, 3) + compressed(public_key(self.user))
        authorised += number(made_s + authorised_s, 4) + number(validity_s, 2) + bytes([len(added)]) + added
        authorised = (certificate or self.certificate()) + authorised
        seal = SEAL + self._sign(self.issuer, authorised, self.issuer_id + self.platform_id)
        covered = bytes([self.version]) + number(329 + len(added), 2) + authorised + seal + number(made_s, 4)
        return covered + SEAL + self._sign(self.user, covered, user_account)

    def _sign(self, private: bytes, message: bytes, local_id: bytes) -> bytes:
        return self.sign(private, message, PLAIN_ID if self.version == 0x80 else local_id)  # noqa: PLR2004 - interoperable


@cache
def _certificate(issuer: TransitIssuer) -> bytes:
    return issuer.certified()
