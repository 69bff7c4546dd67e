"""Deny lists at the centre: tokens -> the parts that terminals map, a delta where the snapshot they hold still serves.

Ten million tokens take a while: the work pauses now and then, so that the centre goes on answering meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from array import array
from bisect import bisect_left
from dataclasses import replace
from typing import Final

from edge.domain.exchange import ListManifest, Part
from edge.domain.frozen import frozen
from edge.domain.tap import TOKEN_BYTES
from sync.artifact import list_body
from sync.central.artifacts import Publication
from sync.deny_form import (
    DELTA_ENTRIES_MAX,
    EXACT,
    FORM,
    OVERLAY,
    PREFIX_BYTES,
    PROBE,
    Delta,
    delta_between,
    exact_of,
    numbers_of,
    overlay_of,
    pack_delta,
    probe_of,
)

INLINE_BYTES_MAX: Final = 64 * 1024
"""A shorter list lies in its artifact, as whole tokens."""

SHELVES: Final = 256
BREATH: Final = 1 << 14
"""Tokens between two pauses."""

DELTA_SHARE: Final = 4
"""A delta of more than a quarter of its snapshot is not worth being one."""


@frozen
class HeldSnapshot:
    """What terminals hold already: the parts of a snapshot, and the content of ``exact`` among them."""

    parts: tuple[Part, ...]
    exact: bytes


async def deny_publication(tokens: Publication, held: HeldSnapshot | None) -> Publication:
    """Return what is published for the tokens in a body (16 bytes each): inline, as a delta, or as a new snapshot."""
    if len(tokens.body) <= INLINE_BYTES_MAX:
        whole = {tokens.body[at : at + TOKEN_BYTES] for at in range(0, len(tokens.body), TOKEN_BYTES)}
        return replace(tokens, body=b"".join(sorted(whole)))
    numbers = await rising_prefixes(tokens.body)
    delta = None if held is None else await _difference(held, numbers)
    return _snapshot(tokens, numbers) if delta is None or held is None else _over(tokens, held, delta, len(numbers))


async def rising_prefixes(tokens: bytes) -> array[int]:
    """Return the different prefixes of tokens in any order, rising."""
    numbers = array("Q", tokens)[0 :: TOKEN_BYTES // PREFIX_BYTES]
    if sys.byteorder == "little":
        numbers.byteswap()
    shelves = [array("Q") for _ in range(SHELVES)]
    for at in range(0, len(numbers), BREATH):
        for number in numbers[at : at + BREATH]:
            shelves[number >> 56].append(number)
        await asyncio.sleep(0)
    rising = array("Q")
    for place in range(SHELVES):
        rising.extend(sorted(set(shelves[place])))
        shelves[place] = array("Q")
        await asyncio.sleep(0)
    return rising


async def _difference(held: HeldSnapshot, numbers: array[int]) -> Delta | None:
    """Return how the list differs from what is held, None where that is too much for a delta."""
    before = numbers_of(held.exact)
    added: list[int] = []
    removed: list[int] = []
    for shelf in range(SHELVES):
        old, new = (set(_shelf(one, shelf)) for one in (before, numbers))
        added += new - old
        removed += old - new
        if len(added) + len(removed) > min(DELTA_ENTRIES_MAX, len(before) // DELTA_SHARE):
            return None
        await asyncio.sleep(0)
    return delta_between(_hash(held.exact), added, removed)


def _shelf(numbers: array[int], shelf: int) -> array[int]:
    first, last = (bisect_left(numbers, bound << 56) for bound in (shelf, shelf + 1))
    return numbers[first:last]


def _snapshot(tokens: Publication, numbers: array[int]) -> Publication:
    exact = exact_of(numbers)
    probe = probe_of(exact, _hash(exact))
    parts = tuple(Part(role, _hash(file), len(file)) for role, file in ((PROBE, probe), (EXACT, exact)))
    return replace(tokens, body=list_body(ListManifest(FORM, b"", len(numbers), parts)), files=(probe, exact))


def _over(tokens: Publication, held: HeldSnapshot, delta: Delta, entries: int) -> Publication:
    overlay, packed = overlay_of(delta), pack_delta(delta)
    part = Part(OVERLAY, _hash(overlay), len(overlay), _hash(packed), len(packed))
    manifest = ListManifest(FORM, delta.snapshot, entries, (*held.parts, part))
    return replace(tokens, body=list_body(manifest), files=(packed,))


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
