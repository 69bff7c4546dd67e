"""The page of what was set aside: what waits and why, what it holds in suspense, and the one end of each."""

from __future__ import annotations

import re
from typing import Final, cast

from aiohttp import web

from edge.explaining.words import pair
from sync.central.books.aside_list import BEGINNING, NOW, Aside, ended_aside_work, one_aside_work, open_aside_work
from sync.central.books.aside_verbs import how_of, identity_of, plain_aside
from sync.central.books.set_aside import Identity, Judged, check_reason, judge_work
from sync.central.fleet.answering import Call, FleetRoute, told
from sync.central.fleet.users import Role
from sync.central.store import figure_statements as figures
from sync.central.store.port import Query, Work

ROWS: Final = 50
ENDED_CURSOR: Final = re.compile(r"([0-9]{1,15})~(.{1,110})")


async def waiting(call: Call) -> web.StreamResponse:
    """Return a page of what waits for somebody, behind ``after``, and how much there is of it in all."""
    after = identity_of(call.asked("after")) if call.asked("after") else BEGINNING
    rows, count, suspense_fen = await call.fleet.read(lambda: _waiting_work(after))
    more = str(rows[ROWS - 1]["entry"]) if len(rows) > ROWS else ""
    return told({"aside": rows[:ROWS], "more": more, "count": count, "suspense_fen": suspense_fen})


async def ended(call: Call) -> web.StreamResponse:
    """Return a page of what came to its end, the latest first, from before ``before`` on."""
    found = ENDED_CURSOR.fullmatch(call.asked("before"))
    before = (int(found[1]), identity_of(found[2])) if found else NOW
    rows = [_plain(one) for one in await call.fleet.read(lambda: ended_aside_work(ROWS + 1, before))]
    more = "{ended_ms}~{entry}".format(**rows[ROWS - 1]) if len(rows) > ROWS else ""
    return told({"aside": rows[:ROWS], "more": more})


async def one(call: Call) -> web.StreamResponse:
    """Return one of them, judged again."""
    return told({"aside": await call.fleet.read(lambda: _one_work(identity_of(call.asked("entry"))))})


async def end(call: Call) -> web.StreamResponse:
    """Bring one to its end."""
    identity, how, reason = identity_of(call.text("entry")), how_of(call.text("how")), call.text("reason")
    check_reason(reason)
    async with call.acting(f"quarantine.{how}", f"{call.text('entry')}: {reason}"):
        named = dict(zip(("terminal", "epoch", "seq"), identity, strict=True))
        return told(
            await call.fleet.ask("quarantine.end", {**named, "how": how, "who": call.who.name, "reason": reason})
        )


def _waiting_work(after: Identity) -> Work[tuple[list[dict[str, object]], int, int]]:
    rows = yield from open_aside_work(ROWS + 1, after)
    ((count,),) = yield Query(figures.ASIDE_COUNT)
    ((suspense_fen,),) = yield Query(figures.ASIDE_FEN)
    return [_plain(row) for row in rows], cast("int", count), cast("int", suspense_fen)


def _one_work(identity: Identity) -> Work[dict[str, object]]:
    found = yield from one_aside_work(identity)
    return _plain(found, (yield from judge_work(identity)))


def _plain(found: Aside, judged: Judged | None = None) -> dict[str, object]:
    """Return one as plain values, its kind in words."""
    plain = plain_aside(found, judged)
    return {**plain, "kind_words": pair("kind", str(plain["kind"]))}


QUARANTINE_ROUTES: Final = (
    FleetRoute("GET", "/api/quarantine", Role.VIEWER, waiting),
    FleetRoute("GET", "/api/quarantine/ended", Role.VIEWER, ended),
    FleetRoute("GET", "/api/quarantine/entry", Role.VIEWER, one),
    FleetRoute("POST", "/api/quarantine/end", Role.OPERATOR, end),
)
