"""Base45 (RFC 9285): two bytes as three of the 45 characters that a QR code packs best."""

from __future__ import annotations

from typing import Final

ALPHABET: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_PAIR: Final = 2
_TRIPLE: Final = 3


def encode(content: bytes) -> bytes:
    """Return the characters."""
    text = bytearray()
    for at in range(0, len(content), _PAIR):
        pair = content[at : at + _PAIR]
        rest = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            rest, value = divmod(rest, len(ALPHABET))
            text.append(ALPHABET[value])
    return bytes(text)


def decode(text: bytes) -> bytes:
    """Return the content; raises ``ValueError`` for whatever :func:`encode` does not make."""
    content = bytearray()
    for at in range(0, len(text), _TRIPLE):
        triple = text[at : at + _TRIPLE]
        try:
            number = sum(_VALUES[character] * len(ALPHABET) ** power for power, character in enumerate(triple))
        except KeyError as error:
            raise ValueError("a character outside the alphabet") from error
        length = len(triple) - 1
        if not length or number >= 1 << 8 * length:
            raise ValueError("characters that stand for no bytes")
        content += number.to_bytes(length, "big")
    return bytes(content)
