"""What the fleet pages ask of the centre: every route, with the least role that may ask it.

They are not the terminals' endpoint, and no part of its contract: another application, on an address of its own.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from sync.central.contract import PROBLEMS_PATH
from sync.central.fleet.act_list import ACT_ROUTES
from sync.central.fleet.answering import Call, FleetRoute, refused, told
from sync.central.fleet.entering import login, logout, me
from sync.central.fleet.money import MONEY_ROUTES
from sync.central.fleet.people import PEOPLE_ROUTES
from sync.central.fleet.problems import FLEET_PROBLEMS, NOT_FOUND, document_of
from sync.central.fleet.publications import PUBLICATION_ROUTES
from sync.central.fleet.quarantine import QUARANTINE_ROUTES
from sync.central.fleet.taps import TAP_ROUTES
from sync.central.fleet.terminals import TERMINAL_ROUTES
from sync.central.fleet.users import Role


async def problem(call: Call) -> web.StreamResponse:
    """Return what the type of a problem document leads to."""
    found = FLEET_PROBLEMS.get(call.request.match_info["name"])
    return refused(NOT_FOUND, "no problem of this name") if found is None else told(document_of(found))


FLEET_ROUTES: Final = (
    FleetRoute("GET", PROBLEMS_PATH + "{name}", None, problem),
    FleetRoute("POST", "/api/login", None, login),
    FleetRoute("POST", "/api/logout", Role.VIEWER, logout),
    FleetRoute("GET", "/api/me", Role.VIEWER, me),
    *TERMINAL_ROUTES,
    *TAP_ROUTES,
    *QUARANTINE_ROUTES,
    *MONEY_ROUTES,
    *PUBLICATION_ROUTES,
    *PEOPLE_ROUTES,
    *ACT_ROUTES,
)
