"""What people did to this device while its journal was out of their reach: left beside it, one small file an act.

The program is changed by root, who must not open the journal, and often while the terminal is down. The terminal takes
what was left into its journal at its next start; an act is removed after its entry is durable, so a power cut may have
one told twice, and none left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from edge.crypto.signing import coded_errors, make_folder, sync_folder, write_durably
from edge.domain.entry import Remark
from edge.domain.work_pass import TECHNICIAN_SUBJECT

FOLDER: Final = "acts"
ACTS_MAX: Final = 100
"""Beyond them the oldest are told and the rest dropped in one entry: somebody is playing."""
BYTES_MAX: Final = 2_048


def leave_act(state: Path, action: str, at_ms: int, told: Mapping[str, str]) -> None:
    """Leave an act for the terminal of a state folder; nothing where there is none. Raises ``STORE_*``."""
    if not state.is_dir():
        return
    folder, owner = state / FOLDER, state.stat()
    make_folder(folder, 0o750)
    file = folder / f"{at_ms:014d}-{action}"
    write_durably(file, json.dumps({"action": action, "at_ms": str(at_ms), **told}).encode())
    if os.geteuid() == 0:
        for path in (folder, file):
            os.chown(path, owner.st_uid, owner.st_gid)


async def take_left_acts(state: Path, note: Callable[[Remark], Awaitable[None]]) -> None:
    """Give ``note`` every act that was left, the oldest first, and remove it. Raises ``STORE_*``."""
    folder = state / FOLDER
    if not folder.is_dir():
        return
    files = sorted(folder.iterdir())
    for file in files[:ACTS_MAX]:
        await note(Remark(TECHNICIAN_SUBJECT, tuple(_pairs(file))))
        _remove(file)
    if rest := files[ACTS_MAX:]:
        await note(Remark(TECHNICIAN_SUBJECT, (("action", "too_many"), ("acts", str(len(rest))))))
        for file in rest:
            _remove(file)
    sync_folder(folder)


def _pairs(file: Path) -> Iterator[tuple[str, str]]:
    """Yield what an act says; one that nobody can read is told by its name."""
    try:
        with file.open("rb") as opened:
            said = json.loads(opened.read(BYTES_MAX))
        yield from ((str(key)[:32], str(value)[:128]) for key, value in said.items())
    except (OSError, ValueError, AttributeError):
        yield "action", "unreadable"
        yield "file", file.name[:64]


def _remove(file: Path) -> None:
    with coded_errors(file):
        file.unlink(missing_ok=True)
