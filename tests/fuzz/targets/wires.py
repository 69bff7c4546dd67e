"""What comes over the wire, on a stick or through a control socket."""

from __future__ import annotations

import gzip
from typing import Final

from edge.control.messages import decode_line, encode_line, to_bytes
from edge.crypto.signing import SigningKey
from edge.domain.debit import Verdict
from edge.domain.errors import PolicyError, RemoteProtocolError
from edge.domain.exchange import (
    ACK_PURPOSE,
    Ack,
    ArtifactHeader,
    Edition,
    Grant,
    ListManifest,
    Part,
    RejectedEntry,
)
from edge.domain.tariff.flat import flat_tree
from sync.artifact import list_body, open_artifact, read_list_body, seal_artifact
from sync.batch import batch_hash, check_batch, decode_batch, encode_ack, encode_batch, open_ack, packed_batch
from sync.deny_form import delta_between, overlay_of, pack_delta, unpack_delta
from sync.tariff_wire import decode_tariff
from sync.wire import decode, decode_entry, encode, encode_entry, pack, statement
from tests.fuzz.target import Cutter, Target, fields
from tests.sync.builders import PAID, TERMINAL_KEY, Ledger

KEY: Final = SigningKey(b"f" * 32)
HEADER: Final = ArtifactHeader("tariff", "flat", 1, 0, 0, 2_000_000_000_000, b"")
SHAPES: Final = (ArtifactHeader, Edition, Grant, Ack, ListManifest)


def feed_entry(taken: bytes) -> None:
    """Decode an entry; written again it is the same entry."""
    read = decode_entry(taken)
    assert decode_entry(encode_entry(read)) == read


def feed_batch(taken: bytes) -> None:
    """Decode a batch and check it as the centre does."""
    batch = decode_batch(taken)
    batch_hash(batch.span)
    encode_batch(batch)
    check_batch(batch, TERMINAL_KEY.public)


def feed_artifact(taken: bytes) -> None:
    """Open a file, and its body where it is a list or a tariff, without the signature in the way."""
    cut = Cutter(taken)
    body = cut.field()
    read_list_body(body)
    open_artifact(cut.rest, KEY.public, kind="tariff")


def feed_tariff(taken: bytes) -> None:
    """Build every bundle in a compiled tariff."""
    decode_tariff(taken)


def feed_shapes(taken: bytes) -> None:
    """Decode as each shape; what is taken is written again."""
    for shape in SHAPES:
        try:
            value = decode(shape, taken)
        except RemoteProtocolError:
            continue
        encode(value)


def feed_ack(taken: bytes) -> None:
    open_ack(taken, KEY.public)


def feed_delta(taken: bytes) -> None:
    """Unpack a delta of the deny list, and lay it over its snapshot."""
    overlay_of(unpack_delta(taken))


def feed_control(taken: bytes) -> None:
    """Decode a line; an object that fits a line goes out again."""
    message = decode_line(taken)
    to_bytes(message.get("entries", ""))
    encode_line(message)


def journal() -> Ledger:
    """Return a journal with an entry of most kinds."""
    ledger = Ledger()
    ledger.ride()
    ledger.voided(2)
    ledger.torn(3, Verdict.POSTED)
    ledger.add(PAID, tap=4)
    return ledger


JOURNAL: Final = journal()
BATCHES: Final = [gzip.decompress(packed_batch(JOURNAL.batch(), in_columns=form)) for form in (False, True)]
ACK: Final = Ack("bus-07", 1, 1, 2, bytes(32), 1, 2, 3, (RejectedEntry(2, "ENTRY_INVALID"),), 0, (("flat", 2),))
SEALED_ACK: Final = encode_ack(ACK, KEY.sign(statement(ACK_PURPOSE, ACK)))
MANIFEST: Final = list_body(ListManifest(1, b"", 3, (Part("tokens", bytes(32), 48),)))
CONTROL_LINES: Final = [
    b'{"verb":"entries","from":1,"max":50}\n',
    b'{"verb":"why","tap":"\\ud83d"}\n',
    b'{"verb":"ack","entries":"QUJD","x":[1e400,{"y":null}]}\n',
]
TARGETS: Final = (
    Target("entry", feed_entry, JOURNAL.raws, (RemoteProtocolError,), 2000),
    Target("batch", feed_batch, BATCHES, (RemoteProtocolError,), 4000),
    Target(
        "artifact",
        feed_artifact,
        [fields(MANIFEST) + seal_artifact(KEY, HEADER, b"body"), fields(b"") + seal_artifact(KEY, HEADER, b"")],
        (PolicyError,),
        2000,
    ),
    Target("tariff", feed_tariff, [pack([1, [flat_tree("flat", 100)]])], (PolicyError,), 4000),
    Target("shapes", feed_shapes, [encode(HEADER)], (RemoteProtocolError,), 2000),
    Target("ack", feed_ack, [SEALED_ACK], (RemoteProtocolError,), 1000),
    Target(
        "deny_delta", feed_delta, [pack_delta(delta_between(bytes(32), [5, 7, 1 << 40], [9]))], (RemoteProtocolError,)
    ),
    Target("control", feed_control, CONTROL_LINES, (RemoteProtocolError,), 2000),
)
