"""Entries <-> columns: the same field of many entries stands together, where it compresses best (batch format 2).

Entries hardly differ but in a few fields. Those of one kind, version and outline share a *shape*: their bodies are
taken apart level by level, and what is the same in all of them, or no array in one, becomes a column. What the span of
the batch says is left out, as is the id of a tap where an entry refers to one of the same batch; its time is then a lag
behind that entry. An entry that does not fit travels as its bytes. The canonical bytes are made again exactly: the
centre sees by the chain that they are. ``sync/column_reading.py`` is the other end.

Layouts of columns with a form for each are an old art: Abadi, Madden, Ferreira, "Integrating Compression and Execution
in Column-Oriented Database Systems", 2006.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import BatchSpan
from edge.domain.frozen import frozen
from sync.column_forms import stored
from sync.wire import ENTRY_BYTES_MAX, ENTRY_FORMAT, pack, unpack

Key = tuple[int, int, tuple[object, ...]]
"""Kind, body version, and the lengths of the arrays in a body, two levels deep: such bodies are taken apart alike."""

DEPTH_MAX: Final = 24
ENTRY_FIELDS: Final = 12
TAP_ID_BYTES_MAX: Final = 64
WHOLE: Final = {int}
AS_BYTES: Final = 0
"""Place in the order of an entry that travels as its bytes; shapes are counted from 1 on."""


@frozen
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
    if depth < DEPTH_MAX and values.count(values[0]) < len(values) and set(map(type, values)) == {list}:
        arrays = cast("Sequence[list[object]]", values)
        if arrays[0] and len(set(map(len, arrays))) == 1:
            return [_apart(part, columns, depth + 1) for part in zip(*arrays, strict=True)]
    columns.append(values)
    return None


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
    kinds = set(map(type, (form, kind, version, epoch, number, time_ms, quality, edition, ref_seq)))
    sound = kinds == WHOLE and is_tap_id(tap_id) and isinstance(body, list)
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


def is_tap_id(tap_id: object) -> bool:
    """Say whether a value can be a tap's id."""
    return type(tap_id) is bytes and len(tap_id) <= TAP_ID_BYTES_MAX
