"""Scenes of holders that the lists know: claims, quotas of persons, leases and statuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from edge.domain.entry import Draft, Kind, Remark
from edge.domain.holder import Claim, HolderRecord, Lease, LeaseRecord
from edge.domain.lease import RETURNED_SUBJECT, return_pairs
from edge.domain.tap import TimeQuality
from edge.domain.tariff.calendar import local
from tests.sync.two_sites import tariff
from tests.tariff.paper_line import LOST, PaperLine, purse

ELDER: Final = Claim("elder60", "20200101", evidence="SHD-1")
DAY_S: Final = 86_400


async def persons(line: PaperLine) -> None:
    """Grant a person's quota uncertainly, certainly under a lease, and not at all; hide behind a second card."""
    line.line.service.stop, line.clock.off_s = "", 0
    line.clock.now_ms += 12 * 3_600_000
    today = local(line.clock.now_ms, 480)[0].date
    lease = Lease(2, "free_today", str(today), line.line.terminal, line.clock.now_ms + 6 * 3_600_000)
    elder, leased, late = (line.line.identity.token("tunion", purse(number).number) for number in (21, 23, 24))
    second = line.line.identity.token("tunion", purse(22).number)
    people = [
        ((elder, second), HolderRecord(elder, (ELDER, Claim("worker", "20200101", "20200102", "SHD-2")))),
        ((leased,), HolderRecord(leased, (Claim("age=60", "20200101", evidence="SHD-3"),))),
        ((late,), HolderRecord(late, (ELDER,), "deceased")),
    ]
    leases = [((leased,), LeaseRecord((lease, replace(lease, serial=1, terminal="bus-8"))))]
    line.install(70, [tariff()], lists={"entitlements": people, "leases": leases})
    await line.tap(purse(21))
    await line.tap(purse(22))
    await line.tap(purse(23), LOST)
    await line.tap(purse(23))
    await line.tap(purse(24))
    await line.tap(purse(25))
    await line.tap(purse(21), after_s=DAY_S)
    other = replace(lease, serial=3, bucket=str(local(line.clock.now_ms, 480)[0].date))
    line.install(71, [tariff("deny")], lists={"entitlements": people, "leases": [((leased,), LeaseRecord((other,)))]})
    note = Remark(RETURNED_SUBJECT, return_pairs(leased, other))
    await line.journal.append(Draft(Kind.NOTE, line.clock.now_ms, TimeQuality.TRUSTED, 71, b"", 0, note))
    await line.tap(purse(23))
