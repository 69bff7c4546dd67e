"""Columns -> entries: the centre's end of batch format 2, where every byte may be hostile.

Nothing is made before it is known to fit: rows are counted, cells and bytes have room or there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import BatchSpan
from sync.column_forms import Noise, is_same, malformed, values_of
from sync.columns import AS_BYTES, DEPTH_MAX, ENTRY_FIELDS, is_tap_id
from sync.wire import ENTRY_FORMAT, MESSAGE_BYTES_MAX, array_head, pack

Nesting = tuple["Nesting", ...] | None
"""How bodies were taken apart: an array into its parts, None into a column of whatever stands there."""
Shape = tuple[int, int, Nesting]
"""Kind, body version and nesting."""

HEADS: Final = 6
CELLS_MAX: Final = 200_000
"""Leaves of all entries: some take fewer bytes in columns than work."""


def from_columns(span: BatchSpan, count: int, columns: object, noise: bytes) -> list[bytes]:
    """Return the canonical bytes of ``count`` entries.

    Raises ``WIRE_MALFORMED``, or ``WIRE_TOO_LARGE`` where they would be more than a message may hold.
    """
    match columns:
        case [list() as listed, order, list() as heads, list() as bodies, list() as whole]:
            rest = Noise(noise)
        case _:
            raise malformed("not the five parts")
    shapes = [_shape(shape) for shape in listed]
    places = _places(values_of(order, count, rest), len(shapes))
    if places.count(AS_BYTES) != len(whole) or len(bodies) != len(shapes):
        raise malformed("shapes, bodies and order do not agree")
    try:
        starts = _starts(span, places, [_start(span, shape) for shape in shapes], heads, rest)
        ends = _ends(shapes, bodies, places, rest)
    except (OverflowError, TypeError) as error:
        raise malformed("a value is none that an entry has") from error
    raws = iter(whole)
    entries = [next(starts) + next(ends[place - 1]) if place else next(raws) for place in places]
    if not rest.is_read or not all(type(entry) is bytes for entry in entries):
        raise malformed("there is more noise than columns take, or an entry is no bytes")
    return entries


def _shape(listed: object) -> Shape:
    match listed:
        case [int() as kind, int() as version, list() as nesting]:
            return kind, version, _frozen(nesting, 0)
    raise malformed("a shape is none")


def _frozen(nesting: object, depth: int) -> Nesting:
    if nesting is None:
        return None
    if not isinstance(nesting, list) or depth > DEPTH_MAX:
        raise malformed("a shape nests too deep, or holds a value")
    return tuple([_frozen(part, depth + 1) for part in nesting])


def _places(order: Sequence[object], shapes: int) -> list[int]:
    places = [place for place in order if type(place) is int and 0 <= place <= shapes]
    if len(places) != len(order):
        raise malformed("the order names a shape that is none")
    return places


def _start(span: BatchSpan, shape: Shape) -> bytes:
    """Return what the entries of a shape begin with."""
    parts = (ENTRY_FORMAT, shape[0], shape[1], span.terminal, span.epoch)
    return array_head(ENTRY_FIELDS) + b"".join([pack(part) for part in parts])


def _starts(
    span: BatchSpan, places: Sequence[int], starts: Sequence[bytes], columns: Sequence[object], noise: Noise
) -> Iterator[bytes]:
    """Return what stands before the body of each entry that was taken apart, in order."""
    indices = [index for index, place in enumerate(places) if place]
    if len(columns) != HEADS:
        raise malformed("not the columns of heads")
    qualities, editions, distances = [values_of(column, len(indices), noise) for column in columns[:3]]
    back = [far if type(far) is int else -1 for far in distances]
    inherits = [0 < far <= index and places[index - far] > 0 for index, far in zip(indices, back, strict=True)]
    own, lagging = inherits.count(False), inherits.count(True)
    times = iter(values_of(columns[3], own, noise))
    lags = iter(values_of(columns[4], lagging, noise))
    taps = iter(values_of(columns[5], own, noise))
    seen: dict[int, tuple[int, object]] = {}
    made: list[bytes] = []
    for index, far, follows, quality, edition in zip(indices, back, inherits, qualities, editions, strict=True):
        if follows:
            time_ms, tap_id = seen[index - far]
            time_ms += _whole(next(lags))
        else:
            time_ms, tap_id = _whole(next(times)), next(taps)
        if type(quality) is not int or type(edition) is not int or not is_tap_id(tap_id):
            raise malformed("a head has the wrong type")
        seen[index] = time_ms, tap_id
        seq = span.first_seq + index
        parts = (seq, time_ms, quality, edition, tap_id, seq - far if far else 0)
        made.append(starts[places[index] - 1] + b"".join([pack(part) for part in parts]))
    return iter(made)


def _whole(number: object) -> int:
    if type(number) is not int:
        raise malformed("a time is no number")
    return number


def _ends(
    shapes: Sequence[Shape], bodies: Sequence[object], places: Sequence[int], noise: Noise
) -> list[Iterator[bytes]]:
    """Return the bodies of each shape's entries, in order."""
    counts = [places.count(place) for place in range(1, len(shapes) + 1)]
    leaves = [_leaves(nesting) for _, _, nesting in shapes]
    if sum(count * many for count, many in zip(counts, leaves, strict=True)) > CELLS_MAX:
        raise RemoteProtocolError("WIRE_TOO_LARGE", f"columns of more than {CELLS_MAX} values")
    room = MESSAGE_BYTES_MAX
    ends: list[Iterator[bytes]] = []
    for (_, _, nesting), body, count, many in zip(shapes, bodies, counts, leaves, strict=True):
        if not isinstance(body, list) or len(body) != many or not count:
            raise malformed("a body has not a column for each leaf")
        parts, size = _parts(nesting, iter(body), count, noise)
        room -= size
        if room < 0:
            raise RemoteProtocolError("WIRE_TOO_LARGE", f"columns of more than {MESSAGE_BYTES_MAX} bytes")
        ends.append(iter([b"".join(row) for row in zip(*parts, strict=True)]))
    return ends


def _leaves(nesting: Nesting) -> int:
    return 1 if nesting is None else sum(_leaves(part) for part in nesting)


def _parts(nesting: Nesting, body: Iterator[object], count: int, noise: Noise) -> tuple[list[Sequence[bytes]], int]:
    """Return what the bodies consist of, each part for all of them, and how many bytes that is in all."""
    parts: list[Sequence[bytes]] = []
    same, size = bytearray(), 0
    for part in _flat(nesting):
        if isinstance(part, bytes):
            same += part
            continue
        column = next(body)
        if is_same(column):
            same += pack(values_of(column, 1, noise)[0])
            continue
        cells = _cells(values_of(column, count, noise))
        parts += [[bytes(same)] * count, cells]
        size += len(same) * count + sum(map(len, cells))
        same.clear()
    return [*parts, [bytes(same)] * count], size + len(same) * count


def _flat(nesting: Nesting) -> Iterator[bytes | None]:
    """Yield the heads of arrays as bytes, and None for each leaf, in the order of the bytes."""
    if nesting is None:
        yield None
        return
    yield array_head(len(nesting))
    for part in nesting:
        yield from _flat(part)


def _cells(values: Sequence[object]) -> list[bytes]:
    """Return the values packed, the same value only once: a long one may be chosen often."""
    packed: dict[int, bytes] = {}
    for value in values:
        if id(value) not in packed:
            packed[id(value)] = pack(value)
    return [packed[id(value)] for value in values]
