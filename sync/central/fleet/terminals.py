"""The pages of terminals: all of them by state and order, and the past of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final, cast

from aiohttp import web

from edge.domain.error_codes import CODES
from edge.domain.frozen import frozen
from edge.domain.tap import TERMINAL_NAME
from sync.batch import NUMBER_MAX
from sync.central.device_reports import DeviceReport, reports_work
from sync.central.fleet.answering import Call, FleetRoute, refused, told
from sync.central.fleet.problems import NOT_FOUND
from sync.central.fleet.users import Role
from sync.central.store import terminal_statements as sql
from sync.central.store.port import Query, Row, Work

ROWS: Final = 50
BATCHES: Final = 25
EVENTS: Final = 200
SILENT_MS: Final = 24 * 60 * 60_000
FIRST: Final = (-(2**62), "")
NEWEST: Final = (2**62, 2**62, 2**62)
CURSOR: Final = re.compile(rf"(-?[0-9]{{1,19}})~({TERMINAL_NAME.pattern})")
BATCH_CURSOR: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,18})")
STATES: Final = frozenset({"revoked", "forked", "gap", "stopped", "new", "silent", "aside", "good"})
SOUGHT_MAX: Final = 64


@frozen
class TerminalRow:
    """How one terminal stands, and what it told of itself last.

    ``place`` is where it stands in the order that was asked for.
    """

    terminal: str
    enrolled_ms: int
    last_seen_ms: int
    group: str
    epoch: int
    acked_seq: int
    gaps: int
    forks: int
    aside: int
    state: str
    place: int
    report: DeviceReport | None


@frozen
class Sought:
    """Which terminals are asked for, in which order, and after which row (place and name)."""

    order: str = "trouble"
    text: str = ""
    state: str = ""
    group: str = ""
    after: tuple[int, str] = FIRST


def terminals_work(sought: Sought, count: int, now_ms: int) -> Work[list[TerminalRow]]:
    """Return at most ``count`` terminals."""
    text, state, group = sought.text.lower(), sought.state, sought.group
    cells = (now_ms - SILENT_MS, text, text, state, state, group, group, *sought.after, count)
    return (yield from _terminals((yield Query(sql.TERMINALS_BY[sought.order], cells))))


def counts_work(now_ms: int) -> Work[tuple[dict[str, int], dict[str, int]]]:
    """Return how many terminals are in each state, and in each group."""
    states = yield Query(sql.COUNTED, (now_ms - SILENT_MS,))
    return _counted(states), (yield from group_sizes_work())


def group_sizes_work() -> Work[dict[str, int]]:
    """Return how many terminals are in each group."""
    return _counted((yield Query(sql.GROUP_SIZES)))


def terminal_work(terminal: str, now_ms: int) -> Work[TerminalRow | None]:
    """Return how one terminal stands, None where there is none of that name."""
    rows = yield Query(sql.ONE_TERMINAL, (now_ms - SILENT_MS, terminal))
    found = yield from _terminals(rows)
    return found[0] if found else None


async def terminals(call: Call) -> web.StreamResponse:
    """Return a page of terminals, and how many there are by state and group."""
    sought, now_ms = _sought(call), call.fleet.now_ms()
    rows = await call.fleet.read(lambda: terminals_work(sought, ROWS + 1, now_ms))
    states, groups = await call.fleet.read(lambda: counts_work(now_ms))
    more = f"{rows[ROWS - 1].place}~{rows[ROWS - 1].terminal}" if len(rows) > ROWS else ""
    shown = [asdict(row) for row in rows[:ROWS]]
    return told({"terminals": shown, "more": more, "states": states, "groups": groups, "now_ms": now_ms})


async def terminal(call: Call) -> web.StreamResponse:
    """Return how one terminal stands, its journals, and what happened to it."""
    name, now_ms = call.request.match_info["terminal"], call.fleet.now_ms()
    found = await call.fleet.read(lambda: terminal_work(name, now_ms))
    if found is None:
        return refused(NOT_FOUND, "no terminal of this name")
    journals, events = await call.fleet.read(lambda: past_work(name))
    faults = found.report.faults if found.report else {}
    hints = {code: CODES[code][2] for code in faults if code in CODES}
    past = {"journals": journals, "events": events}
    return told({"terminal": asdict(found), **past, "hints": hints, "now_ms": now_ms})


async def batches(call: Call) -> web.StreamResponse:
    """Return a page of the batches of one terminal, the newest first."""
    name, before = call.request.match_info["terminal"], BATCH_CURSOR.fullmatch(call.asked("before"))
    cells = tuple(int(number) for number in before.groups()) if before else NEWEST
    rows = await call.fleet.read(lambda: batches_work(name, cells))
    last = rows[BATCHES - 1] if len(rows) > BATCHES else None
    more = f"{last['epoch']}-{last['first_seq']}-{last['last_seq']}" if last else ""
    return told({"batches": rows[:BATCHES], "more": more})


def _sought(call: Call) -> Sought:
    """Return what is asked for; what makes no sense is not asked."""
    order, state, after = call.asked("order"), call.asked("state"), CURSOR.fullmatch(call.asked("after"))
    return Sought(
        order if order in sql.TERMINALS_BY else "trouble",
        call.asked("text")[:SOUGHT_MAX],
        state if state in STATES else "",
        call.asked("group")[:SOUGHT_MAX],
        (int(after[1]), after[2]) if after and abs(int(after[1])) < NUMBER_MAX else FIRST,
    )


def _terminals(rows: Sequence[Row]) -> Work[list[TerminalRow]]:
    reports = yield from reports_work([cast("str", row[0]) for row in rows])
    return [_terminal(row, reports.get(cast("str", row[0]))) for row in rows]


def _terminal(row: Row, report: DeviceReport | None) -> TerminalRow:
    return TerminalRow(*cast("tuple[str, int, int, str, int, int, int, int, int, str, int]", tuple(row)), report)


def _counted(rows: Sequence[Row]) -> dict[str, int]:
    return {cast("str", name): cast("int", count) for name, count in rows}


def past_work(name: str) -> Work[tuple[list[dict[str, object]], list[dict[str, object]]]]:
    """Return the journals of a terminal, and what happened to it, the newest first."""
    journals = yield Query(sql.JOURNALS, (name,))
    events = yield Query(sql.PAST, (*[name] * 10, EVENTS))
    return (
        [dict(zip(("epoch", "issued_ms", "spare", "seen", "acked_seq"), row, strict=True)) for row in journals],
        [dict(zip(("moment_ms", "what", "epoch", "first", "second", "word"), row, strict=True)) for row in events],
    )


def batches_work(name: str, before: Sequence[int]) -> Work[list[dict[str, object]]]:
    """Return batches of a terminal from before an epoch, first and last number, the newest first."""
    rows = yield Query(sql.BATCHES, (name, *before, BATCHES + 1))
    return [
        {"epoch": epoch, "first_seq": first, "last_seq": last, "received_ms": received, "sha256": bytes(digest).hex()}
        for epoch, first, last, received, digest in cast("Sequence[tuple[int, int, int, int, bytes]]", rows)
    ]


async def revoke(call: Call) -> web.StreamResponse:
    """Shut a terminal out."""
    return await _rule(call, "revoke")


async def restore(call: Call) -> web.StreamResponse:
    """Let a terminal in again, and receive what was kept of it."""
    return await _rule(call, "restore")


async def _rule(call: Call, word: str) -> web.StreamResponse:
    name, reason = call.request.match_info["terminal"], call.text("reason")
    async with call.acting(word, f"{name}: {reason}"):
        return told(await call.fleet.ask(f"terminal.{word}", {"terminal": name, "reason": reason}))


TERMINAL_ROUTES: Final = (
    FleetRoute("GET", "/api/terminals", Role.VIEWER, terminals),
    FleetRoute("GET", "/api/terminals/{terminal}", Role.VIEWER, terminal),
    FleetRoute("GET", "/api/terminals/{terminal}/batches", Role.VIEWER, batches),
    FleetRoute("POST", "/api/terminals/{terminal}/revoke", Role.OPERATOR, revoke),
    FleetRoute("POST", "/api/terminals/{terminal}/restore", Role.OPERATOR, restore),
)
