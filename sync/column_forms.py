"""One column <-> the smallest of a few forms of it; a stored column is a plain array that begins with its form.

Whole numbers are stored as what they exceed the least of them by, or as the steps from one to the next; all lowest
bytes first, then all second bytes, and so on, for the high ones hardly differ. Random bytes are not stored in the
column but appended to the ``noise`` of all: compressed beside numbers they would spoil the statistics of both.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Final

from edge.domain.errors import RemoteProtocolError
from sync.wire import pack

CHOICES_MAX: Final = 256
WIDTH_MAX: Final = 9
"""Bytes of a difference of two 64-bit numbers, its sign folded in."""
DIGITS_MAX: Final = 18
FAST: Final = 1


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
    """Return a column in the form that compresses best; random bytes go to ``noise``."""
    if values and all(value == values[0] and type(value) is type(values[0]) for value in values):
        return [Form.SAME.value, values[0]]
    sizes = {len(value) if type(value) is bytes else 0 for value in values}
    if len(sizes) == 1 and 0 not in sizes and 2 * len(set(values)) > len(values):
        noise += b"".join(values)  # type: ignore[arg-type]  # each is bytes: its size is not 0
        return [Form.NOISE.value, sizes.pop()]
    return min(_forms(values), key=lambda form: len(zlib.compress(pack(form), FAST)))


def _forms(values: Sequence[object]) -> list[list[object]]:
    """Return the forms that a column can have, without those that another is never larger than."""
    forms: list[list[object]] = []
    numbers = [value for value in values if type(value) is int]
    if values and len(numbers) == len(values):
        forms = [_over_least(numbers), _steps(numbers)]
    elif values and (digits := _digits(values)) is not None:
        size, numbers = digits
        forms = [[Form.DIGITS.value, size, form] for form in (_over_least(numbers), _steps(numbers))]
    else:
        forms = [[Form.VALUES.value, list(values)]]
    places: dict[object, int] = {}
    indices = [places.setdefault(_name(value), len(places)) for value in values]
    if len(places) <= min(CHOICES_MAX, len(values) // 2):
        distinct = [values[indices.index(place)] for place in range(len(places))]
        forms.append([Form.CHOICES.value, distinct, bytes(indices)])
    return forms


def _name(value: object) -> object:
    """Return what two values share only where they are packed alike."""
    return pack(value) if isinstance(value, list | dict | float) else (type(value), value)


def _digits(values: Sequence[object]) -> tuple[int, list[int]] | None:
    """Return the size of texts that are all digits of one size, and their numbers."""
    texts = [value for value in values if isinstance(value, str) and value.isascii() and value.isdecimal()]
    sizes = {len(text) for text in texts}
    if len(texts) != len(values) or len(sizes) != 1 or max(sizes) > DIGITS_MAX:
        return None
    return sizes.pop(), [int(text) for text in texts]


def _over_least(numbers: Sequence[int]) -> list[object]:
    least = min(numbers)
    return [Form.NUMBERS.value, least, *_planes([number - least for number in numbers])]


def _steps(numbers: Sequence[int]) -> list[object]:
    steps = [after - before for before, after in pairwise(numbers)]
    folded = [2 * step if step >= 0 else -2 * step - 1 for step in steps]
    return [Form.STEPS.value, numbers[0], *_planes(folded)]


def _planes(numbers: Sequence[int]) -> tuple[int, bytes]:
    """Return the width of numbers in bytes, and all lowest bytes, then all second ones, and so on."""
    width = (max(numbers, default=0).bit_length() + 7) // 8
    joined = b"".join([number.to_bytes(width, "little") for number in numbers])
    return width, b"".join([joined[place::width] for place in range(width)])


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
