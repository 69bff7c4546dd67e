"""Rising numbers as the Rice code of their gaps: near the entropy bound for keyed tokens, which lie evenly.

A gap g is written as g >> k ones, a zero, and the k low bits of g (R. F. Rice, "Some practical universal noiseless
coding techniques", 1979). k is chosen so that the mean gap has about one leading bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge.domain.errors import RemoteProtocolError

QUOTIENT_MAX: Final = 4096
"""Ones in a row that no even distribution shows; a longer run is damage."""


def low_bits(count: int, span_bits: int) -> int:
    """Return the number of low bits that suits ``count`` numbers below 2**``span_bits``."""
    return max(0, span_bits - max(1, count).bit_length())


def encode_rising(numbers: Sequence[int], bits: int) -> bytes:
    """Return the code of strictly rising numbers, with ``bits`` low bits, padded with zeros to a byte."""
    parts, before = ["1"], -1
    for number in numbers:
        quotient, rest = divmod(number - before - 1, 1 << bits)
        parts.append("1" * quotient + "0" + (f"{rest:0{bits}b}" if bits else ""))
        before = number
    text = "".join(parts)
    text += "0" * (-(len(text) - 1) % 8)
    return int(text, 2).to_bytes(len(text) // 8 + 1, "big")[1:]


def decode_rising(packed: bytes, count: int, bits: int) -> list[int]:
    """Return the ``count`` numbers in ``packed``; raises ``WIRE_MALFORMED`` for anything but their own code."""
    text = format(int.from_bytes(b"\1" + packed, "big"), "b")[1:]
    numbers, at, before = [], 0, -1
    for _ in range(count):
        stop = text.find("0", at, at + QUOTIENT_MAX)
        low = text[stop + 1 : stop + 1 + bits]
        if stop < 0 or len(low) < bits:
            raise RemoteProtocolError("WIRE_MALFORMED", "a list of rising numbers ends too early")
        before += 1 + ((stop - at) << bits) + (int(low, 2) if bits else 0)
        numbers.append(before)
        at = stop + 1 + bits
    rest = text[at:]
    if len(rest) > 7 or "1" in rest:  # noqa: PLR2004 - less than a byte of padding
        raise RemoteProtocolError("WIRE_MALFORMED", "not the code of rising numbers")
    return numbers
