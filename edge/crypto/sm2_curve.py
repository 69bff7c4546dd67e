"""SM2 signatures over sm2p256v1 in plain Python (GM/T 0003.2-2012, GM/T 0003.5-2012): the way without a libcrypto.

Two to four milliseconds each. Signing is not constant in time: it is for issuing tools, virtual cards and tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from edge.crypto.sm_ciphers import sm3

DEFAULT_ID: Final = b"12345678" * 2
KEY_BYTES: Final = 32
POINT_BYTES: Final = 64
SHORT_POINT_BYTES: Final = 33
"""A point as 02 or 03 (the parity of y) and x, as transit codes carry it."""
SIGNATURE_BYTES: Final = 64
SIGNER_ID_BYTES_MAX: Final = 8190
"""Its length in bits has two bytes; OpenSSL stops one short of what they could say."""

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = P - 3
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX: Final = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY: Final = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0

_WINDOW_BITS: Final = 4
_WINDOW: Final = (1 << _WINDOW_BITS) - 1
_KNOWN_POINTS: Final = 64
_SM3_BLOCK_BYTES: Final = 64

Point = tuple[int, int, int]
"""Jacobian coordinates: x / z², y / z³; z = 0 is the point at infinity."""

_INFINITY: Final[Point] = (1, 1, 0)
_G: Final[Point] = (GX, GY, 1)


def verify(public: bytes, signature: bytes, message: bytes, signer_id: bytes = DEFAULT_ID) -> bool:
    """Say whether ``signature`` (r, s: 64 bytes) over ``message`` is by the key with this point.

    The point is x and y (64 bytes), or compressed (33 bytes).
    """
    if len(signature) != SIGNATURE_BYTES or len(signer_id) > SIGNER_ID_BYTES_MAX:
        return False
    if len(public) == SHORT_POINT_BYTES:
        public = expanded(public)
    point = _known_point(public)
    r, s = _two_numbers(signature)
    t = (r + s) % N
    if point is None or not (0 < r < N and 0 < s < N and t):
        return False
    x = _affine_x(_sum_of_products(s, _multiples(_G), t, _multiples(point)))
    return x is not None and (digest_number(public, message, signer_id) + x) % N == r


def sign(private: bytes, message: bytes, signer_id: bytes = DEFAULT_ID) -> bytes:
    """Return r and s, 64 bytes. The nonce is drawn from key and digest as in RFC 6979, with SM3 in place of SHA.

    ``private`` is a scalar of 32 bytes as :func:`is_private` allows it.
    """
    d = int.from_bytes(private, "big")
    e = digest_number(public_of(private), message, signer_id)
    for k in _nonces(private, e):
        x = _affine_x(_sum_of_products(k, _multiples(_G), 0, _multiples(_G)))
        r = (e + (x or 0)) % N
        s = pow(1 + d, -1, N) * (k - r * d) % N
        if r and s and (r + k) % N:
            return r.to_bytes(KEY_BYTES, "big") + s.to_bytes(KEY_BYTES, "big")
    raise AssertionError("there is always a further nonce")


def is_private(private: bytes) -> bool:
    """Say whether these bytes can be a private key: 1 to n - 2."""
    return len(private) == KEY_BYTES and 0 < int.from_bytes(private, "big") < N - 1


def public_of(private: bytes) -> bytes:
    """Return the point (x, y: 64 bytes) of a private key."""
    x, y, z = _sum_of_products(int.from_bytes(private, "big"), _multiples(_G), 0, _multiples(_G))
    inverse = pow(z, -1, P)
    square = inverse * inverse % P
    return (x * square % P).to_bytes(KEY_BYTES, "big") + (y * square * inverse % P).to_bytes(KEY_BYTES, "big")


def identity_digest(public: bytes, signer_id: bytes) -> bytes:
    """Return Z: SM3 over the signer's identity, the curve and the signer's point."""
    curve = b"".join(number.to_bytes(KEY_BYTES, "big") for number in (A, B, GX, GY))
    return sm3((len(signer_id) * 8).to_bytes(2, "big") + signer_id + curve + public)


def digest_number(public: bytes, message: bytes, signer_id: bytes) -> int:
    """Return e, the number that is signed."""
    return int.from_bytes(sm3(identity_digest(public, signer_id) + message), "big")


def _two_numbers(raw: bytes) -> tuple[int, int]:
    return int.from_bytes(raw[:KEY_BYTES], "big"), int.from_bytes(raw[KEY_BYTES:], "big")


@lru_cache(_KNOWN_POINTS)
def expanded(compressed: bytes) -> bytes:
    """Return x and y (64 bytes) of a compressed point (33 bytes), nothing where it is none (SEC 1, 2.3.4)."""
    x = int.from_bytes(compressed[1:], "big")
    square = ((x * x + A) * x + B) % P
    y = pow(square, (P + 1) // 4, P)  # p = 3 modulo 4
    if len(compressed) != SHORT_POINT_BYTES or compressed[0] not in (2, 3) or x >= P or y * y % P != square:
        return b""
    if y & 1 != compressed[0] & 1:
        y = P - y
    return x.to_bytes(KEY_BYTES, "big") + y.to_bytes(KEY_BYTES, "big")


@lru_cache(_KNOWN_POINTS)
def _known_point(public: bytes) -> Point | None:
    """Return the point, or None for bytes that are none on this curve."""
    if len(public) != POINT_BYTES:
        return None
    x, y = _two_numbers(public)
    on_curve = x < P and y < P and (y * y - (x * x + A) * x - B) % P == 0
    return (x, y, 1) if on_curve else None


@lru_cache(_KNOWN_POINTS)
def _multiples(point: Point) -> tuple[Point, ...]:
    """Return 0, 1 ... 15 times the point."""
    multiples = [_INFINITY]
    for _ in range(_WINDOW):
        multiples.append(_add(multiples[-1], point))
    return tuple(multiples)


def _sum_of_products(s: int, of_g: tuple[Point, ...], t: int, of_p: tuple[Point, ...]) -> Point:
    """Return s * G + t * P, both in one pass of four bits at a time."""
    total = _INFINITY
    for shift in range(256 - _WINDOW_BITS, -1, -_WINDOW_BITS):
        for _ in range(_WINDOW_BITS):
            total = _double(total)
        total = _add(_add(total, of_g[s >> shift & _WINDOW]), of_p[t >> shift & _WINDOW])
    return total


def _double(point: Point) -> Point:
    x, y, z = point
    square = y * y % P
    slope = 3 * (x - z * z) * (x + z * z) % P  # a = -3
    corner = 4 * x * square % P
    new_x = (slope * slope - 2 * corner) % P
    return new_x, (slope * (corner - new_x) - 8 * square * square) % P, 2 * y * z % P


def _add(left: Point, right: Point) -> Point:
    x1, y1, z1 = left
    x2, y2, z2 = right
    if not z1 or not z2:
        return right if not z1 else left
    square1, square2 = z1 * z1 % P, z2 * z2 % P
    u1, run = x1 * square2 % P, (x2 * square1 - x1 * square2) % P
    s1, rise = y1 * square2 * z2 % P, (y2 * square1 * z1 - y1 * square2 * z2) % P
    if not run:
        return _double(left) if not rise else _INFINITY
    square = run * run % P
    cube, corner = square * run % P, u1 * square % P
    x = (rise * rise - cube - 2 * corner) % P
    return x, (rise * (corner - x) - s1 * cube) % P, z1 * z2 * run % P


def _affine_x(point: Point) -> int | None:
    x, _, z = point
    if not z:
        return None
    inverse = pow(z, -1, P)
    return x * inverse * inverse % P


def _nonces(private: bytes, e: int) -> Iterator[int]:
    """Yield nonces by RFC 6979 section 3.2, HMAC-SM3."""
    seed = private + (e % N).to_bytes(KEY_BYTES, "big")
    key, value = bytes(KEY_BYTES), b"\1" * KEY_BYTES
    for step in (b"\0", b"\1"):
        key = _hmac_sm3(key, value + step + seed)
        value = _hmac_sm3(key, value)
    while True:
        value = _hmac_sm3(key, value)
        if 0 < (nonce := int.from_bytes(value, "big")) < N:
            yield nonce
        key = _hmac_sm3(key, value + b"\0")
        value = _hmac_sm3(key, value)


def _hmac_sm3(key: bytes, message: bytes) -> bytes:
    """RFC 2104 with SM3; keys here have 32 bytes, a block has 64."""
    padded = key.ljust(_SM3_BLOCK_BYTES, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in padded) + message)
    return sm3(bytes(byte ^ 0x5C for byte in padded) + inner)
