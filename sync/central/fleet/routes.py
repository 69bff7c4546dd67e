"""What the fleet pages ask of the centre: every route, with the least role that may ask it.

They are not the terminals' endpoint, and no part of its contract: another application, on an address of its own.
"""

from __future__ import annotations

from typing import Final

from sync.central.fleet.act_list import ACT_ROUTES
from sync.central.fleet.answering import FleetRoute
from sync.central.fleet.entering import login, logout, me
from sync.central.fleet.money import MONEY_ROUTES
from sync.central.fleet.people import PEOPLE_ROUTES
from sync.central.fleet.publications import PUBLICATION_ROUTES
from sync.central.fleet.quarantine import QUARANTINE_ROUTES
from sync.central.fleet.taps import TAP_ROUTES
from sync.central.fleet.terminals import TERMINAL_ROUTES
from sync.central.fleet.users import Role

FLEET_ROUTES: Final = (
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
