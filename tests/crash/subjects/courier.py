"""A courier stick as a subject of the crash lab: pulled out, or its machine without power, at any moment.

Whatever is left, all that was exported before can be taken in, every ack and every edition that was promised comes
home whole, nothing that has a name is half, and the command given again finishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.crypto.signing import make_folder
from sync import courier_stick
from sync.courier_link import StickLink
from sync.courier_stick import Stick, open_stick
from sync.downlink import Downlink
from tests.crash.lab.subject import Subject, Unheard, newest
from tests.crash.lab.trace import Mark
from tests.crash.subjects.courier_life import RIDES, ROUNDS, Carrying, Journal, live
from tests.crash.subjects.planted import FORGOTTEN_FLUSHES, NEW_FOLDER, unflushed_folders
from tests.store.editions import CENTRE

NEXT_EDITION: Final = ROUNDS + 1
NEXT_LAST: Final = 2 * RIDES * NEXT_EDITION


async def check(folder: Path, marks: Sequence[Mark]) -> list[str]:
    """Carry home what is there, then make one more whole trip."""
    make_folder(folder / "stick")
    carrying = Carrying(open_stick(folder / "stick", CENTRE.public, fill=True), Unheard())
    broken = await _acks_brought(carrying, newest(marks, "acks", "last")[0])
    broken += await _edition_brought(folder / "terminal-1", carrying.stick, *newest(marks, "load", "edition"))
    broken += await _batches_taken(carrying, newest(marks, "export", "last")[0])
    broken += await _another_trip(carrying)
    return broken + await _edition_brought(folder / "terminal-2", carrying.stick, NEXT_EDITION, NEXT_EDITION)


async def _acks_brought(carrying: Carrying, promised: int) -> list[str]:
    """Bring every ack on the stick to a terminal that knows of none."""
    refused = await carrying.bring_in()
    acked, carrying.journal = carrying.journal.acked, Journal()
    return refused + ([] if acked >= promised else [f"acked to {acked}, promised {promised}"])


async def _edition_brought(state: Path, stick: Stick, promised: int, begun: int) -> list[str]:
    """Stage what is carried for a terminal that has nothing."""
    found = await Downlink(StickLink(stick), CENTRE.public, state).stage(0) or 0
    return [] if promised <= found <= begun else [f"edition {found} is carried, promised {promised}, begun {begun}"]


async def _batches_taken(carrying: Carrying, promised: int) -> list[str]:
    refused = await carrying.take_in()
    lost = set(range(1, promised + 1)) - set(carrying.desk.held)
    return refused + ([f"entries {sorted(lost)} were promised and are lost"] if lost else [])


async def _another_trip(carrying: Carrying) -> list[str]:
    """Give every command again, with news."""
    await carrying.export(NEXT_LAST)
    broken = await carrying.take_in()
    await carrying.load(NEXT_EDITION)
    broken += await carrying.bring_in()
    acked = carrying.journal.acked
    return broken + ([] if acked == NEXT_LAST else [f"acked to {acked} after one more trip"])


def _never_settle() -> None:
    """Leave new folders unflushed, and never make up for it."""
    unflushed_folders(courier_stick)()
    setattr(Stick, "settle", lambda _: None)  # noqa: B010 - planted, in a process of its own


COURIER: Final = Subject("courier", live, check, {**FORGOTTEN_FLUSHES, NEW_FOLDER: _never_settle})
