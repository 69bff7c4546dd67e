"""Keys, session keys, MACs and TAC of the PBOC e-purse, as the card and the PSAM compute them.

Triple DES follows the published worked examples (see the vectors); key diversification has one public source. No
public source exists for the SM4 purse: :class:`Sm4Assumed` is a guess for load and timing, and says so in its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

MAC_LENGTH: Final = 4
_DES_BLOCK: Final = 8
_SM4_BLOCK: Final = 16


def _cbc(algorithm: CipherAlgorithm, initial: bytes, plain: bytes) -> bytes:
    encryptor = Cipher(algorithm, modes.CBC(initial)).encryptor()
    return encryptor.update(plain) + encryptor.finalize()


def _ecb(algorithm: CipherAlgorithm, plain: bytes) -> bytes:
    encryptor = Cipher(algorithm, modes.ECB()).encryptor()  # noqa: S305 - the purse's own key derivation
    return encryptor.update(plain) + encryptor.finalize()


def _pad(message: bytes, block: int) -> bytes:
    """Append 80 and zeros up to a whole block, always (ISO/IEC 9797-1 padding 2)."""
    return message + b"\x80" + bytes(-(len(message) + 1) % block)


def _two_key(key: bytes) -> TripleDES:
    return TripleDES(key + key[:_DES_BLOCK])


class PurseAlgorithm(Protocol):
    """What card and PSAM compute; ``code`` is the algorithm byte of INITIALIZE's answer."""

    code: int

    def diversify(self, key: bytes, factor8: bytes) -> bytes:
        """Return the 16-byte key below ``key`` for eight bytes of issuer or serial."""
        ...

    def session_key(self, key: bytes, random4: bytes, sequence: int, terminal_sequence: int) -> bytes:
        """Return the session key of one purchase."""
        ...

    def mac(self, session_key: bytes, message: bytes) -> bytes:
        """Return the four-byte MAC under a session key."""
        ...

    def tac(self, key: bytes, message: bytes) -> bytes:
        """Return the four-byte TAC under the card's TAC key."""
        ...

    def command_mac(self, key: bytes, initial: bytes, padded: bytes) -> bytes:
        """Return the four-byte MAC of a command under a 16-byte maintenance key; ``padded`` is whole blocks."""
        ...


def _purchase_seed(random4: bytes, sequence: int, terminal_sequence: int) -> bytes:
    return random4 + sequence.to_bytes(2, "big") + (terminal_sequence & 0xFFFF).to_bytes(2, "big")


class TripleDes:
    """Two-key triple DES with single-DES CBC-MACs, as published for the PBOC e-purse."""

    code = 0x00

    def diversify(self, key: bytes, factor8: bytes) -> bytes:
        """3DES-ECB over the factor and its complement."""
        inverted = bytes(byte ^ 0xFF for byte in factor8)
        return _ecb(_two_key(key), factor8 + inverted)

    def session_key(self, key: bytes, random4: bytes, sequence: int, terminal_sequence: int) -> bytes:
        """3DES-ECB over random, card counter and the low half of the terminal sequence: eight bytes."""
        return _ecb(_two_key(key), _purchase_seed(random4, sequence, terminal_sequence))

    def load_session_key(self, key: bytes, random4: bytes, sequence: int) -> bytes:
        """3DES-ECB over random, card counter and 8000."""
        return _ecb(_two_key(key), random4 + sequence.to_bytes(2, "big") + b"\x80\x00")

    def mac(self, session_key: bytes, message: bytes) -> bytes:
        """Single-DES CBC-MAC from zero, left half."""
        padded = _pad(message, _DES_BLOCK)
        return _cbc(TripleDES(session_key * 3), bytes(_DES_BLOCK), padded)[-_DES_BLOCK:][:MAC_LENGTH]

    def tac(self, key: bytes, message: bytes) -> bytes:
        """MAC under the two halves of the TAC key, combined by XOR."""
        folded = bytes(left ^ right for left, right in zip(key[:_DES_BLOCK], key[_DES_BLOCK:], strict=True))
        return self.mac(folded, message)

    def command_mac(self, key: bytes, initial: bytes, padded: bytes) -> bytes:
        """Retail MAC (ISO/IEC 9797-1 algorithm 3). Assumed: no public vector for the purse's maintenance key."""
        chained = _cbc(TripleDES(key[:_DES_BLOCK] * 3), initial, padded[:-_DES_BLOCK])[-_DES_BLOCK:]
        return _cbc(_two_key(key), chained or initial, padded[-_DES_BLOCK:])[:MAC_LENGTH]


class Sm4Assumed:
    """The purse under SM4, assumed throughout: 16-byte session key, CBC-MAC in 16-byte blocks, left four bytes."""

    code = 0x04

    def diversify(self, key: bytes, factor8: bytes) -> bytes:
        """SM4-ECB over the factor and its complement (assumed)."""
        return _ecb(SM4(key), factor8 + bytes(byte ^ 0xFF for byte in factor8))

    def session_key(self, key: bytes, random4: bytes, sequence: int, terminal_sequence: int) -> bytes:
        """SM4-ECB over the padded seed of triple DES (assumed)."""
        return _ecb(SM4(key), _pad(_purchase_seed(random4, sequence, terminal_sequence), _SM4_BLOCK))

    def mac(self, session_key: bytes, message: bytes) -> bytes:
        """CBC-MAC from zero, leftmost four bytes (assumed)."""
        padded = _pad(message, _SM4_BLOCK)
        return _cbc(SM4(session_key), bytes(_SM4_BLOCK), padded)[-_SM4_BLOCK:][:MAC_LENGTH]

    def tac(self, key: bytes, message: bytes) -> bytes:
        """MAC under the whole TAC key (assumed)."""
        return self.mac(key, message)

    def command_mac(self, key: bytes, initial: bytes, padded: bytes) -> bytes:
        """CBC-MAC from the initial value, filled up to whole blocks (assumed)."""
        filled = padded + bytes(-len(padded) % _SM4_BLOCK)
        return _cbc(SM4(key), initial.ljust(_SM4_BLOCK, b"\x00"), filled)[-_SM4_BLOCK:][:MAC_LENGTH]


@dataclass(frozen=True, slots=True, repr=False)
class PurseKeys:
    """Three 16-byte keys: of an issuer (masters, in the PSAM) or of one card."""

    purchase: bytes
    tac: bytes
    maintenance: bytes

    def below(self, algorithm: PurseAlgorithm, *factors: bytes) -> PurseKeys:
        """Return the keys diversified by each factor in turn: issuer, then serial."""

        def diversified(key: bytes) -> bytes:
            for factor in factors:
                key = algorithm.diversify(key, factor)
            return key

        return PurseKeys(diversified(self.purchase), diversified(self.tac), diversified(self.maintenance))


SYNTHETIC_MASTERS: Final = PurseKeys(
    purchase=bytes.fromhex("11223344556677888877665544332211"),
    tac=bytes.fromhex("00112233445566778899AABBCCDDEEFF"),
    maintenance=bytes.fromhex("0F1E2D3C4B5A69788796A5B4C3D2E1F0"),
)
"""Published or throw-away keys of the simulation; no issuer uses them."""
ALGORITHMS: Final[dict[int, PurseAlgorithm]] = {0x00: TripleDes(), 0x01: TripleDes(), 0x04: Sm4Assumed()}
"""By algorithm byte: 00 and 01 are both seen for triple DES; 04 for SM4 is assumed."""
