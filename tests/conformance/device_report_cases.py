"""What terminals tell of themselves, on every store.

A test class inherits :class:`DeviceReportCases` and provides the fixture ``store``, a fresh store.
"""

from __future__ import annotations

import gzip
from dataclasses import replace
from functools import partial

import pytest

from sync.batch import encode_batch
from sync.central.centre import Centre
from sync.central.device_reports import DeviceReport, reports_work
from sync.central.store.port import CentralStore
from tests.conformance.central_store import centre_on, enrolled
from tests.sync.builders import NOON_MS, Ledger

TOLD: dict[str, object] = {
    "sent_ms": NOON_MS + 1_500,
    "software": "0.2.0",
    "edition": 7,
    "lists": {"tariff tariff": [3, 60], "deny_list d": [9, -1]},
    "backlog": 4,
    "waiting": 9,
    "profile": "bus-validator",
    "stop": "store_full",
    "faults": {"READER_SILENT": 2},
}
HOSTILE: dict[str, dict[str, object]] = {
    "values of other types": dict.fromkeys(TOLD, b"\x00"),
    "numbers that no store holds": {"sent_ms": 2**64 - 1, "edition": -1, "waiting": 2**63, "faults": {"X": 2**63}},
    "words that no page shows": {"software": "\0", "profile": "x" * 65, "stop": "\x1b[2J", "faults": {"\n": 1}},
    "lists of another shape": {"lists": {"tariff tariff": [1], "deny_list d": "2", "x": [1, 2, 3]}},
}


async def tell(
    centre: Centre, ledger: Ledger, first: int, last: int, told: dict[str, object], *, carried: bool = False
) -> DeviceReport | None:
    """Send a part of a journal with a map of figures; returns what the centre knows after it."""
    batch = replace(ledger.batch(first, last), device=told)
    await centre.receive(ledger.terminal, gzip.compress(encode_batch(batch)), carried=carried)
    return (await centre.read(partial(reports_work, [ledger.terminal]))).get(ledger.terminal)


class DeviceReportCases:
    """The cases; each claim is in its test's name."""

    async def test_the_centre_knows_what_a_terminal_told_last(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        assert await centre.read(partial(reports_work, [ledger.terminal, "BUS-2"])) == {}
        assert await centre.read(partial(reports_work, [])) == {}
        report = await tell(centre, ledger, 1, 2, TOLD)
        lists = {"tariff tariff": (3, 60), "deny_list d": (9, -1)}
        stands = (7, 7, NOON_MS + 1)  # nine waited, two are held now, and what is left is no older than the second
        words = ("0.2.0", "bus-validator", "store_full")
        faults = {"READER_SILENT": 2}
        assert report == DeviceReport("BUS-1", NOON_MS, False, 1_500, *words, *stands, lists, faults)

    async def test_the_newest_word_holds_also_where_an_older_one_comes_by_stick(self, store: CentralStore) -> None:
        ledger = await enrolled(centre_on(store))
        ledger.ride(1)
        ledger.ride(2)
        by_stick = await tell(centre_on(store), ledger, 1, 2, {**TOLD, "sent_ms": NOON_MS - 9_000}, carried=True)
        assert by_stick is not None
        assert (by_stick.told_ms, by_stick.carried, by_stick.clock_offset_ms) == (NOON_MS - 9_000, True, None)
        await tell(centre_on(store), ledger, 3, 3, {**TOLD, "software": "0.3.0"})
        late = await tell(centre_on(store), ledger, 4, 4, {**TOLD, "sent_ms": NOON_MS - 8_000}, carried=True)
        assert late is not None
        assert (late.software, late.told_ms, late.carried) == ("0.3.0", NOON_MS, False)

    async def test_an_older_release_tells_less(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        report = await tell(centre, ledger, 1, 2, {"software": "0.1.0", "backlog": 2})
        assert report == DeviceReport("BUS-1", NOON_MS, False, None, "0.1.0", "", "", 0, 0, 0, {}, {})

    async def test_what_the_centre_lacks_is_still_the_terminals_backlog(self, store: CentralStore) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        for tap in range(3):
            ledger.ride(tap)
        report = await tell(centre, ledger, 5, 6, TOLD)
        assert report is not None
        assert (report.backlog, report.oldest_ms) == (9, NOON_MS + 4)

    @pytest.mark.parametrize("name", HOSTILE)
    async def test_figures_of_another_shape_are_left_out_and_fail_no_batch(
        self, store: CentralStore, name: str
    ) -> None:
        centre = centre_on(store)
        ledger = await enrolled(centre)
        ledger.ride(1)
        report = await tell(centre, ledger, 1, 2, HOSTILE[name])
        assert report == DeviceReport("BUS-1", NOON_MS, False, None, "", "", "", 0, 0, 0, {}, {})
