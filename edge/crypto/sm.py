"""The SM algorithms of the product: which implementation of SM2 works here, and SM3 and SM4 beside it."""

from __future__ import annotations

from functools import cache
from typing import Final, Protocol

from edge.crypto import sm2_curve
from edge.crypto.sm2_curve import DEFAULT_ID
from edge.crypto.sm2_libcrypto import LIBRARIES, Libcrypto, LibcryptoUnfit
from edge.crypto.sm_ciphers import sm3, sm4_decrypt, sm4_encrypt
from edge.domain.errors import ConfigError

__all__ = [
    "DEFAULT_ID",
    "Sm2",
    "chosen_sm2",
    "public_key",
    "sm2_sign",
    "sm2_verify",
    "sm3",
    "sm4_decrypt",
    "sm4_encrypt",
]


class Sm2(Protocol):
    """One implementation of SM2 signatures; ``name`` says which, for ``doctor``."""

    @property
    def name(self) -> str:
        """Return library and version, or that it is plain Python."""
        ...

    def verify(self, public: bytes, signature: bytes, message: bytes, signer_id: bytes = DEFAULT_ID) -> bool:
        """Say whether the signature (r, s: 64 bytes) fits; false for whatever is malformed."""
        ...

    def sign(self, private: bytes, message: bytes, signer_id: bytes = DEFAULT_ID) -> bytes:
        """Return r and s, 64 bytes."""
        ...


class PlainSm2:
    """SM2 in plain Python: slower, and everywhere."""

    name: Final = "plain Python: no libcrypto 3 with SM2 was found"

    def verify(self, public: bytes, signature: bytes, message: bytes, signer_id: bytes = DEFAULT_ID) -> bool:
        """See :class:`Sm2`."""
        return sm2_curve.verify(public, signature, message, signer_id)

    def sign(self, private: bytes, message: bytes, signer_id: bytes = DEFAULT_ID) -> bytes:
        """See :class:`Sm2`."""
        return sm2_curve.sign(private, message, signer_id)


def choose_sm2(libraries: tuple[str, ...] = LIBRARIES) -> Sm2:
    """Return the first library that verifies a signature by plain Python, and whose own one plain Python verifies."""
    for library in libraries:
        try:
            candidate = Libcrypto(library)
            if _agrees(candidate):
                return candidate
        except LibcryptoUnfit:
            continue  # the next one; doctor shows what was chosen
    return PlainSm2()


def _agrees(candidate: Sm2) -> bool:
    private, message = (2).to_bytes(sm2_curve.KEY_BYTES, "big"), b"self test"
    public = sm2_curve.public_of(private)
    ours = sm2_curve.sign(private, message)
    return (
        candidate.verify(public, ours, message)
        and not candidate.verify(public, ours, message + b"!")
        and sm2_curve.verify(public, candidate.sign(private, message), message)
    )


@cache
def chosen_sm2() -> Sm2:
    """Return the implementation that this process uses, chosen at the first call."""
    return choose_sm2()


def sm2_verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Verify with the default identity: what cards and transit codes sign with."""
    return chosen_sm2().verify(public, signature, message)


def sm2_sign(private: bytes, message: bytes) -> bytes:
    """Sign with the default identity; raises ``KEY_UNUSABLE`` for bytes that are no private key."""
    _check_private(private)
    return chosen_sm2().sign(private, message)


def public_key(private: bytes) -> bytes:
    """Return the point (64 bytes) of a private key; raises ``KEY_UNUSABLE``."""
    _check_private(private)
    return sm2_curve.public_of(private)


def _check_private(private: bytes) -> None:
    if not sm2_curve.is_private(private):
        raise ConfigError("KEY_UNUSABLE", "these bytes are no private key of SM2")
