"""Short command APDUs as a chip takes them apart (ISO/IEC 7816-4 5.1), and status words."""

from __future__ import annotations

from typing import Final, NamedTuple

OK: Final = b"\x90\x00"
_HEADER: Final = 4
_LE_ALL: Final = 256


class ShortApdu(NamedTuple):
    """Header, body and expected length: ``None`` no Le, 256 for Le 00."""

    cla: int
    ins: int
    p1: int
    p2: int
    body: bytes
    expected: int | None


def take_apart(apdu: bytes) -> ShortApdu | None:
    """Return the parts of a short APDU; ``None`` where its length does not add up (status 6700)."""
    if len(apdu) < _HEADER:
        return None
    (cla, ins, p1, p2), rest = apdu[:_HEADER], apdu[_HEADER:]
    if not rest:
        return ShortApdu(cla, ins, p1, p2, b"", None)
    if len(rest) == 1:
        return ShortApdu(cla, ins, p1, p2, b"", rest[0] or _LE_ALL)
    length, body, after = rest[0], rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
    if len(body) != length or len(after) > 1:
        return None
    return ShortApdu(cla, ins, p1, p2, body, (after[0] or _LE_ALL) if after else None)


def status(word: int) -> bytes:
    """Return a status word as its two bytes."""
    return word.to_bytes(2, "big")


def exactly(content: bytes, expected: int | None) -> bytes:
    """Answer a read: all of it for Le 00 or none, the front for a smaller Le, 6Cxx where Le asks for too much."""
    if expected is None or expected == _LE_ALL or expected == len(content):
        return content + OK
    if expected > len(content):
        return status(0x6C00 | len(content))
    return content[:expected] + OK
