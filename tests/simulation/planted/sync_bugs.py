"""Bugs planted in sync and at the centre."""

from __future__ import annotations

from collections.abc import Sequence

from edge.domain.errors import RemoteProtocolError
from edge.domain.ledger import Posting
from sync import process
from sync.batch import Batch
from sync.central import booking, centre, receive
from sync.central.intake import Accepted, Opened, Verdict
from sync.central.intake import receive as judge
from sync.central.store import statements as sql
from sync.central.store.port import Query, Row, Work
from sync.feed import Feed
from sync.uplink import Delivery, Resume
from tests.simulation.planted.planting import Planted, Replacement


def ack_without_storing() -> list[Replacement]:
    calls = 0

    def forgetful(opened: Opened, envelope: bytes, now_ms: int) -> Work[Verdict]:
        nonlocal calls
        calls += 1
        if calls % 10:
            return (yield from receive.receive_work(opened, envelope, now_ms))
        view = yield from receive._view(opened)  # noqa: SLF001 - a bug may look anywhere
        return judge(opened, view)

    return [(centre, "receive_work", forgetful)]


def postings_dropped() -> list[Replacement]:
    store = receive._store  # noqa: SLF001 - as above
    inserts = 0

    def careless(verdict: Accepted, opened: Opened, envelope: bytes, now_ms: int) -> Work[None]:
        nonlocal inserts
        work = store(verdict, opened, envelope, now_ms)
        rows: Sequence[Row] | None = None
        while True:
            try:
                query = next(work) if rows is None else work.send(rows)
            except StopIteration:
                return
            inserts += query.sql.startswith("INSERT INTO posting")
            left_out = query.sql.startswith("INSERT INTO posting") and inserts % 5 == 0
            rows = yield Query(sql.PULSE) if left_out else query

    return [(receive, "_store", careless)]


def gap_not_followed() -> list[Replacement]:
    follow = process.SyncProcess._follow  # noqa: SLF001 - as above

    async def stubborn(self: process.SyncProcess, feed: Feed, batch: Batch, delivery: Delivery) -> bool:
        return False if isinstance(delivery, Resume) else await follow(self, feed, batch, delivery)

    return [(process.SyncProcess, "_follow", stubborn)]


def suspense_dropped() -> list[Replacement]:
    def nothing(_aside: booking.Booked) -> tuple[Posting, ...]:
        return ()

    return [(booking, "_into_suspense", nothing)]


def refusal_stops_the_rest() -> list[Replacement]:
    def strict(_aside: booking.Booked) -> tuple[Posting, ...]:
        raise RemoteProtocolError("ENTRY_INVALID", "the whole batch is refused for one entry")

    return [(booking, "_into_suspense", strict)]


BUGS = (
    Planted("a batch is acknowledged and not stored", frozenset({"I9", "I12"}), ack_without_storing, seeds=3),
    Planted("the centre drops postings", frozenset({"I9"}), postings_dropped, seeds=3),
    Planted(
        "the money of a refused entry is in no account",
        frozenset({"I9"}),
        suspense_dropped,
        only=frozenset({"poison_entry"}),
        scale=5,
    ),
    Planted(
        "one refused entry holds up all that follow",
        frozenset({"I12"}),
        refusal_stops_the_rest,
        only=frozenset({"poison_entry"}),
        scale=5,
    ),
    Planted(
        "what a restored centre asks for is not sent again",
        frozenset({"I12", "I9"}),
        gap_not_followed,
        seeds=6,
        only=frozenset({"centre_restored"}),
        scale=6,
    ),
)
