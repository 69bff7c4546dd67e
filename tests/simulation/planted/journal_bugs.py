"""Bugs planted in the journal's store."""

from __future__ import annotations

import hashlib
import sqlite3

from edge.domain.exchange import Ack
from edge.store import acks, appending, exposure
from edge.store.exposure import Accepted
from edge.store.settings import JournalSettings
from edge.store.standing import JournalIdentity, Standing, read_standing, update_standing
from tests.simulation.planted.planting import Planted, Replacement


def chain_not_linked() -> list[Replacement]:
    def alone(_previous: bytes, packed: bytes) -> bytes:
        return hashlib.sha256(packed).digest()

    return [(appending, "chain", alone)]


def exposure_not_kept() -> list[Replacement]:
    def nothing(_connection: sqlite3.Connection, _standing: Standing, _accepted: Accepted, _seq: int) -> None:
        return

    return [(exposure, "add", nothing)]


def retention_not_kept() -> list[Replacement]:
    return [(JournalSettings, "retention_ms", 0)]


def watermark_falls() -> list[Replacement]:
    apply = acks.apply

    def falling(connection: sqlite3.Connection, identity: JournalIdentity, ack: Ack) -> Standing:
        apply(connection, identity, ack)
        update_standing(connection, acked=ack.acked_seq)
        return read_standing(connection)

    return [(acks, "apply", falling)]


BUGS = (
    Planted("entries are not chained", frozenset({"I3"}), chain_not_linked),
    Planted("the exposure is not kept with the entry", frozenset({"I10"}), exposure_not_kept),
    Planted("entries are removed before their retention has passed", frozenset({"I4"}), retention_not_kept, taps=80),
    Planted(
        "the watermark falls with a restored centre",
        frozenset({"I8"}),
        watermark_falls,
        seeds=6,
        only=frozenset({"centre_restored"}),
        scale=6,
    ),
)
