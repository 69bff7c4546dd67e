"""What an operator asks about groups and stages; see :mod:`sync.central.admin` for how."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from edge.domain.errors import ConfigError
from edge.domain.tap import TERMINAL_NAME
from sync.central.centre import Centre
from sync.central.rollout import (
    before_work,
    groups_work,
    halt_work,
    move_work,
    publish_work,
    release_work,
    renew_work,
    stages_work,
)
from sync.central.rulings import unknown_work
from sync.central.verb import Arguments, Verb

AUDIENCE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class RolloutVerbs:
    """The verbs on one centre."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {
            "group.list": self.groups,
            "group.set": self.move,
            "stages": self.stages,
            "release": self.release,
            "halt": self.halt,
            "rollback": self.roll_back,
        }

    async def groups(self, _arguments: Arguments) -> dict[str, object]:
        """Return every terminal that is in a group."""
        found = await self._centre.read(groups_work)
        rows = [{"terminal": terminal, "group": audience, "since_ms": since} for terminal, audience, since in found]
        return {"terminals": rows}

    async def move(self, arguments: Arguments) -> dict[str, object]:
        """Put ``terminals`` into a ``group``; an empty one takes them out of theirs.

        Those that have not enrolled yet are told as ``unknown``: they get what is staged when they do.
        """
        audience = str(arguments.get("group", ""))
        if audience:
            audience_of(audience)
        terminals: Sequence[str] = [str(name) for name in arguments["terminals"]]
        for terminal in terminals:
            if not TERMINAL_NAME.fullmatch(terminal):
                raise ConfigError("CONFIG_VALUE", f"not a terminal's name: {terminal[:40]!r}")
        for terminal in terminals:
            await self._centre.write(partial(move_work, terminal, audience))
        unknown = await self._centre.read(lambda: unknown_work(terminals))
        edition = await self._centre.roll_out(renew_work)
        return {"terminals": terminals, "group": audience, "unknown": unknown, "edition": edition}

    async def stages(self, _arguments: Arguments) -> dict[str, object]:
        """Return what is staged to which group."""
        found = await self._centre.read(stages_work)
        rows = [
            {
                "group": stage.audience,
                "kind": stage.kind,
                "name": stage.name,
                "version": stage.version,
                "staged_ms": stage.staged_ms,
            }
            for stage in found
        ]
        return {"stages": rows}

    async def release(self, arguments: Arguments) -> dict[str, object]:
        """Give everybody what is staged to a ``group``."""
        audience = audience_of(arguments.get("group"))
        return {"group": audience, "edition": await self._centre.roll_out(partial(release_work, audience))}

    async def halt(self, arguments: Arguments) -> dict[str, object]:
        """Take back what is staged to a ``group``."""
        audience = audience_of(arguments.get("group"))
        return {"group": audience, "edition": await self._centre.roll_out(partial(halt_work, audience))}

    async def roll_back(self, arguments: Arguments) -> dict[str, object]:
        """Publish again what ``kind`` and ``name`` said before their newest version."""
        kind = str(arguments["kind"])
        name = str(arguments.get("name") or kind)
        before = await self._centre.read(lambda: before_work(kind, name))
        edition = await self._centre.roll_out(lambda by: publish_work([before], by))
        return {"kind": kind, "name": name, "edition": edition}


def audience_of(text: object) -> str:
    """Return the name of a group; raises ``CONFIG_VALUE``."""
    if not isinstance(text, str) or not AUDIENCE.fullmatch(text):
        raise ConfigError("CONFIG_VALUE", "a group has 1 to 32 lower-case letters, digits or hyphens")
    return text
