"""The taps behind lines of a day's file: the entry that states the charge, and those that say what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from edge.domain.entry import Entry, Intent, Kind, PaidTap
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from sync.central.booking import earns
from sync.central.books.set_aside import taken_work
from sync.central.store import book_statements as books
from sync.central.store.port import Query, Work
from sync.wire import decode_entry, encode_entry

Identity = tuple[str, int, int]
"""(terminal, epoch, seq)"""


@frozen
class KnownTap:
    """A tap: the entry that states its charge, and in order those that refer to it."""

    tap: Entry
    about: tuple[Entry, ...]

    @property
    def proof(self) -> Entry | None:
        """Return the entry that proves that a card was debited, None where there is none."""
        return next((entry for entry in self.about if earns(entry)), None)

    @property
    def earned_seq(self) -> int | None:
        """Return the number of the entry that proves that the charge was taken."""
        if isinstance(self.tap.body, PaidTap):
            return self.tap.seq
        return None if self.proof is None else self.proof.seq

    @property
    def identity(self) -> Identity:
        """Return (terminal, epoch, seq) of the entry that states its charge."""
        return self.tap.terminal, self.tap.epoch, self.tap.seq

    @property
    def tore(self) -> bool:
        """Say whether nobody knew whether the card was debited, at first or to this day."""
        return any(entry.kind is Kind.TORN for entry in self.about)


def tap_work(identity: Identity) -> Work[KnownTap]:
    """Return the tap that an entry belongs to; raises ``CONFIG_VALUE`` where there is none."""
    entry = yield from _entry_work(identity)
    if not isinstance(entry.body, Intent | PaidTap):
        entry = yield from _entry_work((entry.terminal, entry.epoch, entry.ref_seq))
    if not isinstance(entry.body, Intent | PaidTap):
        raise ConfigError("CONFIG_VALUE", "{}/{}/{} belongs to no tap".format(*identity))
    begun = (entry.terminal, entry.epoch, entry.seq)
    about = [decode_entry(cast("bytes", raw)) for (raw,) in (yield Query(books.ABOUT_TAP, begun))]
    about += yield from taken_work(begun)
    return KnownTap(entry, tuple(sorted(about, key=lambda one: one.seq)))


def taps_work(asked: Sequence[Identity]) -> Work[list[tuple[bytes, bytes]]]:
    """Return (tap, proof) for each entry, as bytes; the proof is empty where nothing was written to a card."""
    found: list[tuple[bytes, bytes]] = []
    for identity in asked:
        known = yield from tap_work(identity)
        found.append((encode_entry(known.tap), b"" if known.proof is None else encode_entry(known.proof)))
    return found


def _entry_work(identity: Identity) -> Work[Entry]:
    rows = yield Query(books.HELD_ANYWHERE, identity + identity)
    if not rows:
        raise ConfigError("CONFIG_VALUE", "no tap {}/{}/{} was received".format(*identity))
    return decode_entry(cast("bytes", rows[0][0]))
