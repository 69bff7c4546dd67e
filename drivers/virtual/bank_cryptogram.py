"""The application cryptogram of a virtual bank card: PBOC's 3DES, or an SM4 form that has no public source.

Key of the card by EMV book 2, A1.4.1 option A; session key by PBOC: the counter, and the counter inverted, each under
the card's key; cryptogram by ISO/IEC 9797-1 MAC algorithm 3. The master key is synthetic.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

MASTER_KEY: Final = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
AC_BYTES: Final = 8
ALGORITHM_3DES: Final = 0x01
ALGORITHM_SM4: Final = 0x04

_INVERTED: Final = 0xFFFF


def card_key(master: bytes, number: str, sequence: str) -> bytes:
    """Return the card's key: its number and sequence number, the last sixteen digits, under the master key."""
    digits = (number + sequence)[-16:].zfill(16)
    left = bytes.fromhex(digits)
    return _odd(_ecb(_triple(master), left + bytes(each ^ 0xFF for each in left)))


def session_key(card: bytes, counter: int) -> bytes:
    """Return the key of one cryptogram."""
    halves = counter.to_bytes(8, "big") + (counter ^ _INVERTED).to_bytes(8, "big")
    return _odd(_ecb(_triple(card), halves))


def cryptogram(session: bytes, message: bytes) -> bytes:
    """Return eight bytes over a message, padded with 80 and zeros."""
    padded = message + b"\x80" + bytes(-(len(message) + 1) % AC_BYTES)
    last = _cbc(TripleDES(session[:8] * 3), padded)[-AC_BYTES:]
    opened = Cipher(TripleDES(session[8:] * 3), modes.ECB()).decryptor()  # noqa: S305 - one block of algorithm 3
    return _ecb(TripleDES(session[:8] * 3), opened.update(last))


def assumed_sm4(card: bytes, counter: int, message: bytes) -> bytes:
    """Return eight bytes by SM4. Assumed: no public source tells UnionPay's form."""
    halves = counter.to_bytes(8, "big") + (counter ^ _INVERTED).to_bytes(8, "big")
    padded = message + b"\x80" + bytes(-(len(message) + 1) % 16)
    return _cbc(SM4(_ecb(SM4(card), halves)), padded)[-16:-8]


def _triple(key: bytes) -> TripleDES:
    return TripleDES(key + key[:8])


def _ecb(algorithm: CipherAlgorithm, plain: bytes) -> bytes:
    return Cipher(algorithm, modes.ECB()).encryptor().update(plain)  # noqa: S305 - key derivation of whole blocks


def _cbc(algorithm: CipherAlgorithm, plain: bytes) -> bytes:
    block_bytes = 16 if isinstance(algorithm, SM4) else AC_BYTES
    return Cipher(algorithm, modes.CBC(bytes(block_bytes))).encryptor().update(plain)


def _odd(key: bytes) -> bytes:
    """Return a DES key with odd parity in every byte."""
    return bytes(each & 0xFE | (each >> 1).bit_count() & 1 ^ 1 for each in key)
