"""What a terminal says of itself: the answer to the verb ``status``, with stable keys.

The terminal process fills it while it runs; a command fills it from the files while it does not, and says so by
``running``. Times are milliseconds UTC, ages seconds, money fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field

from edge.control.messages import Message
from edge.domain.frozen import frozen


@frozen
class JournalStatus:
    """Where the journal in force stands, and what all journals of the terminal still owe.

    ``unsent_entries`` counts all that is not acked, ``unsent_taps`` and ``unsent_fen`` the accepted taps among them;
    ``oldest_unsent_ms`` is the time of the first of these entries (0: none). ``older_unsent`` is the number of earlier
    epochs whose journal holds some of them. ``open_debits`` wait for their result, ``torn_debits`` for their card.
    ``space`` is ok, warn or full.
    """

    last_seq: int = 0
    acked_seq: int = 0
    unsent_entries: int = 0
    unsent_taps: int = 0
    unsent_fen: int = 0
    oldest_unsent_ms: int = 0
    older_unsent: int = 0
    open_debits: int = 0
    torn_debits: int = 0
    used_bytes: int = 0
    limit_bytes: int = 0
    free_bytes: int = 0
    space: str = "ok"


@frozen
class ListStatus:
    """One artifact in force. ``age_s`` counts from its validity's start (-1: it does not say)."""

    kind: str
    name: str
    version: int
    age_s: int = -1


@frozen
class SlotStatus:
    """The two slots of reference data: ``previous`` can be returned to (0: none), ``refused`` are not taken again.

    ``probation``: the edition in force has yet to prove itself. ``damaged``: its files are, and are fetched again.
    """

    edition: int = 0
    previous: int = 0
    probation: bool = False
    damaged: bool = False
    refused: Mapping[str, str] = field(default_factory=dict)


@frozen
class LackStatus:
    """Why the lists in force do not suffice to serve: ``lack`` is old, or unused for a terminal that never served.

    The centre last said at ``as_of_ms`` that they are its newest, or published them then; from ``age_h_max`` hours on
    that is too old.
    """

    lack: str
    as_of_ms: int
    age_h_max: int


@frozen
class LastTapStatus:
    """The newest tap: its id in hexadecimal, how it ended in a word, and the number of its newest entry."""

    tap: str
    kind: str
    seq: int
    time_ms: int


@frozen
class Status:
    """Everything one screen shows.

    ``stop`` is the word for which nothing is sold (empty: in service), ``continuity`` proven, unproven or lost,
    ``time_quality`` trusted, holdover or untrusted. ``ports`` are the counters of each serial port, ``faults`` how
    often each error code was met since the start. ``tier`` is the risk tier and why it holds; ``clock_error_s`` how far
    ``now_ms`` may be off (-1: nobody knows), ``high_water_ms`` has surely passed. ``sync_listens``: the
    sync process runs.
    """

    running: bool
    terminal: str
    epoch: int
    now_ms: int
    time_quality: str
    edition: int
    stop: str = ""
    continuity: str = "unproven"
    journal: JournalStatus = field(default_factory=JournalStatus)
    lists: tuple[ListStatus, ...] = ()
    last_tap: LastTapStatus | None = None
    ports: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    faults: Mapping[str, int] = field(default_factory=dict)
    slots: SlotStatus = field(default_factory=SlotStatus)
    lacks: LackStatus | None = None
    tier: str = "normal"
    tier_why: str = ""
    clock_error_s: int = -1
    high_water_ms: int = 0
    sync_listens: bool = False

    def message(self) -> Message:
        """Return the status as plain JSON values."""
        plain = asdict(self)
        plain["lists"] = [asdict(part) for part in self.lists]
        return plain
