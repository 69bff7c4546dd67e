"""Values <-> bytes: the only door to msgpack. Low layer, shared by the terminal, the sync process and the centre.

A value type becomes a msgpack array of its fields in order; nested types nest. Decoding is strict: exact types, exact
length, bounded sizes, no extension types. Canonical: one value has one byte form, so hashes can be recomputed.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar, cast

import msgpack

from edge.domain.entry import BODIES, Body, Entry, Kind
from edge.domain.errors import RemoteProtocolError
from edge.domain.tap import TimeQuality
from sync.shapes import ShapeError, builder, to_plain

__all__ = [
    "array_head",
    "decode",
    "decode_entry",
    "encode",
    "encode_entry",
    "from_plain",
    "pack",
    "statement",
    "to_plain",
    "unpack",
]

T = TypeVar("T")

ENTRY_FORMAT: Final = 1
ENTRY_BYTES_MAX: Final = 8 * 1024
MESSAGE_BYTES_MAX: Final = 1024 * 1024
PACKER: Final = msgpack.Packer(use_bin_type=True)
"""One for all: making one takes longer than most values. Each call begins anew, also after one that raised."""


def pack(value: object) -> bytes:
    """Return the canonical bytes of plain lists, maps, ints, bytes, text, booleans and None."""
    return cast("bytes", PACKER.pack(value))


def array_head(count: int) -> bytes:
    """Return the bytes before ``count`` values that make one array of them."""
    return cast("bytes", msgpack.Packer().pack_array_header(count))


def unpack(packed: bytes, *, limit: int = MESSAGE_BYTES_MAX) -> Any:  # noqa: ANN401 - checked by the caller's type
    """Return the plain value in ``packed``.

    Raises ``WIRE_TOO_LARGE`` above ``limit`` bytes and ``WIRE_MALFORMED`` for anything but one well-formed value.
    """
    if len(packed) > limit:
        raise RemoteProtocolError("WIRE_TOO_LARGE", f"{len(packed)} bytes, limit {limit}")
    try:
        return msgpack.unpackb(
            packed,
            raw=False,
            strict_map_key=False,
            max_str_len=limit,
            max_bin_len=limit,
            max_array_len=limit,
            max_map_len=limit,
            max_ext_len=0,
        )
    except (ValueError, TypeError, msgpack.exceptions.UnpackException, RecursionError) as error:
        raise RemoteProtocolError("WIRE_MALFORMED", f"not msgpack: {type(error).__name__}") from error


def from_plain(wanted: type[T], plain: object, *, older: bool = False) -> T:
    """Rebuild a value of type ``wanted``; raises ``WIRE_MALFORMED`` where shape or type differ.

    ``older``: what an older release wrote may lack the fields appended since.
    """
    return cast("T", _build(wanted, plain, wanted.__name__, older=older))


def _build(wanted: Any, plain: object, where: str, *, older: bool = False) -> object:  # noqa: ANN401 - a type expression
    try:
        return builder(wanted, older=older)(plain)
    except ShapeError as error:
        raise _bad(where, str(error)) from error


def _bad(where: str, problem: str) -> RemoteProtocolError:
    return RemoteProtocolError("WIRE_MALFORMED", f"{where}: {problem}")


def encode(value: object) -> bytes:
    """Return the canonical bytes of a value type."""
    return pack(to_plain(value))


def decode(wanted: type[T], packed: bytes, *, limit: int = MESSAGE_BYTES_MAX, older: bool = False) -> T:
    """Return the value of type ``wanted`` in ``packed``; see :func:`unpack` and :func:`from_plain` for errors."""
    return from_plain(wanted, unpack(packed, limit=limit), older=older)


def statement(purpose: str, value: object) -> bytes:
    """Return the bytes that are signed for ``value``: its purpose, then the value itself."""
    return pack([purpose, to_plain(value)])


def encode_entry(entry: Entry) -> bytes:
    """Return the canonical bytes of an entry: ``[format, kind, body version, terminal, epoch, seq, ..., body]``."""
    packed = pack(
        [
            ENTRY_FORMAT,
            entry.kind.value,
            entry.body.VERSION,
            entry.terminal,
            entry.epoch,
            entry.seq,
            entry.time_ms,
            entry.quality.value,
            entry.edition,
            entry.tap_id,
            entry.ref_seq,
            to_plain(entry.body),
        ]
    )
    if len(packed) > ENTRY_BYTES_MAX:
        raise RemoteProtocolError("WIRE_TOO_LARGE", f"entry of {len(packed)} bytes, limit {ENTRY_BYTES_MAX}")
    return packed


def decode_entry(packed: bytes) -> Entry:
    """Return the entry in ``packed``: exactly the bytes that :func:`encode_entry` gives for it.

    A body of an earlier version gets the defaults of the fields appended since; its bytes stay the evidence.
    Raises ``WIRE_VERSION``, ``WIRE_MALFORMED`` or ``WIRE_TOO_LARGE``.
    """
    plain = unpack(packed, limit=ENTRY_BYTES_MAX)
    if not isinstance(plain, list) or len(plain) != 12:  # noqa: PLR2004 - the fields named in encode_entry
        raise _bad("entry", "expected an array of 12 fields")
    form, kind_number, version, terminal, epoch, seq, time_ms, quality, edition, tap_id, ref_seq, body = plain
    if form != ENTRY_FORMAT:
        raise RemoteProtocolError("WIRE_VERSION", f"entry format {form}")
    kind = cast("Kind", _build(Kind, kind_number, "entry.kind"))
    body_type = BODIES[kind]
    if type(version) is not int or not 1 <= version <= body_type.VERSION:
        raise RemoteProtocolError("WIRE_VERSION", f"{kind.name} version {version}")
    older = version < body_type.VERSION
    numbers = (epoch, seq, time_ms, edition, ref_seq)
    if not isinstance(terminal, str) or not isinstance(tap_id, bytes) or any(type(n) is not int for n in numbers):
        raise _bad("entry", "a header field has the wrong type")
    entry = Entry(
        kind,
        terminal,
        epoch,
        seq,
        time_ms,
        cast("TimeQuality", _build(TimeQuality, quality, "entry.quality")),
        edition,
        tap_id,
        ref_seq,
        cast("Body", _build(body_type, body, body_type.__name__, older=older)),
    )
    if packed != (pack(plain) if older else encode_entry(entry)):
        raise _bad("entry", "not in its canonical form")
    return entry
