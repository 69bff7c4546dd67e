"""A version proves itself: it has served for a while, and a tap or another entry of it is durable.

The proof is a file in the state folder. Before the next start, whoever counts the starts of a version on trial finds
it there (``onecard-trial``): the version stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge import __version__
from edge.crypto.signing import coded_errors, write_durably
from edge.domain.errors import StoreError

FILE: Final = "proven"
SOUND_S: Final = 600.0
LOOK_S: Final = 5.0


async def prove(
    state: Path,
    last_seq: Callable[[], int],
    report: Callable[[StoreError], None],
    *,
    sound_s: float = SOUND_S,
    look_s: float = LOOK_S,
) -> None:
    """Write the proof after ``sound_s`` of service and one entry more; once for each version."""
    path, proof = state / FILE, f"{__version__}\n".encode()
    try:
        with coded_errors(path):
            if path.exists() and path.read_bytes() == proof:
                return
        first = last_seq()
        await asyncio.sleep(sound_s)
        while last_seq() == first:  # noqa: ASYNC110 - a journal rings no bell; a look now and then is enough
            await asyncio.sleep(look_s)
        write_durably(path, proof)
    except StoreError as error:
        report(error)
