"""The page of publications: what everybody has, what is staged to which group; stage, release, halt, roll back.

From here nothing goes to everybody at once: it is staged to a group first, and released from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, Final, cast

from aiohttp import web

from edge.domain.errors import ConfigError, RemoteProtocolError
from sync.central.artifacts import newest_edition_work
from sync.central.fleet.answering import Call, FleetRoute, told
from sync.central.fleet.terminals import group_sizes_work
from sync.central.fleet.users import Role
from sync.central.rollout import RENEWED, Stage, stages_work
from sync.central.rollout_verbs import audience_of
from sync.central.store import rollout_statements as sql
from sync.central.store import terminal_statements as terminal_sql
from sync.central.store.figure_statements import HEARD
from sync.central.store.port import Query, Work

DOCUMENTS_BYTES_MAX: Final = 8 * 1024 * 1024
DOCUMENTS_MAX: Final = 20
MOVED_MAX: Final = 500


async def publications(call: Call) -> web.StreamResponse:
    """Return everything that is published or staged, the groups, and the edition that everybody has."""
    return told({**await call.fleet.read(_standing_work), "now_ms": call.fleet.now_ms()})


def _standing_work() -> Work[dict[str, object]]:
    released = yield Query(sql.PUBLISHED)
    stages = yield from stages_work()
    groups = yield from group_sizes_work()
    edition = yield from newest_edition_work()
    ((terminals,),) = yield Query(HEARD, (0,))
    ((have,),) = yield Query(terminal_sql.ALL_HAVE_EDITION, (edition,))
    return {
        "edition": edition,
        "terminals": terminals,
        "have": have,
        "groups": groups,
        "progress": (yield from _progress_work(sorted({stage.audience for stage in stages}))),
        "released": [
            {
                "kind": kind,
                "name": name,
                "version": version,
                "published_ms": published_ms,
                "may_go_back": cast("int", count) > 1 and kind not in RENEWED,
            }
            for kind, name, version, count, published_ms in released
        ],
        "stages": [
            {
                "group": stage.audience,
                "kind": stage.kind,
                "name": stage.name,
                "version": stage.version,
                "staged_ms": stage.staged_ms,
            }
            for stage in stages
        ],
    }


def _progress_work(groups: Iterable[str]) -> Work[dict[str, dict[str, int]]]:
    """Return the edition of each group to which something is staged, and how many of it say that they have it."""
    progress = {}
    for group in groups:
        rows = yield Query(sql.EDITION_FOR, (group,))
        edition = cast("int", rows[0][0])
        ((have,),) = yield Query(terminal_sql.HAVE_EDITION, (group, edition))
        progress[group] = {"edition": edition, "have": cast("int", have)}
    return progress


async def read(call: Call) -> web.StreamResponse:
    """Say what documents would publish; nothing is done."""
    return told(await call.fleet.ask("publish.read", await _documents(call)))


async def stage(call: Call) -> web.StreamResponse:
    """Stage documents to a group; returns which of them are staged: what it has already is not staged again."""
    documents, group = await _documents(call), audience_of(call.text("group"))
    found = await call.fleet.ask("publish.read", documents)
    named = ", ".join(f"{each['kind']} {each['name']}" for each in found["publications"])
    async with call.acting("stage", f"{group}: {named}"):
        answer = await call.fleet.ask("publish", {**documents, "group": group})
    stages = await call.fleet.read(stages_work)
    staged = [each for each in found["publications"] if (group, each["kind"], each["name"]) in map(_named, stages)]
    return told({**answer, "staged": staged})


def _named(stage: Stage) -> tuple[str, str, str]:
    return stage.audience, stage.kind, stage.name


async def release(call: Call) -> web.StreamResponse:
    """Give everybody what a group has."""
    group = audience_of(call.text("group"))
    async with call.acting("release", group):
        return told(await call.fleet.ask("release", {"group": group}))


async def halt(call: Call) -> web.StreamResponse:
    """Take back what is staged to a group."""
    group = audience_of(call.text("group"))
    async with call.acting("halt", group):
        return told(await call.fleet.ask("halt", {"group": group}))


async def roll_back(call: Call) -> web.StreamResponse:
    """Publish again what was said before the newest version."""
    kind, name = call.text("kind"), call.text("name")
    async with call.acting("rollback", f"{kind} {name}"):
        return told(await call.fleet.ask("rollback", {"kind": kind, "name": name}))


async def move(call: Call) -> web.StreamResponse:
    """Put terminals into a group; an empty one takes them out of theirs."""
    group, terminals = call.text("group"), _texts(call.members, "terminals")
    if not 0 < len(terminals) <= MOVED_MAX:
        raise ConfigError("CONFIG_VALUE", f"name 1 to {MOVED_MAX} terminals at once")
    async with call.acting("group", f"{group or '-'}: {' '.join(terminals)}"):
        return told(await call.fleet.ask("group.set", {"group": group, "terminals": terminals}))


async def _documents(call: Call) -> dict[str, object]:
    """Return what came, as the centre's verbs take it; bundles are linted, which takes a moment."""
    documents, names = _texts(call.members, "documents"), _texts(call.members, "names")
    if not 0 < len(documents) == len(names) == len(set(names)) <= DOCUMENTS_MAX:
        raise ConfigError("CONFIG_VALUE", f"give 1 to {DOCUMENTS_MAX} documents, each with a name of its own")
    publishable = import_module("sync.central.fleet.bundles").publishable  # who only looks has no use for it
    found: dict[str, object] = await asyncio.to_thread(publishable, names, documents, call.fleet.now_ms())
    return found


def _texts(members: Mapping[str, Any], name: str) -> list[str]:
    found = members.get(name)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise RemoteProtocolError("WIRE_MALFORMED", f"{name} is a list of texts")
    return found


PUBLICATION_ROUTES: Final = (
    FleetRoute("GET", "/api/publications", Role.VIEWER, publications),
    FleetRoute("POST", "/api/publications/read", Role.OPERATOR, read, DOCUMENTS_BYTES_MAX),
    FleetRoute("POST", "/api/publications/stage", Role.OPERATOR, stage, DOCUMENTS_BYTES_MAX),
    FleetRoute("POST", "/api/publications/release", Role.OPERATOR, release),
    FleetRoute("POST", "/api/publications/halt", Role.OPERATOR, halt),
    FleetRoute("POST", "/api/publications/rollback", Role.OPERATOR, roll_back),
    FleetRoute("POST", "/api/groups", Role.OPERATOR, move),
)
