"""How the parts of a deny list are laid out, for those who write them (the centre, the sync process) and who map them.

A listed token is known by its first eight bytes, its *prefix*. A snapshot has two parts: ``exact``, all prefixes in
rising order and nothing else, and ``probe``, three bytes of each (its bytes 3 to 5) in the same order, in buckets by
the leading bits. Most tokens are not listed and the probe alone says so; what it finds at place n is confirmed by
``exact`` at place n. A delta is a third part, ``overlay``: the prefixes by which the list differs from the snapshot,
each followed by its sign, in buckets as well.

A bucket file: header, 2**bits + 1 little-endian 32-bit places where buckets begin and end, entries of equal width.
Behind those of an overlay lies its *sieve*: a bit for every leading ``sieve_bits`` of a prefix, set where a change
begins so. It lets one token in sixteen or fewer through to the buckets.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import frozen
from sync.rice import decode_rising, encode_rising, low_bits

DENY_KIND: Final = "deny_list"
FORM: Final = 1
PROBE: Final = "probe"
EXACT: Final = "exact"
OVERLAY: Final = "overlay"
SNAPSHOT: Final = (PROBE, EXACT)

BUCKET_HEADER: Final = struct.Struct("<8sBBxxI32s")
"""Magic, width of an entry, bits of the bucket number, count of entries, SHA-256 of the ``exact`` part it goes with."""

BUCKET_MAGIC: Final = b"OCBUCKET"
PREFIX_BYTES: Final = 8
PRINT: Final = slice(3, 6)
PRINT_BYTES: Final = 3
CHANGE_BYTES: Final = PREFIX_BYTES + 1
SIGNS: Final = (b"\0", b"\1")
"""Removed, added."""

BITS_MAX: Final = 22
PROBE_MEAN: Final = 32
OVERLAY_MEAN: Final = 4
"""Entries in a bucket, at least and on average; at most twice that."""

SIEVE_SHARE: Final = 16

DELTA_HEADER: Final = struct.Struct("<8s32sIB")
"""Magic, SHA-256 of the ``exact`` part, count of changes, low bits of their Rice code."""

DELTA_MAGIC: Final = b"OCDELTA1"
DELTA_ENTRIES_MAX: Final = 100_000
CHANGE_BITS: Final = 8 * PREFIX_BYTES + 1


@frozen
class Delta:
    """How a list differs from the snapshot whose ``exact`` part hashes to ``snapshot``.

    ``changes`` are rising: twice the prefix, and one more where it is added.
    """

    snapshot: bytes
    changes: Sequence[int]

    def __len__(self) -> int:
        return len(self.changes)


def delta_between(snapshot: bytes, added: Iterable[int], removed: Iterable[int]) -> Delta:
    """Return the delta that adds and removes these prefixes."""
    return Delta(snapshot, sorted([*(2 * number + 1 for number in added), *(2 * number for number in removed)]))


def numbers_of(exact: bytes) -> array[int]:
    """Return the prefixes in an ``exact`` part as numbers."""
    numbers = array("Q", exact)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def exact_of(numbers: array[int]) -> bytes:
    """Return the ``exact`` part of rising prefixes."""
    swapped = array("Q", numbers)
    if sys.byteorder == "little":
        swapped.byteswap()
    return swapped.tobytes()


def probe_of(exact: bytes, snapshot: bytes) -> bytes:
    """Return the ``probe`` part that goes with an ``exact`` part of the hash ``snapshot``."""
    prints = bytearray(len(exact) // PREFIX_BYTES * PRINT_BYTES)
    for to, place in enumerate(range(PRINT.start, PRINT.stop)):
        prints[to::PRINT_BYTES] = exact[place::PREFIX_BYTES]
    return _head(numbers_of(exact), PROBE_MEAN, PRINT_BYTES, snapshot) + bytes(prints)


def overlay_of(delta: Delta) -> bytes:
    """Return the ``overlay`` part of a delta."""
    prefixes = [change >> 1 for change in delta.changes]
    entries = [(change >> 1).to_bytes(PREFIX_BYTES, "big") + SIGNS[change & 1] for change in delta.changes]
    sieve, bits = bytearray(sieve_bytes(len(delta))), sieve_bits(len(delta))
    for prefix in prefixes:
        leading = prefix >> (64 - bits)
        sieve[leading >> 3] |= 1 << (leading & 7)
    return _head(prefixes, OVERLAY_MEAN, CHANGE_BYTES, delta.snapshot) + b"".join(entries) + bytes(sieve)


def sieve_bits(count: int) -> int:
    """Return how many leading bits of a prefix the sieve of an overlay of ``count`` changes looks at."""
    return max(3, (SIEVE_SHARE * count).bit_length())


def sieve_bytes(count: int) -> int:
    """Return the size of that sieve."""
    return 1 << sieve_bits(count) >> 3


def _head(numbers: Sequence[int], mean: int, width: int, snapshot: bytes) -> bytes:
    """Return header and index of a bucket file."""
    bits = min(BITS_MAX, max(1, len(numbers) // mean).bit_length() - 1)
    places = [bisect_left(numbers, bucket << (64 - bits)) for bucket in range(1 << bits)]
    index = struct.pack(f"<{len(places) + 1}I", *places, len(numbers))
    return BUCKET_HEADER.pack(BUCKET_MAGIC, width, bits, len(numbers), snapshot) + index


def pack_delta(delta: Delta) -> bytes:
    """Return the form in which a delta travels."""
    bits = low_bits(len(delta), CHANGE_BITS)
    return DELTA_HEADER.pack(DELTA_MAGIC, delta.snapshot, len(delta), bits) + encode_rising(delta.changes, bits)


def unpack_delta(packed: bytes) -> Delta:
    """Return the delta in ``packed``; raises ``WIRE_MALFORMED`` or ``WIRE_TOO_LARGE``."""
    if len(packed) < DELTA_HEADER.size:
        raise RemoteProtocolError("WIRE_MALFORMED", "not a delta of a deny list")
    magic, snapshot, count, bits = DELTA_HEADER.unpack_from(packed)
    if magic != DELTA_MAGIC:
        raise RemoteProtocolError("WIRE_MALFORMED", "not a delta of a deny list")
    if count > DELTA_ENTRIES_MAX:
        raise RemoteProtocolError("WIRE_TOO_LARGE", f"a delta of {count} changes, limit {DELTA_ENTRIES_MAX}")
    if bits != low_bits(count, CHANGE_BITS):
        raise RemoteProtocolError("WIRE_MALFORMED", "a delta in another form than its own")
    changes = decode_rising(packed[DELTA_HEADER.size :], count, bits)
    prefixes = {change >> 1 for change in changes}
    if len(prefixes) < count or (changes and changes[-1] >> CHANGE_BITS):
        raise RemoteProtocolError("WIRE_MALFORMED", "a delta with a token twice, or one that is none")
    return Delta(snapshot, changes)
