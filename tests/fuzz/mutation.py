"""Mutates sound inputs from a seed: what runs in CI, without a tool and the same every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final

NOTABLE: Final = (0x00, 0x01, 0x02, 0x7F, 0x80, 0x81, 0xC1, 0xDF, 0xFE, 0xFF)
CHANGES_MAX: Final = 5


def mutants(seeds: Sequence[bytes], count: int, bytes_max: int, chance: Random) -> Iterator[bytes]:
    """Yield the seeds, then ``count`` inputs made of them."""
    yield from seeds
    pool = [*seeds, b""]
    for _ in range(count):
        mutant = bytearray(chance.choice(pool))
        for _ in range(chance.randint(1, CHANGES_MAX)):
            chance.choice(CHANGES)(mutant, pool, chance)
        yield bytes(mutant[:bytes_max])


def _flip(mutant: bytearray, _pool: Sequence[bytes], chance: Random) -> None:
    if mutant:
        mutant[chance.randrange(len(mutant))] ^= 1 << chance.randrange(8)


def _set(mutant: bytearray, _pool: Sequence[bytes], chance: Random) -> None:
    if mutant:
        mutant[chance.randrange(len(mutant))] = chance.choice(NOTABLE)


def _insert(mutant: bytearray, _pool: Sequence[bytes], chance: Random) -> None:
    at = chance.randint(0, len(mutant))
    mutant[at:at] = chance.randbytes(chance.randint(1, 16))


def _remove(mutant: bytearray, _pool: Sequence[bytes], chance: Random) -> None:
    at = chance.randint(0, len(mutant))
    del mutant[at : at + chance.randint(1, 16)]


def _repeat(mutant: bytearray, _pool: Sequence[bytes], chance: Random) -> None:
    at = chance.randint(0, len(mutant))
    mutant[at:at] = mutant[at : at + chance.randint(1, 64)] * chance.randint(1, 8)


def _splice(mutant: bytearray, pool: Sequence[bytes], chance: Random) -> None:
    other = chance.choice(pool)
    at, start = chance.randint(0, len(mutant)), chance.randint(0, len(other))
    mutant[at:] = other[start:]


def _cut(mutant: bytearray, _pool: Sequence[bytes], chance: Random) -> None:
    del mutant[chance.randint(0, len(mutant)) :]


CHANGES: Final[Sequence[Callable[[bytearray, Sequence[bytes], Random], None]]] = (
    _flip,
    _set,
    _insert,
    _remove,
    _repeat,
    _splice,
    _cut,
)
