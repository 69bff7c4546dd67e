"""What an operator asks about users of the fleet pages; see :mod:`sync.central.admin` for how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial

from sync.central.centre import Centre
from sync.central.fleet.serving import argon_passwords
from sync.central.fleet.users import (
    COMMAND,
    add_user_work,
    change_user_work,
    remove_user_work,
    role_of,
    users_work,
)
from sync.central.verb import Arguments, Verb


class UserVerbs:
    """The verbs on one centre."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {
            "user.list": self.users,
            "user.add": self.add,
            "user.role": self.role,
            "user.password": self.password,
            "user.remove": self.remove,
        }

    async def users(self, _arguments: Arguments) -> dict[str, object]:
        """Return everybody; no hashes."""
        return {"users": [asdict(user) for user in await self._centre.read(users_work)]}

    async def add(self, arguments: Arguments) -> dict[str, object]:
        """Let ``name`` in with a ``role`` and a ``password``."""
        name, role = str(arguments["name"]), role_of(arguments["role"])
        password_hash = await self._hashed(arguments)
        await self._centre.write(lambda now_ms: add_user_work(name, role, password_hash, _by(arguments), now_ms))
        return {"name": name, "role": role.value}

    async def role(self, arguments: Arguments) -> dict[str, object]:
        """Give ``name`` another ``role``."""
        name, role = str(arguments["name"]), role_of(arguments["role"])
        await self._centre.write(lambda now_ms: change_user_work(name, _by(arguments), now_ms, role=role.value))
        return {"name": name, "role": role.value}

    async def password(self, arguments: Arguments) -> dict[str, object]:
        """Give ``name`` another ``password``."""
        name, password_hash = str(arguments["name"]), await self._hashed(arguments)
        change = partial(change_user_work, name, _by(arguments), password_hash=password_hash)
        await self._centre.write(change)
        return {"name": name}

    async def remove(self, arguments: Arguments) -> dict[str, object]:
        """Let ``name`` in no more."""
        name = str(arguments["name"])
        await self._centre.write(lambda now_ms: remove_user_work(name, _by(arguments), now_ms))
        return {"name": name}

    async def _hashed(self, arguments: Arguments) -> str:
        return await argon_passwords(self._centre.random_bytes).hashed(str(arguments["password"]))


def _by(arguments: Arguments) -> str:
    """Return who changes a user: somebody at the pages, or the command."""
    return str(arguments.get("by", COMMAND))
