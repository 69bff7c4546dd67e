"""The page of users, for administrators; and everybody's own password."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Final

from aiohttp import web

from edge.domain.errors import ConfigError
from sync.central.fleet.answering import Call, FleetRoute, told
from sync.central.fleet.entering import not_let_in
from sync.central.fleet.users import (
    Role,
    add_user_work,
    change_user_work,
    remove_user_work,
    role_of,
    standing_work,
    users_work,
)


async def users(call: Call) -> web.StreamResponse:
    """Return everybody."""
    return told({"users": [asdict(user) for user in await call.fleet.read(users_work)]})


async def add(call: Call) -> web.StreamResponse:
    """Let somebody in."""
    name, role = call.text("name"), role_of(call.text("role"))
    password_hash = await call.fleet.passwords.hashed(call.text("password"))
    async with call.acting("user.add", f"{name} {role.value}"):
        await call.fleet.write(partial(add_user_work, name, role, password_hash, call.who.name))
    return told({"name": name})


async def change(call: Call) -> web.StreamResponse:
    """Give somebody else another role, another password, or both."""
    name, role, password = _another(call), call.text("role"), call.text("password")
    password_hash = await call.fleet.passwords.hashed(password) if password else ""
    new_role = role_of(role).value if role else ""
    async with call.acting("user.change", f"{name} {new_role}".strip()):
        work = partial(change_user_work, name, call.who.name, role=new_role, password_hash=password_hash)
        await call.fleet.write(work)
    return told({"name": name})


async def remove(call: Call) -> web.StreamResponse:
    """Let somebody else in no more."""
    name = _another(call)
    async with call.acting("user.remove", name):
        await call.fleet.write(partial(remove_user_work, name, call.who.name))
    return told({"name": name})


async def own_password(call: Call) -> web.StreamResponse:
    """Give oneself another password; every session of one's own ends."""
    name, fleet = call.who.name, call.fleet
    standing = await fleet.read(lambda: standing_work(name))
    wrong = await not_let_in(call, name, standing, call.text("old"))
    if wrong is not None:
        return wrong
    password_hash = await fleet.passwords.hashed(call.text("password"))
    async with call.acting("password", name):
        await fleet.write(partial(change_user_work, name, name, password_hash=password_hash))
    return told({"name": name})


def _another(call: Call) -> str:
    """Return whom a change is about; nobody takes the last administrator away by changing themselves."""
    name = call.text("name")
    if name == call.who.name:
        raise ConfigError("CONFIG_VALUE", "somebody else has to change your own role, or remove you")
    return name


PEOPLE_ROUTES: Final = (
    FleetRoute("GET", "/api/users", Role.ADMIN, users),
    FleetRoute("POST", "/api/users/add", Role.ADMIN, add),
    FleetRoute("POST", "/api/users/change", Role.ADMIN, change),
    FleetRoute("POST", "/api/users/remove", Role.ADMIN, remove),
    FleetRoute("POST", "/api/password", Role.VIEWER, own_password),
)
