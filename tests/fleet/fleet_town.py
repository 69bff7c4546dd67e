"""A fleet to look at: terminals in every state, one with a real past, fares for all and new ones for some."""

from __future__ import annotations

import gzip
from dataclasses import replace
from functools import partial
from typing import Final

from sync.batch import encode_batch
from sync.central.device_reports import UNTOLD_MS
from sync.central.store import report_statements as reports
from sync.central.store import statements as sql
from sync.central.store.port import Work, insert_rows
from sync.wire import pack
from tests.conformance.central_store import enrolled
from tests.fleet.fleet_stage import FleetStage

TERMINALS: Final = 70
"""More than a page of them."""
SOUND: Final = "bus-001"
REAL: Final = "BUS-1"
MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * MINUTE_MS
FARE: Final = 'kind = "flat_fare"\nid = "flat"\nfare_fen = {fen}\n'
DENIED: Final = 'kind = "deny_list"\ntokens = []\n'
TOLD: Final[dict[str, object]] = {
    "software": "0.2.0",
    "edition": 1,
    "lists": {"tariff tariff": [1, 3_600], "deny_list deny_list": [1, 7_200]},
    "waiting": 9,
    "profile": "bus-validator",
    "faults": {"READER_SILENT": 2, "CENTRE_UNREACHABLE": 14},
}


async def peopled(stage: FleetStage, terminals: int = TERMINALS) -> None:
    """Fill a centre."""
    centre, ask = stage.centre, stage.admin.call
    await ask("publish", {"documents": [FARE.format(fen=200), DENIED]})
    await centre.write(partial(_rows, terminals))
    await ask("group.set", {"group": "pilot", "terminals": [SOUND, "bus-002", REAL]})
    await ask("terminal.revoke", {"terminal": "bus-006", "reason": "stolen from line 318"})
    ledger = await enrolled(centre)
    for tap in range(1, 9):
        ledger.ride(tap)
    for first, last in ((1, 4), (5, 8), (13, 16)):
        told = {**TOLD, "sent_ms": stage.now_ms + 95_000}
        envelope = encode_batch(replace(ledger.batch(first, last), device=told))
        await centre.receive(REAL, gzip.compress(envelope))
        stage.now_ms += MINUTE_MS


def _rows(terminals: int, now_ms: int) -> Work[None]:
    names = [f"bus-{number:03}" for number in range(1, terminals + 1)]
    long_ago = {"bus-005": 3 * DAY_MS, "bus-007": 40 * DAY_MS}
    seen = [(name, now_ms - 90 * DAY_MS, now_ms - long_ago.get(name, MINUTE_MS * len(name))) for name in names]
    yield insert_rows(sql.ADD_TERMINAL, seen)
    streams = [
        (name, 1, b"", 0, now_ms - 90 * DAY_MS, int(name != "bus-008"), 1_000 + len(name), b"", name.encode())
        for name in names
    ]
    yield insert_rows(sql.ADD_STREAMS, streams)
    told = [_report(place, name, now_ms) for place, name in enumerate(names) if name != "bus-008"]
    yield insert_rows(reports.ADD_REPORT, told)
    yield insert_rows(sql.ADD_CONFLICT, [("bus-003", 1, b"h", "CHAIN_FORK", 900, now_ms - MINUTE_MS, b"")])
    yield insert_rows(sql.ADD_ALARMS, [("bus-003", 1, "chain_fork", now_ms - MINUTE_MS)])
    yield insert_rows(sql.ADD_QUARANTINE, [("bus-004", 1, seq, "ENTRY_INVALID", now_ms, b"") for seq in (7, 8)])


def _report(place: int, name: str, now_ms: int) -> tuple[int | str | bytes, ...]:
    """Return the cells of what one terminal told; the ninth sells nothing, the tenth's came on a stick."""
    stop, carried = ("lists_stale" if name == "bus-009" else ""), int(name == "bus-010")
    offset_ms = UNTOLD_MS if carried else (place % 5 - 2) * 700
    backlog = place % 7
    oldest_ms = now_ms - place * MINUTE_MS if backlog else 0
    lists = pack({"tariff tariff": [1, 600]})
    faults = pack({"READER_SILENT": place} if place % 9 == 1 else {})
    words = ("0.2.0", "bus-validator", stop)
    return (now_ms, carried, offset_ms, *words, 1, backlog, oldest_ms, lists, faults, name)
