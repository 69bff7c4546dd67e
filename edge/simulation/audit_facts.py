"""What the auditor is told: values about cards, tariffs and journals, as the world knows them to be true."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Final

from edge.domain.entry import Entry
from edge.domain.frozen import frozen, mutable

COUNTS_KEPT: Final = 20
NO_EDITION: Final = -1
"""What a poison entry names: no terminal has it, and the centre refuses whoever says so."""
TAP_MS: Final = 5_000


@frozen
class Violation:
    """A broken promise: its invariant, what happened in words, where, when (true ms UTC), and which card and tap."""

    invariant: str
    words: str
    who: str
    time_ms: int
    card: str = ""
    tap_id: bytes = b""

    def __str__(self) -> str:
        tap = f" (tap {self.tap_id.hex()})" if self.tap_id else ""
        return f"{self.invariant}: {self.who}: {self.words}{tap}"


@frozen
class CardTruth:
    """A card as its issuer made it. ``sort`` names its group in the table."""

    token: bytes
    label: str
    sort: str
    city: str
    valid_from: str
    valid_until: str
    interop: bool


@frozen
class TariffTruth:
    """What one edition says: prices in fen, limits, and which tokens are denied."""

    home_city: str
    fare_fen: int
    foreign_fen: int
    passback_window_s: int
    denied: frozenset[bytes]
    unsent_count_max: int
    unsent_fen_max: int
    cautious_count_max: int
    card_count_max: int


@mutable
class PublishedFares:
    """What every edition says.

    The centre alone numbers them, and may lose power over its answer: an attempt nobody heard of has a number too,
    below the one that was heard of at last, and says the same.
    """

    _heard: list[tuple[int, TariffTruth]] = field(default_factory=list)
    _in_the_air: TariffTruth | None = None

    def attempt(self, truth: TariffTruth) -> None:
        """Note that from now on a new edition says this."""
        self._in_the_air = truth

    def confirm(self, number: int) -> None:
        """Hear from the centre which number it gave to what is being published."""
        if self._in_the_air is not None:
            self._heard.append((number, self._in_the_air))
            self._in_the_air = None

    def of(self, number: int) -> TariffTruth | None:
        """Return what this edition says; None: nobody published it."""
        heard = next((truth for newest, truth in self._heard if 0 < number <= newest), None)
        return heard or (self._in_the_air if number > 0 else None)


@frozen
class CardDebit:
    """A debit that a card has carried out: its own truth."""

    token: bytes
    counter: int
    amount_fen: int
    psam_number: bytes
    psam_sequence: int


@frozen
class WrittenEntry:
    """An entry that has just become durable: its number, chain hash, bytes, and what they say."""

    seq: int
    chain_hash: bytes
    raw: bytes
    entry: Entry


@frozen
class JournalCommit:
    """A commit of one journal: what it added, and where the journal stands after it.

    Up to ``aside_through`` the journal has the centre's word that it keeps aside what it refused.
    """

    label: str
    terminal: str
    epoch: int
    grant_hash: bytes
    time_ms: int
    acked: int
    send_from: int
    pruned_through: int
    unsent_fen: int
    unsent_count: int
    aside_through: int
    written: tuple[WrittenEntry, ...]


@frozen
class CentreRow:
    """One entry as the centre's store holds it. ``place``: entry, quarantine or conflict."""

    place: str
    terminal: str
    epoch: int
    seq: int
    raw: bytes


@frozen
class CentreTruth:
    """Everything the centre's store holds at the end. ``streams``: (terminal, epoch) to watermark."""

    rows: tuple[CentreRow, ...]
    streams: dict[tuple[str, int], int]
    problems: tuple[str, ...]
    accounts: dict[str, int]
    by_token: dict[bytes, tuple[int, int]]


@mutable
class Kept:
    """An entry in the auditor's own books."""

    seq: int
    raw: bytes
    entry: Entry
    durable_ms: int

    @property
    def is_poison(self) -> bool:
        """Say whether the centre has to refuse this entry."""
        return self.entry.edition == NO_EDITION


@mutable
class JournalModel:
    """One journal file as the auditor believes it to be. ``unsent``: accepted and not acked, seq to fen.

    Up to ``aside_through`` the centre keeps it aside; that it does is seen at the end, where its books lie open.
    ``is_twin``: it was copied into a machine with another PSAM, and knows its own by an intent.
    """

    label: str
    terminal: str
    epoch: int
    last: int = 0
    head: bytes = b""
    acked: int = 0
    pruned_through: int = 0
    kept: dict[int, Kept] = field(default_factory=dict)
    open_intents: dict[int, Kept] = field(default_factory=dict)
    torn: dict[int, Kept] = field(default_factory=dict)
    unsent: dict[int, int] = field(default_factory=dict)
    counts: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    is_twin: bool = False
    aside_through: int = 0

    @property
    def at_risk(self) -> dict[int, int]:
        """Return what is accepted and not held by the centre, acked or aside: seq to fen."""
        return {seq: fen for seq, fen in self.unsent.items() if seq > self.aside_through}

    def remember_unsent(self, time_ms: int) -> None:
        """Note how many taps are at risk from this moment on."""
        at_risk = len(self.at_risk)
        if self.counts[-1][1] != at_risk:
            self.counts = [*self.counts[-COUNTS_KEPT:], (time_ms, at_risk)]

    def lately_unsent(self, time_ms: int) -> set[int]:
        """Return how many taps were at risk at the moments of the tap that becomes durable at ``time_ms``."""
        since = [known for at_ms, known in self.counts if time_ms - at_ms < TAP_MS]
        before = [known for at_ms, known in self.counts if time_ms - at_ms >= TAP_MS][-1:]
        return {*before, *since, len(self.at_risk)}

    def copy(self, label: str) -> JournalModel:
        """Return the same journal on another disk."""
        return JournalModel(
            label,
            self.terminal,
            self.epoch,
            self.last,
            self.head,
            self.acked,
            self.pruned_through,
            dict(self.kept),
            dict(self.open_intents),
            dict(self.torn),
            dict(self.unsent),
            list(self.counts),
            self.is_twin,
            self.aside_through,
        )


def unsent_together(models: Iterable[JournalModel], time_ms: int) -> set[int]:
    """Return how many taps of one machine were unsent at the moments of a tap: its epochs' journals share one cap."""
    sums = {0}
    for model in models:
        sums = {known + more for known in sums for more in model.lately_unsent(time_ms)}
    return sums
