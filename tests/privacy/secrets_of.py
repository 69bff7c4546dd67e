"""What must never stand in clear anywhere, and every form in which it could."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
ENCODINGS: Final = ("utf-8", "gbk", "utf-16-le")
DIGITS_MIN: Final = 12
LOW_DIGITS: Final = 16
"""What a PSAM diversifies its keys by: enough of a purse's serial to name its holder."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One number or name. ``label`` says whose, without saying it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a secret could be written."""

    secret: Secret
    name: str
    content: bytes


def forms_of(secret: Secret) -> list[Form]:
    """Return every form: text, binary coded digits at either nibble, their hexadecimal, base64 at each alignment."""
    found = [Form(secret, name, content) for name, content in _plain(secret.text)]
    for name, content in list(_plain(secret.text)):
        if "packed" not in name:  # packed digits in hexadecimal are the digits
            found.append(Form(secret, f"{name} in hexadecimal", content.hex().encode()))
            found.append(Form(secret, f"{name} in upper hexadecimal", content.hex().upper().encode()))
        for skip in range(3):
            coded = in_radix_64(content, skip)
            found.append(Form(secret, f"{name} in base64 after {skip}", coded))
            found.append(Form(secret, f"{name} in URL-safe base64 after {skip}", coded.translate(URL_SAFE)))
    return found


def _plain(text: str) -> Iterator[tuple[str, bytes]]:
    if not _is_hexadecimal(text):
        yield from ((encoding, text.encode(encoding)) for encoding in ENCODINGS)
        return
    if len(text) > LOW_DIGITS:
        yield "low digits", text[-LOW_DIGITS:].encode("ascii")
        yield "low digits packed", bytes.fromhex(text[-LOW_DIGITS:])
    yield "text", text.encode("ascii")
    yield "wide text", text.encode("utf-16-le")
    if text != text.lower():
        yield "lower text", text.lower().encode("ascii")
    for shift in (0, 1):  # wherever the digits begin, whatever stands in the nibbles around them
        whole = (len(text) - shift) // 2 * 2
        yield f"packed at nibble {shift}", bytes.fromhex(text[shift : shift + whole])


def _is_hexadecimal(text: str) -> bool:
    return len(text) >= DIGITS_MIN and all(letter in "0123456789ABCDEFabcdef" for letter in text)


def in_radix_64(content: bytes, skip: int) -> bytes:
    """Return the letters of base64 that depend on ``content`` alone where it stands ``skip`` bytes after a group."""
    coded = base64.b64encode(bytes(skip) + content)
    return coded[-(-skip * 8 // 6) : (skip + len(content)) * 8 // 6]
