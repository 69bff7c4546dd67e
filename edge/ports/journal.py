"""The terminal's journal, as protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final, Protocol

from edge.domain.debit import OpenDebit
from edge.domain.entry import Draft, Entry, Kind
from edge.domain.exchange import Ack, SliceHead
from edge.domain.exposure import NO_HORIZON, Horizon
from edge.domain.frozen import frozen
from edge.domain.state import State
from edge.domain.tap import Token
from edge.domain.tariff.state import Chain


@frozen
class PsamTrail:
    """The PSAM as the journal knows it.

    ``number`` (six bytes) and ``sequence`` are those of the last intent (empty and 0: none yet); ``abandoned`` counts
    the MAC1 commands since then that led to no intent.
    """

    number: bytes = b""
    sequence: int = 0
    abandoned: int = 0


@frozen
class HolderRow:
    """What the tap's own transaction remembers of a medium at this terminal after an accepted tap.

    ``chain`` is its transfer chain from then on; ``below_normal``: it paid less than the list price.
    """

    token: Token
    time_ms: int
    payer_fen: int
    counter: int
    below_normal: bool = False
    chain: Chain | None = None


class Journal(Protocol):
    """The terminal's journal: numbered, hash-chained, durable when the call returns.

    All calls raise StoreError. A call that raised ``STORE_IO`` is in doubt: reopen and look the tap up.
    """

    @property
    def epoch(self) -> int:
        """Return the epoch's number."""
        ...

    async def append(self, draft: Draft, *, holder: HolderRow | None = None, durable: bool = True) -> Entry:
        """Write one entry, numbered and chained, with its side rows in one transaction.

        ``durable=False`` (declined taps, notes) may return before the flush.
        """
        ...

    async def adopt(self, debit: OpenDebit, holder: HolderRow | None) -> None:
        """Take a proven debit of an earlier epoch into the counters and the holder's row, once, durably.

        The same debit again changes nothing. Its entry belongs to its own epoch's journal.
        """
        ...

    async def state_of(
        self, token: Token, code: bytes = b"", horizon: Horizon = NO_HORIZON, person: bytes = b""
    ) -> State:
        """Return the state a decision reads for this token (what the lists say is filled in by the reference data).

        ``code`` is the id of a scanned code: whether it was accepted before. Exposure is summed up for ``horizon``.
        ``person`` is the token of the holder, whose counters are those of all the holder's media.
        """
        ...

    async def returned_leases(self, person: bytes) -> Sequence[tuple[str, str, int]]:
        """Return (counter, bucket, serial) of a person's leases that this terminal gave back."""
        ...

    async def torn_of(self, token: Token) -> Sequence[OpenDebit]:
        """Return the unsettled debits of this token, oldest first."""
        ...

    async def open_intents(self) -> Sequence[OpenDebit]:
        """Return intents without a result: after a start, what a cut left behind."""
        ...

    async def unsettled(self) -> Sequence[OpenDebit]:
        """Return every open or torn debit, oldest first."""
        ...

    async def psam_trail(self) -> PsamTrail:
        """Return where the PSAM's terminal sequence stood when this journal last spoke to it."""
        ...

    async def abandon_prepare(self) -> None:
        """Count a MAC1 that the PSAM may have given without an intent; reset by the next intent. Never waits."""
        ...


@frozen
class EntrySlice:
    """Consecutive canonical entries from ``first_seq`` on, the chain hash before them, and the head at their end."""

    first_seq: int
    previous_hash: bytes
    head: SliceHead
    entries: tuple[bytes, ...]


class JournalFeed(Protocol):
    """The journal's side towards the sync process: slices out, acks in."""

    async def slice(self, from_seq: int, max_entries: int, max_bytes: int) -> EntrySlice | None:
        """Return the next slice of canonical entries; None when there is nothing from ``from_seq`` on."""
        ...

    async def apply_ack(self, ack: Ack) -> int:
        """Move the watermark forward, never back; returns it. Raises ``ACK_FOREIGN`` when the ack fits no rows.

        An ack that fences the journal moves nothing; :meth:`JournalKeeper.position` says so from then on, for good.
        """
        ...


@frozen
class TimeMarks:
    """What a journal keeps of signed time, in ms UTC (0: nothing yet).

    ``high_water_ms`` has surely passed, ``signed_ms`` is the last signed server time, and at ``confirmed_ms`` the
    edition in force was known to be the newest.
    """

    high_water_ms: int = 0
    signed_ms: int = 0
    confirmed_ms: int = 0


NO_TIME: Final = TimeMarks()


@frozen
class Position:
    """Where a journal stands: last seq, acked seq, where sending resumes, and what is accepted.

    ``unsent_*`` are the accepted taps that the centre does not hold, neither acked nor kept aside.
    ``fence`` is the code by which the centre refused the journal for good, empty where it did not. ``time`` is what it
    keeps of signed time, ``unsent_by_family`` fen and count of what is unsent, by family of media. Up to ``aside`` a
    centre that refuses the journal has said that it keeps it all the same.
    """

    epoch: int
    last: int
    acked: int
    send_from: int
    unsent_count: int
    unsent_fen: int
    fence: str = ""
    time: TimeMarks = NO_TIME
    unsent_by_family: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    unsent_first: int = 0
    aside: int = 0

    @property
    def held(self) -> int:
        """Return up to where the centre holds the entries."""
        return max(self.acked, self.aside)


class Space(Protocol):
    """Room of a journal."""

    @property
    def free_bytes(self) -> int:
        """Return what the file system still has, in bytes."""
        ...

    @property
    def journal_bytes(self) -> int:
        """Return what the journal's pages in use take, in bytes."""
        ...

    @property
    def used_percent(self) -> int:
        """Return the larger of the disk's fill and the journal's of its limit."""
        ...

    @property
    def warn(self) -> bool:
        """Say whether attention is needed."""
        ...

    @property
    def stop(self) -> bool:
        """Say whether no sale may start."""
        ...


class JournalKeeper(Journal, JournalFeed, Protocol):
    """A whole journal file, as the process that owns it keeps it."""

    def position(self) -> Position:
        """Return where the journal stands."""
        ...

    async def space(self) -> Space:
        """Measure how much room is left; ``stop``: no sale may start."""
        ...

    async def upkeep(self, now_ms: int) -> bool:
        """Do one small piece of what is due: a checkpoint, a batch of pruning; False where nothing is."""
        ...

    async def keep_time(self, marks: TimeMarks) -> None:
        """Keep signed time, durably; the high-water mark and the last signed time never fall."""
        ...

    async def entry(self, seq: int) -> Entry | None:
        """Return one entry, None where it does not exist (any more)."""
        ...

    async def page(self, from_seq: int, count: int, kind: Kind | None = None) -> list[bytes]:
        """Return canonical entries from ``from_seq`` on, of one kind or of all."""
        ...

    async def tap_entries(self, prefix: bytes) -> list[bytes]:
        """Return the entries of the tap whose id begins with ``prefix``; none when it is not unique."""
        ...

    async def verify(self) -> Sequence[object]:
        """Check chain, numbering and links of every entry kept; ``str()`` of a problem says it in words."""
        ...

    async def close(self) -> None:
        """Close the file; idempotent."""
        ...
