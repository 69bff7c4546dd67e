"""Entries <-> columns: the same field of many entries stands together, where it compresses best (batch format 2).

Entries hardly differ but in a few fields. Those of one kind, version and outline share a *shape*: their bodies are
taken apart level by level, and what is the same in all of them, or no array in one, becomes a column. What the span of
the batch says is left out, as is the id of a tap where an entry refers to one of the same batch; its time is then a lag
behind that entry. An entry that does not fit travels as its bytes. The canonical bytes are made again exactly: who
encodes looks that they are.

Layouts of columns with a form for each are an old art: Abadi, Madden, Ferreira, "Integrating Compression and Execution
in Column-Oriented Database Systems", 2006.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import BatchSpan
from sync.column_forms import Noise, is_same, malformed, stored, values_of
from sync.wire import ENTRY_BYTES_MAX, ENTRY_FORMAT, MESSAGE_BYTES_MAX, array_head, pack, unpack

Nesting = tuple["Nesting", ...] | None
"""How bodies are taken apart: an array into its parts, None into a column of whatever stands there."""
Shape = tuple[int, int, Nesting]
"""Kind, body version and nesting."""
Key = tuple[int, int, tuple[object, ...]]
"""Kind, body version, and the lengths of the arrays in a body, two levels deep: such bodies are taken apart alike."""

DEPTH_MAX: Final = 24
ENTRY_FIELDS: Final = 12
HEADS: Final = 6
TAP_ID_BYTES_MAX: Final = 64
CELLS_MAX: Final = 200_000
"""Leaves of all entries: some take fewer bytes in columns than work."""

AS_BYTES: Final = 0
"""Place in the order of an entry that travels as its bytes; shapes are counted from 1 on."""


@dataclass(frozen=True, slots=True)
class Row:
    """What an entry is made of. ``inherits``: it refers to one of the batch, whose tap id it has."""

    key: Key
    time_ms: int
    quality: int
    edition: int
    tap_id: bytes
    ref_seq: int
    body: list[object]
    inherits: bool


def to_columns(span: BatchSpan, entries: Sequence[bytes]) -> tuple[object, bytes]:
    """Return the columns of entries, and the noise that belongs to them."""
    rows = rows_of(span, entries)
    groups = grouped(rows)
    places = {key: place for place, key in enumerate(groups, 1)}
    noise = bytearray()
    order = stored([AS_BYTES if row is None else places[row.key] for row in rows], noise)
    heads = [stored(column, noise) for column in heads_of(span, rows)]
    shapes, bodies = [], []
    for (kind, version, _), alike in groups.items():
        nesting, columns = taken_apart(alike)
        shapes.append([kind, version, nesting])
        bodies.append([stored(column, noise) for column in columns])
    whole = [raw for raw, row in zip(entries, rows, strict=True) if row is None]
    return [shapes, order, heads, bodies, whole], bytes(noise)


def grouped(rows: Sequence[Row | None]) -> dict[Key, list[list[object]]]:
    """Return the bodies that are taken apart alike, in order."""
    groups: dict[Key, list[list[object]]] = {}
    for row in rows:
        if row is not None:
            groups.setdefault(row.key, []).append(row.body)
    return groups


def taken_apart(bodies: Sequence[list[object]]) -> tuple[list[object], list[Sequence[object]]]:
    """Return how bodies of one key nest, and a column for each leaf."""
    columns: list[Sequence[object]] = []
    return [_apart(part, columns, 1) for part in zip(*bodies, strict=True)], columns


def _apart(values: Sequence[object], columns: list[Sequence[object]], depth: int) -> object:
    """Take one place in all bodies apart: into its parts, or into one column (None)."""
    lengths = {len(value) if type(value) is list else 0 for value in values}
    if values.count(values[0]) == len(values) or len(lengths) > 1 or 0 in lengths or depth >= DEPTH_MAX:
        columns.append(values)
        return None
    return [_apart(part, columns, depth + 1) for part in zip(*values, strict=True)]


def rows_of(span: BatchSpan, entries: Sequence[bytes]) -> list[Row | None]:
    """Take entries apart; None for those that travel as their bytes."""
    rows: list[Row | None] = []
    for raw in entries:
        rows.append(_row(raw, span, rows))
    return rows


def heads_of(span: BatchSpan, rows: Sequence[Row | None]) -> list[list[object]]:
    """Return the columns of what every entry has beside its body."""
    apart = [(span.first_seq + index, row) for index, row in enumerate(rows) if row is not None]
    named = [row.inherits and rows[row.ref_seq - span.first_seq] for _, row in apart]
    return [
        [row.quality for _, row in apart],
        [row.edition for _, row in apart],
        [seq - row.ref_seq if row.ref_seq else 0 for seq, row in apart],
        [row.time_ms for _, row in apart if not row.inherits],
        [row.time_ms - other.time_ms for (_, row), other in zip(apart, named, strict=True) if other],
        [row.tap_id for _, row in apart if not row.inherits],
    ]


def _row(raw: bytes, span: BatchSpan, before: Sequence[Row | None]) -> Row | None:
    """Take one entry apart; None where its bytes are not what would be made of the parts."""
    seq = span.first_seq + len(before)
    try:
        plain = unpack(raw, limit=ENTRY_BYTES_MAX)
    except RemoteProtocolError:
        return None
    if not isinstance(plain, list) or len(plain) != ENTRY_FIELDS or pack(plain) != raw:
        return None
    form, kind, version, terminal, epoch, number, time_ms, quality, edition, tap_id, ref_seq, body = plain
    numbers = (form, kind, version, epoch, number, time_ms, quality, edition, ref_seq)
    sound = all(type(part) is int for part in numbers) and _is_tap_id(tap_id) and isinstance(body, list)
    if not sound or (form, terminal, epoch, number) != (ENTRY_FORMAT, span.terminal, span.epoch, seq) or ref_seq == seq:
        return None
    named = before[ref_seq - span.first_seq] if span.first_seq <= ref_seq < seq else None
    if named is not None and named.tap_id != tap_id:
        return None
    return Row((kind, version, _outline(body)), time_ms, quality, edition, tap_id, ref_seq, body, named is not None)


def _outline(body: Sequence[object]) -> tuple[object, ...]:
    """Return the lengths of the arrays in a body, and of those in them."""
    return tuple(
        [
            tuple([len(inner) if type(inner) is list else -1 for inner in part]) if type(part) is list else None
            for part in body
        ]
    )


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
        if type(quality) is not int or type(edition) is not int or not _is_tap_id(tap_id):
            raise malformed("a head has the wrong type")
        seen[index] = time_ms, tap_id
        seq = span.first_seq + index
        parts = (seq, time_ms, quality, edition, tap_id, seq - far if far else 0)
        made.append(starts[places[index] - 1] + b"".join([pack(part) for part in parts]))
    return iter(made)


def _is_tap_id(tap_id: object) -> bool:
    return type(tap_id) is bytes and len(tap_id) <= TAP_ID_BYTES_MAX


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
