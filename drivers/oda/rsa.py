"""RSA as EMV book 2 uses it: recovery of signed bytes, and which public keys are accepted at all."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

from drivers.oda.refusal import Fault, OdaRefused, Part
from edge.domain.frozen import frozen

EXPONENTS: Final = frozenset({3, 65537})
MODULUS_BYTES_MIN: Final = 64
MODULUS_BYTES_MAX: Final = 248
_KNOWN_KEYS: Final = 256

_ROCA_PRIMES_MAX: Final = 167
_ROCA_GENERATOR: Final = 65537


@frozen
class RsaKey:
    """A public key that passed :func:`public_key`; ``length`` is its modulus' in bytes."""

    modulus: int
    exponent: int
    length: int


@lru_cache(_KNOWN_KEYS)
def public_key(part: Part, modulus: bytes, exponent: bytes) -> RsaKey:
    """Return the key; refuses what no scheme issues: other exponents, lengths, an even or a ROCA-weak modulus."""
    number = int.from_bytes(modulus, "big")
    if int.from_bytes(exponent, "big") not in EXPONENTS:
        raise OdaRefused(part, Fault.EXPONENT, "the exponent is neither 3 nor 65537")
    if not MODULUS_BYTES_MIN <= len(modulus) <= MODULUS_BYTES_MAX or not modulus[0]:
        raise OdaRefused(part, Fault.LENGTH, f"the modulus has {(number.bit_length() + 7) // 8} bytes")
    if not number & 1 or is_roca_weak(number):
        raise OdaRefused(part, Fault.WEAK, "the modulus is even or made by the flawed generator (CVE-2017-15361)")
    return RsaKey(number, int.from_bytes(exponent, "big"), len(modulus))


def recover(part: Part, key: RsaKey, signature: bytes) -> bytes:
    """Return the bytes under a signature, as long as the modulus, with header 6A and trailer BC checked."""
    number = int.from_bytes(signature, "big")
    if len(signature) != key.length or number >= key.modulus:
        raise OdaRefused(part, Fault.LENGTH, f"{len(signature)} bytes do not fit a key of {key.length}")
    recovered = pow(number, key.exponent, key.modulus).to_bytes(key.length, "big")
    if recovered[0] != 0x6A:  # noqa: PLR2004 - EMV book 2, A2.1
        raise OdaRefused(part, Fault.HEADER, f"the recovered header is {recovered[0]:02X}, not 6A")
    if recovered[-1] != 0xBC:  # noqa: PLR2004 - as above
        raise OdaRefused(part, Fault.TRAILER, f"the recovered trailer is {recovered[-1]:02X}, not BC")
    return recovered


def is_roca_weak(modulus: int) -> bool:
    """Say whether the modulus is a power of 65537 modulo every small prime: the mark of CVE-2017-15361.

    A sound modulus fails at one of the first primes; all pass by chance once in more than a hundred million.
    """
    return all(allowed >> modulus % prime & 1 for prime, allowed in _FINGERPRINT)


def _fingerprint() -> tuple[tuple[int, int], ...]:
    """Return the primes at which a power of the generator is no matter of course, with the set of powers as bits."""
    marks = []
    for prime in (number for number in range(3, _ROCA_PRIMES_MAX + 1, 2) if _is_prime(number)):
        powers = {pow(_ROCA_GENERATOR, exponent, prime) for exponent in range(prime - 1)}
        if len(powers) < prime - 1:
            marks.append((prime, sum(1 << power for power in powers)))
    return tuple(marks)


def _is_prime(number: int) -> bool:
    return all(number % divisor for divisor in range(3, math.isqrt(number) + 1, 2))


_FINGERPRINT: Final = _fingerprint()
