"""The page of what was done at the fleet pages."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Final

from aiohttp import web

from sync.central.fleet.acts import BEFORE_NONE, acts_work
from sync.central.fleet.answering import Call, FleetRoute, told
from sync.central.fleet.users import Role

ROWS: Final = 50
CURSOR: Final = re.compile(r"([0-9]{1,15})-([0-9a-f]{32})")


async def acts(call: Call) -> web.StreamResponse:
    """Return the newest acts, or those before the one that ``before`` names."""
    found = CURSOR.fullmatch(call.asked("before"))
    before = (int(found[1]), found[2]) if found else BEFORE_NONE
    rows = await call.fleet.read(lambda: acts_work(before, ROWS + 1))
    more = f"{rows[ROWS - 1].act_ms}-{rows[ROWS - 1].act_id}" if len(rows) > ROWS else ""
    return told({"acts": [asdict(row) for row in rows[:ROWS]], "more": more})


ACT_ROUTES: Final = (FleetRoute("GET", "/api/acts", Role.ADMIN, acts),)
