"""How long a part that failed is left alone before it is opened anew: longer each time, until it works again."""

from __future__ import annotations

import asyncio
from typing import Final

REOPEN_MS_MIN: Final = 200
REOPEN_MS_MAX: Final = 5_000


class Reopening:
    """The pauses of one part."""

    def __init__(self) -> None:
        self._wait_ms = REOPEN_MS_MIN

    async def rest(self) -> None:
        """Wait, next time twice as long."""
        await asyncio.sleep(self._wait_ms / 1000)
        self._wait_ms = min(self._wait_ms * 2, REOPEN_MS_MAX)

    def worked(self) -> None:
        """Begin again with the shortest pause."""
        self._wait_ms = REOPEN_MS_MIN
