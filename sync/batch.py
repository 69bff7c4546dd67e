"""A batch: consecutive entries of one epoch, their signed head, and the hash that an ack must name.

Envelope (msgpack array, then gzip on the wire): ``[fmt, span, head signature, entries, device]``. In fmt 1 ``entries``
is an array of the canonical entry bytes as they are, in fmt 2 they stand in columns (``sync/columns.py``) and what is
random in them follows as a sixth part. ``device`` is a map of health figures that nobody signs and nobody trusts.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import Final

from edge.crypto.signing import PublicKey, verify
from edge.domain.entry import chain
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import ACK_PURPOSE, HEAD_PURPOSE, Ack, BatchSpan, SliceHead
from edge.domain.frozen import frozen
from sync.wire import MESSAGE_BYTES_MAX, from_plain, pack, statement, to_plain, unpack

BATCH_FORMAT: Final = 1
COLUMNS_FORMAT: Final = 2
COLUMNS_ENTRIES_MIN: Final = 16
"""Fewer entries take less room as they are."""
BATCH_ENTRIES_MAX: Final = 500
BATCH_BYTES_MAX: Final = 64 * 1024
NUMBER_MAX: Final = 2**63
"""Epochs and entry numbers are below this: what a store can hold."""
SIGNATURE_FIELDS: Final = 2
GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


@frozen
class Batch:
    """A batch as it travels. ``signature`` is the terminal's over the head at ``span.last_seq``."""

    span: BatchSpan
    signature: bytes
    entries: tuple[bytes, ...]
    device: Mapping[str, object]


def head_of(span: BatchSpan) -> SliceHead:
    """Return the head statement that covers a span."""
    return SliceHead(span.terminal, span.epoch, span.last_seq, span.head_hash)


def batch_hash(span: BatchSpan) -> bytes:
    """Return the hash that names the batch: SHA-256 of the span's canonical bytes."""
    return hashlib.sha256(pack(to_plain(span))).digest()


def encode_batch(batch: Batch) -> bytes:
    """Return the envelope's bytes, uncompressed."""
    return pack([BATCH_FORMAT, to_plain(batch.span), batch.signature, list(batch.entries), dict(batch.device)])


def packed_batch(batch: Batch, *, in_columns: bool = False) -> bytes:
    """Return the envelope as it travels: one gzip member; ``in_columns`` where the centre is known to read them.

    Whether columns give back the very bytes, the centre finds out by the chain: what it refuses goes as it is.
    """
    if in_columns and len(batch.entries) >= COLUMNS_ENTRIES_MIN:
        from sync.columns import to_columns  # noqa: PLC0415 - a terminal packs no batch, it checks their acks

        columns, noise = to_columns(batch.span, batch.entries)
        parts = [COLUMNS_FORMAT, to_plain(batch.span), batch.signature, columns, dict(batch.device), noise]
        whole, random_bytes = pack(parts), len(noise)
    else:
        whole, random_bytes = encode_batch(batch), 0
    deflater = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, GZIP_WINDOW)
    even = deflater.compress(whole[: len(whole) - random_bytes])
    seam = deflater.flush(zlib.Z_SYNC_FLUSH) if random_bytes else b""  # each side has statistics of its own
    return even + seam + deflater.compress(whole[len(whole) - random_bytes :]) + deflater.flush()


def decode_batch(packed: bytes, *, limit: int = MESSAGE_BYTES_MAX) -> Batch:
    """Return the batch in an envelope.

    Raises ``WIRE_MALFORMED``, ``WIRE_VERSION`` or ``WIRE_TOO_LARGE``. Neither chain nor signature is checked here, nor
    any entry: one that is too large is set aside by whoever reads it, so that it blocks nothing behind it.
    """
    match unpack(packed, limit=limit):
        case [form, *_] if form not in (BATCH_FORMAT, COLUMNS_FORMAT):
            raise RemoteProtocolError("WIRE_VERSION", f"batch format {form}")
        case [1, span_plain, bytes() as signature, entries, dict() as device]:
            span = _span(span_plain)
        case [2, span_plain, bytes() as signature, columns, dict() as device, bytes() as noise]:
            from sync.column_reading import from_columns  # noqa: PLC0415 - as above

            span = _span(span_plain)
            entries = from_columns(span, span.last_seq - span.first_seq + 1, columns, noise)
        case _:
            raise RemoteProtocolError("WIRE_MALFORMED", "not a batch envelope")
    if not isinstance(entries, list) or not all(isinstance(entry, bytes) for entry in entries):
        raise RemoteProtocolError("WIRE_MALFORMED", "a part of the envelope has the wrong type")
    if len(entries) != span.last_seq - span.first_seq + 1:
        raise RemoteProtocolError("WIRE_MALFORMED", "the number of entries does not fit the span")
    return Batch(span, signature, tuple(entries), device)


def _span(plain: object) -> BatchSpan:
    """Return a span whose numbers are numbers of entries, and no more than a batch may have."""
    span = from_plain(BatchSpan, plain)
    if not (0 <= span.epoch < NUMBER_MAX and 1 <= span.first_seq <= span.last_seq < NUMBER_MAX):
        raise RemoteProtocolError("WIRE_MALFORMED", "an epoch or entry number of the span is none")
    count = span.last_seq - span.first_seq + 1
    if count > BATCH_ENTRIES_MAX:
        raise RemoteProtocolError("WIRE_TOO_LARGE", f"{count} entries, limit {BATCH_ENTRIES_MAX}")
    return span


def check_batch(batch: Batch, terminal_key: bytes) -> list[bytes]:
    """Check chain and signature; returns the chain hash after each entry.

    Raises ``CHAIN_BROKEN`` or ``SIGNATURE_WRONG``.
    """
    hashes = chain_hashes(batch.span.previous_hash, batch.entries)
    if hashes[-1] != batch.span.head_hash:
        raise RemoteProtocolError("CHAIN_BROKEN", "the entries do not end in the stated head")
    verify(terminal_key, batch.signature, statement(HEAD_PURPOSE, head_of(batch.span)))
    return hashes


def chain_hashes(previous: bytes, entries: Sequence[bytes]) -> list[bytes]:
    """Return the chain hash after each entry."""
    hashes: list[bytes] = []
    for entry in entries:
        previous = chain(previous, entry)
        hashes.append(previous)
    return hashes


def encode_ack(ack: Ack, signature: bytes) -> bytes:
    """Return the bytes of a signed ack."""
    return pack([to_plain(ack), signature])


def open_ack(packed: bytes, centre_key: PublicKey) -> Ack:
    """Return the ack in ``packed`` once its signature fits the pinned key.

    Raises ``WIRE_MALFORMED`` or ``SIGNATURE_WRONG``. Whether it names our batch is the caller's check.
    """
    plain = unpack(packed, limit=64 * 1024)
    if not isinstance(plain, list) or len(plain) != SIGNATURE_FIELDS or not isinstance(plain[1], bytes):
        raise RemoteProtocolError("WIRE_MALFORMED", "not a signed ack")
    ack = from_plain(Ack, plain[0])
    verify(centre_key, plain[1], statement(ACK_PURPOSE, ack))
    return ack
