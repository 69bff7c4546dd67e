"""The sync process's own small files as a subject of the crash lab: never needed for what is right.

Whatever is left of the etag, a terminal is offered the edition that it lacks; the status is whole, old or new.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.clock import SystemClock
from edge.crypto.signing import make_folder
from edge.domain.errors import UplinkError
from sync.centre_link import Reply
from sync.downlink import Downlink
from sync.process import SyncProcess, SyncSettings
from sync.uplink import Pace, Uplink
from tests.crash.lab.subject import Marks, Subject
from tests.crash.lab.trace import Mark
from tests.crash.subjects.planted import FORGOTTEN_FLUSHES, NO_FILE_FLUSH
from tests.crash.subjects.shelf import shelf
from tests.store.editions import CENTRE

ROUNDS: Final = 12
NEXT: Final = ROUNDS + 1
TROUBLES: Final = ("CENTRE_UNREACHABLE", "CENTRE_IMPOSTOR", "CENTRE_REFUSED")


def live(folder: Path, marks: Marks) -> None:
    """Note a new trouble and a newly taken edition in turn."""
    logging.getLogger("onecard").addHandler(logging.NullHandler())
    make_folder(folder / "state" / "sync")
    asyncio.run(_live(folder / "state", marks))


async def _live(state: Path, marks: Marks) -> None:
    uplink = Uplink(Away(), CENTRE.public, Pace(), lambda ceiling_s: ceiling_s, lambda _: None)
    first = Downlink(shelf(1), CENTRE.public, state)
    process = SyncProcess(state / "sync.sock", state, uplink, first, SyncSettings(), SystemClock())
    for number in range(1, ROUNDS + 1):
        trouble = TROUBLES[number % len(TROUBLES)]
        marks.begin("trouble", trouble=trouble)
        process.report(UplinkError(trouble, "the centre is away"))
        downlink = Downlink(shelf(number), CENTRE.public, state)
        await downlink.stage(number - 1)
        marks.done("stage", number=number)
        downlink.taken(number)


class Away:
    """A link to a centre that is away."""

    async def post(self, path: str, body: bytes, content_type: str) -> Reply:
        """Fail."""
        raise UplinkError("CENTRE_UNREACHABLE", f"{path}: {len(body)} bytes of {content_type} went nowhere")


async def check(folder: Path, marks: Sequence[Mark]) -> list[str]:
    """Read the status; stage for a terminal that has every edition, the last one, or none."""
    state = folder / "state"
    broken = _torn_status(state / "sync" / "status.json", marks)
    staged = max((mark["number"] for mark in marks if mark.get("done") == "stage"), default=0)
    for in_force in sorted({0, staged // 2, staged}):
        newest = await Downlink(shelf(NEXT), CENTRE.public, state).stage(in_force)
        if newest != NEXT:
            broken.append(f"a terminal with edition {in_force} was offered {newest}")
    for in_force in range(1, staged):
        same = await Downlink(shelf(staged), CENTRE.public, state).stage(in_force)
        if same != staged:
            broken.append(f"a terminal with edition {in_force} was offered {same}, the centre has {staged}")
    return broken


def _torn_status(status: Path, marks: Sequence[Mark]) -> list[str]:
    """Say where the status is not whole; an old one is right enough, and a missing one."""
    if not status.exists():
        return []
    try:
        found = json.loads(status.read_bytes())["trouble"]
    except ValueError:
        return ["the status is torn"]
    return [] if found in {mark.get("trouble") for mark in marks} else [f"the status says {found}"]


SYNC_FILES: Final = Subject("sync files", live, check, {NO_FILE_FLUSH: FORGOTTEN_FLUSHES[NO_FILE_FLUSH]})
