"""Journal entries: a header and the body of its kind, and the hash chain over given bytes.

``sync/wire.py`` turns an entry into canonical bytes, once, at the tap; the chain is computed over those bytes. Kinds
and bodies are in ``entry_bodies.py``; everybody takes them from here.
"""

from __future__ import annotations

import hashlib
from typing import Final

from edge.domain.entry_bodies import (
    BODIES,
    Body,
    DebitTerms,
    DeclinedTap,
    Intent,
    Kind,
    PaidTap,
    Posted,
    Remark,
    Settled,
    Torn,
    Voided,
)
from edge.domain.frozen import frozen
from edge.domain.tap import TimeQuality

__all__ = [
    "BODIES",
    "CLOSING",
    "DISPROVED",
    "HASH_BYTES",
    "NO_TAP",
    "Body",
    "DebitTerms",
    "DeclinedTap",
    "Draft",
    "Entry",
    "Intent",
    "Kind",
    "PaidTap",
    "Posted",
    "Remark",
    "Settled",
    "Torn",
    "Voided",
    "chain",
]

HASH_BYTES: Final = 32
NO_TAP: Final = b""

DISPROVED: Final = "torn.mac2"
"""Subject of the note at a torn debit whose MAC2 the PSAM refused later: it stays torn, as torn(mac2)."""

CLOSING: Final = frozenset({Kind.POSTED, Kind.VOIDED, Kind.TORN})
"""Kinds of which exactly one closes an intent."""


@frozen
class Entry:
    """One line of the journal. ``ref_seq`` is the intent it refers to (0: none), ``tap_id`` empty outside a tap.

    ``time_ms`` is milliseconds UTC, ``edition`` the reference data in force.
    """

    kind: Kind
    terminal: str
    epoch: int
    seq: int
    time_ms: int
    quality: TimeQuality
    edition: int
    tap_id: bytes
    ref_seq: int
    body: Body


@frozen
class Draft:
    """An entry before the journal gives it its number: everything but terminal, epoch and seq."""

    kind: Kind
    time_ms: int
    quality: TimeQuality
    edition: int
    tap_id: bytes
    ref_seq: int
    body: Body

    def numbered(self, terminal: str, epoch: int, seq: int) -> Entry:
        """Return the entry with its identity."""
        return Entry(
            self.kind,
            terminal,
            epoch,
            seq,
            self.time_ms,
            self.quality,
            self.edition,
            self.tap_id,
            self.ref_seq,
            self.body,
        )


def chain(previous: bytes, entry_bytes: bytes) -> bytes:
    """Return the chain hash SHA-256(previous | bytes).

    The first ``previous`` of an epoch is the hash of its grant's bytes.
    """
    return hashlib.sha256(previous + entry_bytes).digest()
