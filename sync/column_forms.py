"""One column <-> the smallest of a few forms of it; a stored column is a plain array that begins with its form.

Whole numbers are stored as what they exceed the least of them by, or as the steps from one to the next; all lowest
bytes first, then all second bytes, and so on, for the high ones hardly differ. Random bytes are not stored in the
column but appended to the ``noise`` of all: compressed beside numbers they would spoil the statistics of both.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum
from itertools import count
from operator import sub
from typing import Final, cast

from edge.domain.errors import RemoteProtocolError
from sync.wire import pack

CHOICES_MAX: Final = 256
WIDTH_MAX: Final = 9
"""Bytes of a difference of two 64-bit numbers, its sign folded in."""
WORD_BYTES: Final = 8
DIGITS_MAX: Final = 18
PLAIN: Final[frozenset[type]] = frozenset({int, str, bytes, bool, type(None)})
"""Kinds of which two equal values are packed alike; 0.0 and -0.0 are not, nor are lists of a number and a truth."""


class Form(IntEnum):
    """How a column is stored; the numbers are on the wire for ever."""

    SAME = 0
    VALUES = 1
    NUMBERS = 2
    STEPS = 3
    CHOICES = 4
    DIGITS = 5
    NOISE = 6


class Noise:
    """The random bytes of a batch, read column by column."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def is_read(self) -> bool:
        """Say whether nothing is left."""
        return self._at == len(self._content)

    def take(self, size: int, count: int) -> list[bytes]:
        """Return the next ``count`` values of ``size`` bytes; raises ``WIRE_MALFORMED`` where there are fewer."""
        start, end = self._at, self._at + size * count
        if size < 1 or end > len(self._content):
            raise malformed("there is less noise than the columns take")
        self._at = end
        return [self._content[at : at + size] for at in range(start, end, size)]


def malformed(problem: str) -> RemoteProtocolError:
    """Return the error for columns that nobody encoded."""
    return RemoteProtocolError("WIRE_MALFORMED", f"columns: {problem}")


def stored(values: Sequence[object], noise: bytearray) -> list[object]:
    """Return a column in the form that most likely compresses best; random bytes go to ``noise``."""
    kinds = set(map(type, values))
    is_plain = len(kinds) == 1 and kinds <= PLAIN
    if len(kinds) == 1 and _is_one(values, is_plain=is_plain):
        return [Form.SAME.value, values[0]]
    names = values if is_plain else [pack(value) for value in values]
    distinct = len(set(names))
    if kinds == {bytes} and 2 * distinct > len(values):
        texts = cast("Sequence[bytes]", values)
        if len(sizes := set(map(len, texts))) == 1 and 0 not in sizes:
            noise += b"".join(texts)
            return [Form.NOISE.value, sizes.pop()]
    form, width = _form(values, kinds, distinct)
    return _choices(values, names) if width > 1 and distinct <= min(CHOICES_MAX, len(values) // 2) else form


def _is_one(values: Sequence[object], *, is_plain: bool) -> bool:
    """Say whether values of one kind are all packed alike."""
    if values.count(values[0]) < len(values):
        return False
    return is_plain or pack(list(values)) == pack([values[0]] * len(values))


def _choices(values: Sequence[object], names: Sequence[object]) -> list[object]:
    """Return a column of few values as places among them; values of one name are packed alike."""
    distinct = dict(zip(reversed(names), reversed(values), strict=True))
    places = dict(zip(distinct, count()))
    return [Form.CHOICES.value, list(distinct.values()), bytes(map(places.__getitem__, names))]


def _form(values: Sequence[object], kinds: set[type], distinct: int) -> tuple[list[object], int]:
    """Return the form that a column has beside choices, and how many bytes it takes for each value, or more."""
    if kinds == {int}:
        return _whole_numbers(cast("Sequence[int]", values), distinct)
    if kinds == {str} and (digits := _digits(cast("Sequence[str]", values))) is not None:
        size, numbers = digits
        form, width = _whole_numbers(numbers, distinct)
        return [Form.DIGITS.value, size, form], width
    return [Form.VALUES.value, list(values)], WORD_BYTES


def _whole_numbers(numbers: Sequence[int], distinct: int) -> tuple[list[object], int]:
    """Return numbers, or the steps between them where those are fewer different ones, or as many and smaller."""
    least, steps = min(numbers), list(map(sub, numbers[1:], numbers))
    kinds = len(set(steps))
    if kinds < distinct - 1 or (kinds >= distinct - 1 and 2 * max(map(abs, steps)) < max(numbers) - least):
        form, first = Form.STEPS, numbers[0]
        width, planes = _planes([2 * step if step >= 0 else -2 * step - 1 for step in steps])
    else:
        form, first = Form.NUMBERS, least
        width, planes = _planes([number - least for number in numbers])
    return [form.value, first, width, planes], width


def _digits(texts: Sequence[str]) -> tuple[int, list[int]] | None:
    """Return the size of texts that are all digits of one size, and their numbers."""
    sizes, joined = set(map(len, texts)), "".join(texts)
    if len(sizes) != 1 or not 0 < max(sizes) <= DIGITS_MAX or not (joined.isascii() and joined.isdecimal()):
        return None
    return sizes.pop(), list(map(int, texts))


def _planes(numbers: Sequence[int]) -> tuple[int, bytes]:
    """Return the width of numbers in bytes, and all lowest bytes, then all second ones, and so on."""
    width = (max(numbers, default=0).bit_length() + 7) // 8
    if width <= 1:
        return width, bytes(numbers) if width else b""
    if width <= WORD_BYTES:
        joined, step = struct.pack(f"<{len(numbers)}Q", *numbers), WORD_BYTES
    else:
        joined, step = b"".join([number.to_bytes(width, "little") for number in numbers]), width
    return width, b"".join([joined[place::step] for place in range(width)])


def values_of(column: object, count: int, noise: Noise) -> Sequence[object]:
    """Return the values of a stored column; raises ``WIRE_MALFORMED``."""
    match column:
        case [Form.SAME, value]:
            return [value] * count
        case [Form.VALUES, list() as values] if len(values) == count:
            return values
        case [Form.CHOICES, list() as distinct, bytes() as indices] if len(indices) == count:
            if max(indices, default=-1) >= len(distinct):
                raise malformed("a choice is none")
            return [distinct[index] for index in indices]
        case [Form.DIGITS, int() as size, numbers] if 0 < size <= DIGITS_MAX:
            return [_text(number, size) for number in _numbers(numbers, count)]
        case [Form.NOISE, int() as size]:
            return noise.take(size, count)
    return _numbers(column, count)


def is_same(column: object) -> bool:
    """Say whether a stored column has the same value everywhere."""
    return isinstance(column, list) and bool(column) and column[0] == Form.SAME


def _numbers(column: object, count: int) -> list[int]:
    match column:
        case [Form.NUMBERS, int() as least, int() as width, bytes() as planes]:
            return [least + number for number in _from_planes(planes, width, count)]
        case [Form.STEPS, int() as first, int() as width, bytes() as planes] if count:
            numbers = [first]
            for folded in _from_planes(planes, width, count - 1):
                numbers.append(numbers[-1] + (folded >> 1 ^ -(folded & 1)))
            return numbers
    raise malformed("a column is of no form")


def _from_planes(planes: bytes, width: int, count: int) -> list[int]:
    if not 0 <= width <= WIDTH_MAX or len(planes) != width * count:
        raise malformed("numbers are too wide, or not as many as entries")
    return [int.from_bytes(planes[place::count], "little") for place in range(count)]


def _text(number: int, size: int) -> str:
    text = f"{number:0{size}}"
    if number < 0 or len(text) != size:
        raise malformed("digits do not fit")
    return text
