"""What proves an entry: the signed batch it came in, checked again each time somebody asks. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from edge.domain.errors import OneCardError
from edge.domain.frozen import frozen
from sync.batch import batch_hash, decode_batch
from sync.central.intake import Stream, check_signature, open_entries
from sync.central.squeeze import inflate

ABSENT: Final = "ABSENT"
"""No batch that is held has this number: it was kept before batches were, or a backup lost it."""
DIFFERS: Final = "DIFFERS"
"""The batch says something else under this number than what is held."""


@frozen
class Evidence:
    """The batch of an entry by its hash, its span, where in it the entry stands, and the hash of the chain there.

    ``flaw`` is empty where chain, signature and entry were found to agree just now, else the code of what does not.
    """

    flaw: str
    entry_sha256: str
    batch_sha256: str = ""
    first_seq: int = 0
    last_seq: int = 0
    received_ms: int = 0
    chain_sha256: str = ""


def evidence_of(seq: int, raw: bytes, batch: tuple[int, bytes] | None, streams: Sequence[Stream]) -> Evidence:
    """Check an entry's batch (when it came, its envelope) against its terminal's keys, and the entry against it."""
    digest = hashlib.sha256(raw).hexdigest()
    if batch is None:
        return Evidence(ABSENT, digest)
    received_ms, envelope = batch
    try:
        opened = open_entries(decode_batch(inflate(envelope)))
        check_signature(opened.batch, streams)
    except OneCardError as error:
        return Evidence(error.code, digest, received_ms=received_ms)
    span = opened.batch.span
    place = seq - span.first_seq
    flaw = "" if opened.batch.entries[place] == raw else DIFFERS
    held = (batch_hash(span).hex(), span.first_seq, span.last_seq, received_ms, opened.hashes[place].hex())
    return Evidence(flaw, digest, *held)
