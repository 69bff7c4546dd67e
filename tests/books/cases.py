"""What the books must do on every engine: a class inherits :class:`BookCases` and provides the fixture ``store``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import permutations
from typing import Final

import pytest

from edge.domain.errors import ConfigError
from edge.domain.reversal import Way
from sync.central.books.closing import close_day
from sync.central.books.files import (
    file_adjustments_work,
    file_buckets_work,
    file_lines_work,
    file_terminals_work,
)
from sync.central.books.worker import bring_up
from sync.central.centre import Centre
from sync.central.store.port import CentralStore, Query, Row, Work
from tests.books.town import CAP_FEN, LONE_FEN, Device, Medium, device, elder, publish, tariff, trip_fen
from tests.conformance.central_store import centre_on
from tests.sync.builders import NOON_MS

DAY: Final = 20260601
DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
TABLES: Final = ("book_mark", "book_line", "book_tap", "book_turn", "adjustment", "adjustment_line")

BANK, PURSE = b"B" * 16, b"P" * 16


def dump_work() -> Work[list[Sequence[Row]]]:
    """Return every row of the books."""
    tables: list[Sequence[Row]] = []
    for table in TABLES:
        rows = yield Query(f"SELECT * FROM {table}")  # noqa: S608 - our own names
        tables.append(sorted(tuple(row) for row in rows))
    return tables


async def balances(store: CentralStore) -> dict[tuple[str, str], int]:
    """Return what every account stands at, by kind and party; nothing that is even."""

    def work() -> Work[Sequence[Row]]:
        return (
            yield Query(
                """SELECT account, party, sum(fen) FROM (SELECT account, party, fen FROM book_line
                UNION ALL SELECT account, party, fen FROM adjustment_line) AS lines GROUP BY account, party"""
            )
        )

    return {(str(row[0]), str(row[1])): int(row[2] or 0) for row in await store.read(work) if row[2]}


async def gates(centre: Centre) -> tuple[Device, Device]:
    """Return a gate in at S0 and a gate out at S3."""
    return (
        await device(centre, "G-in", gate="in", station="S0"),
        await device(centre, "G-out", gate="out", station="S3"),
    )


class BookCases:
    """The cases; each claim is in its test's name."""

    @pytest.fixture
    async def centre(self, store: CentralStore) -> Centre:
        made = centre_on(store)
        await publish(made)
        return made

    async def test_a_pair_of_gates_costs_what_the_ride_between_them_costs(
        self, store: CentralStore, centre: Centre
    ) -> None:
        way_in, way_out = await gates(centre)
        for token, family in ((BANK, "bank_card"), (b"C" * 16, "code")):
            medium = Medium(family, token)
            way_in.tap(medium, NOON_MS)
            way_out.tap(medium, NOON_MS + 20 * MINUTE_MS)
        for one in (way_out, way_in):
            await one.upload(centre)
        await bring_up(store)
        fare = trip_fen("S0", "S3")
        assert await balances(store) == {
            ("issuer", "unionpay"): fare,
            ("issuer", "jtt1179"): fare,
            ("operator", "town-transport"): -2 * fare,
        }

    async def test_a_ride_under_an_edition_that_nobody_published_is_left_for_people_to_see(
        self, store: CentralStore, centre: Centre
    ) -> None:
        way_in, way_out = await gates(centre)
        way_in.edition = 99
        bank = Medium("bank_card", BANK)
        way_in.tap(bank, NOON_MS)
        way_out.tap(bank, NOON_MS + 20 * MINUTE_MS)
        for one in (way_in, way_out):
            await one.upload(centre)
        await bring_up(store)
        assert await balances(store) == {}
        (found,) = (await centre.bookkeeping.reconcile()).explanations
        assert (found.name, found.about) == ("unpriced", "G-in/1/1")

    async def test_a_purse_gets_back_what_its_exit_took_too_much(self, store: CentralStore, centre: Centre) -> None:
        way_in, way_out = await gates(centre)
        purse = Medium("purse", PURSE)
        way_in.tap(purse, NOON_MS)
        way_out.tap(purse, NOON_MS + 20 * MINUTE_MS)
        for one in (way_in, way_out):
            await one.upload(centre)
        await bring_up(store)
        found = await balances(store)
        assert found["credit", ""] == trip_fen("S0", "S3") - LONE_FEN
        assert (await centre.bookkeeping.position(PURSE)).credit_fen == LONE_FEN - trip_fen("S0", "S3")

    async def test_an_exit_that_comes_after_the_closing_is_a_credit_in_the_next_file(
        self, store: CentralStore, centre: Centre
    ) -> None:
        way_in, way_out = await gates(centre)
        bank = Medium("bank_card", BANK)
        way_in.tap(bank, NOON_MS)
        way_out.tap(bank, NOON_MS + 20 * MINUTE_MS)
        await way_in.upload(centre)
        first = await close_day(store, DAY, lambda: NOON_MS + DAY_MS)
        assert {(t.account, t.fen) for t in first.totals} == {("issuer", LONE_FEN), ("operator", -LONE_FEN)}
        await way_out.upload(centre)
        second = await close_day(store, DAY + 1, lambda: NOON_MS + 2 * DAY_MS)
        too_much = LONE_FEN - trip_fen("S0", "S3")
        assert {(t.account, t.fen, t.late_fen) for t in second.totals} == {
            ("credit", -too_much, -too_much),
            ("operator", too_much, too_much),
        }
        (found,) = await self._adjusted(store, DAY + 1)
        assert (found[0], found[1]) == (DAY, "ride G-in/1/1 G-out/1/1")

    async def _adjusted(self, store: CentralStore, day: int) -> set[tuple[int, str]]:
        """Return day and reference of every adjustment in a file."""
        closing = await close_day(store, day, lambda: NOON_MS + 9 * DAY_MS)
        found: set[tuple[int, str]] = set()
        for bucket in await store.read(lambda: file_buckets_work(closing)):
            rows = await store.read(lambda bucket=bucket: file_adjustments_work(closing, bucket))  # type: ignore[misc]  # of this turn
            found |= {(row.day, row.reference) for row in rows}
        return found

    async def test_caps_hold_over_terminals_that_knew_nothing_of_each_other(
        self, store: CentralStore, centre: Centre
    ) -> None:
        bank = Medium("bank_card", BANK)
        for name in ("BUS-1", "BUS-2"):
            bus = await device(centre, name)
            for number in range(4):
                bus.tap(bank, NOON_MS + number * MINUTE_MS + (name == "BUS-2"))
            await bus.upload(centre)
        await bring_up(store)
        found = await balances(store)
        assert found["issuer", "unionpay"] == CAP_FEN
        assert found["operator", "town-transport"] == -1_600

    @pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
    async def test_row_78_the_books_of_claims_do_not_depend_on_the_order_of_arrival(
        self, order: tuple[int, ...], store: CentralStore, centre: Centre
    ) -> None:
        purse = Medium("purse", PURSE, elder(b"H" * 16))
        buses = [await device(centre, f"BUS-{number}") for number in range(3)]
        for number, bus in enumerate(buses):
            bus.tap(purse, NOON_MS + number * MINUTE_MS)
        for number in order:
            await buses[number].upload(centre)
            await bring_up(store)
        assert await balances(store) == {
            ("funder", "city"): 450,
            ("issuer", "tunion/0000000000000000"): 150,
            ("operator", "town-transport"): -600,
        }
        last = {(item, reference) for item, _, reference in await self._claims(store)}
        assert ("BUS-1", "free_today 2026-06-01 BUS-1/1/1 after BUS-0/1/1") in last
        assert ("BUS-2", "free_today 2026-06-01 BUS-2/1/1 after BUS-0/1/1") in last

    async def _claims(self, store: CentralStore) -> list[tuple[str, int, str]]:
        def work() -> Work[Sequence[Row]]:
            return (yield Query("SELECT terminal_id, turn, reference FROM adjustment WHERE reason = 'double_claim'"))

        return [(str(row[0]), int(row[1] or 0), str(row[2])) for row in await store.read(work)]

    async def test_a_site_with_an_old_edition_carries_the_relief_that_it_granted_once_too_often(
        self, store: CentralStore
    ) -> None:
        old = centre_on(store, NOON_MS - 9 * DAY_MS)
        await publish(old)
        await publish(old, tariff(cap_fen=2_000))
        purse = Medium("purse", PURSE, elder(b"H" * 16))
        for number in range(2):
            bus = await device(old, f"BUS-{number}")
            bus.tap(purse, NOON_MS + number * MINUTE_MS)
            await bus.upload(old)
        await bring_up(store)
        found = await balances(store)
        assert (found["funder", "city"], found["site", "BUS-1"]) == (150, 150)

    async def test_a_sale_that_was_taken_back_as_a_credit_is_owed_to_its_holder(
        self, store: CentralStore, centre: Centre
    ) -> None:
        bus = await device(centre, "BUS-1")
        bank = Medium("bank_card", BANK)
        bus.take_back(bus.tap(bank, NOON_MS), NOON_MS + 1, Way.CREDIT)
        bus.take_back(bus.tap(bank, NOON_MS + 2), NOON_MS + 3, Way.WITHDRAWN)
        await bus.upload(centre)
        await bring_up(store)
        assert await balances(store) == {("issuer", "unionpay"): 200, ("credit", ""): -200}

    async def test_a_late_record_lies_in_the_next_file_and_names_its_day(
        self, store: CentralStore, centre: Centre
    ) -> None:
        bus = await device(centre, "BUS-1")
        bus.tap(Medium("bank_card", BANK), NOON_MS)
        await bus.upload(centre)
        await close_day(store, DAY, lambda: NOON_MS + DAY_MS)
        bus.tap(Medium("bank_card", b"D" * 16), NOON_MS + 1)
        bus.tap(Medium("bank_card", b"E" * 16), NOON_MS + DAY_MS)
        await bus.upload(centre)
        closing = await close_day(store, DAY + 1, lambda: NOON_MS + 2 * DAY_MS)
        assert closing.is_balanced
        (terminal,) = await store.read(lambda: file_terminals_work(closing))
        lines = await store.read(lambda: file_lines_work(closing, terminal))
        assert {(line.seq, line.day) for line in lines} == {(2, DAY), (3, DAY + 1)}
        explained = (await centre.bookkeeping.reconcile()).explanations
        assert [(one.name, one.about, one.fen) for one in explained] == [("late_record", "BUS-1/1/2", 200)]

    @pytest.mark.parametrize(
        ("day", "now_ms", "said"),
        [
            pytest.param(DAY, NOON_MS, "not over", id="a day that is not over"),
            pytest.param(20260531, NOON_MS + 9 * DAY_MS, "next file", id="a day before one that is closed"),
        ],
    )
    async def test_a_day_is_refused(self, day: int, now_ms: int, said: str, store: CentralStore) -> None:
        if day < DAY:
            await close_day(store, DAY, lambda: NOON_MS + DAY_MS)
        with pytest.raises(ConfigError, match=said):
            await close_day(store, day, lambda: now_ms)

    async def test_several_workers_at_once_come_to_the_rows_of_one(self, store: CentralStore, centre: Centre) -> None:
        way_in, way_out = await gates(centre)
        for number in range(30):
            medium = Medium("bank_card", bytes([number]) * 16)
            way_in.tap(medium, NOON_MS + number)
            way_out.tap(medium, NOON_MS + 10 * MINUTE_MS + number)
        for one in (way_in, way_out):
            await one.upload(centre)
        await asyncio.gather(*(bring_up(store) for _ in range(3)))
        fare = trip_fen("S0", "S3")
        assert (await balances(store))["issuer", "unionpay"] == 30 * fare
        before = await store.read(dump_work)
        assert (await bring_up(store)).moved == 0
        assert await store.read(dump_work) == before
