"""Who may see the fleet pages, and who may act there: names, roles, hashes. A user's newest row holds."""

from __future__ import annotations

import re
from dataclasses import field
from enum import StrEnum
from typing import Final, cast

from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from sync.central.store import fleet_statements as sql
from sync.central.store.port import Query, Work, insert_rows

NAME: Final = re.compile(r"[a-z][a-z0-9._-]{0,31}")
COMMAND: Final = "(command)"
"""Who changed a user by the command, on the machine itself."""


class Role(StrEnum):
    """What somebody may do: look; also act; also say who may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def may(self, needed: Role) -> bool:
        """Say whether this role includes another."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@frozen
class Standing:
    """A user's newest row; without a role it is nobody."""

    change_no: int
    role: str
    password_hash: str = field(repr=False)


NOBODY: Final = Standing(0, "", "")


@frozen
class UserRow:
    """A user as listed; ``signed_in_ms`` is when the last session began, 0 for never."""

    name: str
    role: str
    changed_ms: int
    changed_by: str
    signed_in_ms: int


def standing_work(name: str) -> Work[Standing]:
    """Return how somebody stands."""
    rows = yield Query(sql.USER, (name,))
    return Standing(*cast("tuple[int, str, str]", tuple(rows[0]))) if rows else NOBODY


def users_work() -> Work[list[UserRow]]:
    """Return everybody."""
    return [UserRow(*cast("tuple[str, str, int, str, int]", tuple(row))) for row in (yield Query(sql.USERS))]


def add_user_work(name: str, role: Role, password_hash: str, by: str, now_ms: int) -> Work[None]:
    """Let somebody new in; raises ``CONFIG_VALUE`` for a name that is none or is taken."""
    if not NAME.fullmatch(name):
        raise ConfigError("CONFIG_VALUE", "a name has 1 to 32 lower-case letters, digits, dots or hyphens")
    held = yield from standing_work(name)
    if held.role:
        raise ConfigError("CONFIG_VALUE", f"{name} is a user already")
    yield insert_rows(sql.ADD_USER, [(name, held.change_no + 1, role.value, password_hash, now_ms, by)])


def change_user_work(name: str, by: str, now_ms: int, *, role: str = "", password_hash: str = "") -> Work[None]:
    """Give somebody another role or password; every session of theirs ends. Raises ``CONFIG_VALUE`` for nobody."""
    held = yield from _somebody(name)
    row = (name, held.change_no + 1, role or held.role, password_hash or held.password_hash, now_ms, by)
    yield insert_rows(sql.ADD_USER, [row])


def remove_user_work(name: str, by: str, now_ms: int) -> Work[None]:
    """Let somebody in no more; every session of theirs ends. Raises ``CONFIG_VALUE`` for nobody."""
    held = yield from _somebody(name)
    yield insert_rows(sql.ADD_USER, [(name, held.change_no + 1, "", "", now_ms, by)])


def _somebody(name: str) -> Work[Standing]:
    held = yield from standing_work(name)
    if not held.role:
        raise ConfigError("CONFIG_VALUE", f"no user {name[:32]}")
    return held


def role_of(text: object) -> Role:
    """Return the role of that name; raises ``CONFIG_VALUE``."""
    try:
        return Role(str(text))
    except ValueError:
        raise ConfigError("CONFIG_VALUE", f"a role is one of {', '.join(Role)}") from None
