"""The pages of the fleet, in the order of the navigation, and the least role that is shown each."""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen
from sync.central.fleet.users import Role


@frozen
class FleetPage:
    """One page: ``pages/NAME.js`` draws it, ``pages/NAME.toml`` has its words.

    One that lies ``within`` another is reached from there, and has no place of its own in the navigation; ``who`` is
    the name of who is signed in.
    """

    name: str
    role: Role = Role.VIEWER
    within: str = ""


FLEET_PAGES: Final = (
    FleetPage("terminals"),
    FleetPage("terminal", within="terminals"),
    FleetPage("publications"),
    FleetPage("taps"),
    FleetPage("quarantine"),
    FleetPage("money"),
    FleetPage("users", Role.ADMIN),
    FleetPage("acts", Role.ADMIN),
    FleetPage("password", within="who"),
)
