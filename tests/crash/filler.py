"""Takes taps until no file may grow any more, then prints the code of the error as its last line.

``python -m tests.crash.filler JOURNAL BYTES``: no file may grow beyond BYTES. The marks go to standard output, a pipe,
which has no size.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import sys
from pathlib import Path

from edge.domain.errors import StoreError
from tests.crash.lab.subject import Marks
from tests.crash.subjects.journal_life import Life


class Hoarder(Life):
    """Never has anything acknowledged or pruned."""

    async def keep_house(self, tap: int) -> None:
        """Checkpoint, as one does between taps."""
        if tap % 5 == 0:
            await self.checkpoint()


def main() -> None:
    """Live until it fails."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the call then fails with EFBIG
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
    try:
        asyncio.run(Hoarder(Path(sys.argv[1]), Marks(Path("/dev/stdout"))).live(10_000))
    except StoreError as error:
        sys.stdout.write(error.code)


if __name__ == "__main__":
    main()
