"""What a terminal found out about a bank card's transaction, in words: its results (TVR, 95) and status (TSI, 9B).

The bits are those of EMV book 3, annex C5 and C6; their words stand in ``words.toml``. A bit that is reserved there is
named by its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edge.explaining.words import both, pair

BITS_PER_BYTE: Final = 8


def set_bits(raw: bytes) -> Iterator[str]:
    """Yield the places of the bits that are set, ``byte 1 bit 8`` first: EMV counts bytes from 1, bits down from 8."""
    for place, byte in enumerate(raw, 1):
        for bit in range(BITS_PER_BYTE, 0, -1):
            if byte >> (bit - 1) & 1:
                yield f"byte {place} bit {bit}"


def results_in_words(tvr: bytes, tsi: bytes) -> Iterator[str]:
    """Yield one line for each bit that is set."""
    for table, raw in (("tvr", tvr), ("tsi", tsi)):
        for place in set_bits(raw):
            yield f"{table.upper()} {both(table, place)}"


def results_as_facts(tvr: bytes, tsi: bytes) -> dict[str, list[dict[str, str]]]:
    """Return the same as JSON facts: per object the bits that are set, in order."""
    return {
        table: [{"bit": place, **pair(table, place)} for place in set_bits(raw)]
        for table, raw in (("tvr", tvr), ("tsi", tsi))
    }
