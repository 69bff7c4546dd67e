"""What the terminal needs from the outside, as protocols that adapters implement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from edge.domain.debit import DebitOrder, DebitOutcome, Evidence, OpenDebit, Prepared
from edge.domain.entry import Draft, Entry
from edge.domain.exchange import Ack, ArtifactHeader, SliceHead
from edge.domain.medium import CardNumber, Snapshot
from edge.domain.policy import Policy, State
from edge.domain.tap import TapId, TimeQuality, Token


class Clock(Protocol):
    """Wall time with its quality, and a monotonic count. Nobody else asks the operating system for the time."""

    def wall_ms(self) -> int:
        """Return milliseconds UTC since 1970, as well as is known."""
        ...

    def quality(self) -> TimeQuality:
        """Say how far :meth:`wall_ms` can be trusted."""
        ...

    def monotonic_ms(self) -> float:
        """Return milliseconds since an arbitrary start; never jumps."""
        ...


class IdSource(Protocol):
    """Where identities and random bytes come from."""

    def tap_id(self) -> TapId:
        """Return eight fresh bytes."""
        ...

    def random_bytes(self, count: int) -> bytes:
        """Return ``count`` random bytes fit for keys and nonces."""
        ...


class Trouble(StrEnum):
    """Why the field holds no single readable card, though something happened."""

    TWO_CARDS = "two_cards"


class CardSession(Protocol):
    """One card in the field, with the SAM that serves it. Ends when the card leaves.

    Every call raises ``CARD_LEFT`` (retap) when the card goes away where nothing is at stake, other CardErrors for
    malformed or refused answers, SamError for the PSAM's failures, ReaderError when the line fails. Only
    :meth:`debit` turns these into a value, for there the difference is money.
    """

    async def snapshot(self) -> Snapshot:
        """Select the application by the profile's order and read it. Moves no money."""
        ...

    async def prepare(self, order: DebitOrder) -> Prepared:
        """INITIALIZE, trip record, MAC1. Moves no money."""
        ...

    async def debit(self, prepared: Prepared) -> DebitOutcome:
        """Send DEBIT and have MAC2 checked. Never raises CardError, SamError or ReaderError."""
        ...

    async def evidence(self, debit: OpenDebit) -> Evidence:
        """Read what the card knows about an unsettled debit. Moves no money."""
        ...

    async def removed(self, timeout_ms: int) -> bool:
        """Wait until the card has left the field; False when it is still there after ``timeout_ms``."""
        ...


class Reader(Protocol):
    """A contactless reader with its SAM, opened and kept alive by itself."""

    async def open(self) -> None:
        """Open port, reader and SAM; raises ReaderError or SamError."""
        ...

    async def next_card(self) -> CardSession | Trouble:
        """Wait for a card; raises ReaderError when the line fails (the caller opens again)."""
        ...

    async def show(self, signal: Signal) -> None:
        """Give lamp and tone by the reader where it has them; a failure is counted, never raised."""
        ...

    async def close(self) -> None:
        """Release port and SAM; idempotent."""
        ...

    def psam_number(self) -> bytes:
        """Return the six-byte number of the PSAM found at opening (empty: none)."""
        ...

    def counters(self) -> Mapping[str, float]:
        """Return counters per port: reconnects, resyncs, checksum_errors, nacks, ladder_rung, ..."""
        ...


@dataclass(frozen=True, slots=True)
class Signal:
    """What the passenger gets: ``lamp`` green, red or amber; ``tone`` and ``prompt`` are keys of the prompts.

    ``fen`` and ``balance_fen`` are shown where they are known (-1: not).
    """

    lamp: str
    tone: str
    prompt: str
    fen: int = -1
    balance_fen: int = -1


class Signals(Protocol):
    """Lamp, tone, voice and screen."""

    def show(self, signal: Signal) -> None:
        """Start the signal and return at once; a signal that fails never blocks the next tap."""
        ...


@dataclass(frozen=True, slots=True)
class HolderRow:
    """What the tap's own transaction remembers of a medium at this terminal after an accepted tap."""

    token: Token
    time_ms: int
    payer_fen: int
    counter: int


@dataclass(frozen=True, slots=True)
class PsamTrail:
    """The PSAM as the journal knows it.

    ``number`` (six bytes) and ``sequence`` are those of the last intent (empty and 0: none yet); ``abandoned`` counts
    the MAC1 commands since then that led to no intent.
    """

    number: bytes = b""
    sequence: int = 0
    abandoned: int = 0


class Journal(Protocol):
    """The terminal's journal: numbered, hash-chained, durable when the call returns.

    All calls raise StoreError. A call that raised ``STORE_IO`` is in doubt: reopen and look the tap up.
    """

    async def append(self, draft: Draft, *, holder: HolderRow | None = None, durable: bool = True) -> Entry:
        """Write one entry, numbered and chained, with its side rows in one transaction.

        ``durable=False`` (declined taps, notes) may return before the flush.
        """
        ...

    async def state_of(self, token: Token) -> State:
        """Return the state a decision reads for this token (``listed`` is filled in by the reference data)."""
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


@dataclass(frozen=True, slots=True)
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
        """Move the watermark forward, never back; returns it. Raises ``ACK_FOREIGN`` when the ack fits no rows."""
        ...


class Reference(Protocol):
    """The reference data in force: immutable until the next swap, which happens between two taps."""

    def policy(self) -> Policy:
        """Return the policy of the edition in force; raises ``POLICY_MISSING``."""
        ...

    def listed(self, token: Token) -> bool:
        """Say whether the deny list of the edition names this token."""
        ...

    def artifacts(self) -> Sequence[ArtifactHeader]:
        """Return the headers of the artifacts in force; none where no edition is installed."""
        ...


class Identity(Protocol):
    """Tokens and sealed boxes: the only use the terminal makes of clear numbers."""

    def token(self, scheme: str, number: CardNumber) -> Token:
        """Return the keyed token of a number."""
        ...

    def token_key_version(self) -> int:
        """Return the version of the token key in use."""
        ...

    def seal(self, number: CardNumber) -> bytes:
        """Seal the number to the clearing key; the terminal cannot open it again."""
        ...

    def clearing_key_version(self) -> int:
        """Return the version of the clearing key in use."""
        ...


@dataclass(frozen=True, slots=True)
class Position:
    """Where a journal stands: last seq, acked seq, where sending resumes, and what is accepted but not acked."""

    epoch: int
    last: int
    acked: int
    send_from: int
    unsent_count: int
    unsent_fen: int


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

    async def entry(self, seq: int) -> Entry | None:
        """Return one entry, None where it does not exist (any more)."""
        ...

    async def page(self, from_seq: int, count: int) -> list[bytes]:
        """Return canonical entries from ``from_seq`` on."""
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
