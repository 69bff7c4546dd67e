"""Two processes whose memory is measured: one that maps a long deny list, and one that fetches it.

``python -m tests.bench.list_peer map STATE`` and ``... fetch SERVED STATE`` print one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from edge.domain.tap import Token
from sync.downlink import Downlink
from sync.paths import ARTIFACT_TYPE, PART_TYPE
from tests.bench.list_files import anonymous_bytes, misses
from tests.store.editions import CENTRE

LOOKED_UP = 100_000


@dataclass
class FolderReply:
    """What a folder answers."""

    status: int
    content_type: str = ""
    body: bytes = b""
    etag: str = ""


@dataclass
class FolderLink:
    """A link to a folder; notes how much memory is in use whenever it is asked."""

    root: Path
    peak_bytes: int = 0
    fetched_bytes: int = field(default=0)

    async def get(self, path: str, *, etag: str = "", limit: int = 0) -> FolderReply:
        return FolderReply(200, ARTIFACT_TYPE, self._read(path, 0, limit), etag)

    async def piece(self, path: str, start: int, limit: int) -> FolderReply:
        return FolderReply(206, PART_TYPE, self._read(path, start, limit))

    def _read(self, path: str, start: int, limit: int) -> bytes:
        self.peak_bytes = max(self.peak_bytes, anonymous_bytes())
        with (self.root / path.lstrip("/")).open("rb") as file:
            file.seek(start)
            content = file.read(limit)
        self.fetched_bytes += len(content)
        return content


def mapped(state: Path) -> dict[str, float]:
    """Start on what was verified before, look up, and say what it took."""
    from edge.store.reference import FileReference  # noqa: PLC0415 - the fetching process has no store

    asked = misses(LOOKED_UP)
    reference = FileReference(state / "editions", CENTRE.public)
    reference.start()
    reference.close()  # whatever Python needs for itself is there now
    before, began = anonymous_bytes(), time.perf_counter()
    faults = reference.start()
    started_ms = (time.perf_counter() - began) * 1000
    found = sum(reference.listed(Token(token)) for token in asked)
    after = anonymous_bytes()
    reference.close()
    return {"anonymous": after - before, "start_ms": started_ms, "found": found, "faults": len(faults)}


def fetched(served: Path, state: Path) -> dict[str, float]:
    """Stage what a folder serves, with everything loaded that the sync process has loaded."""
    import edge.wiring_sync  # noqa: F401, PLC0415 - for its weight

    link = FolderLink(served)
    before = _written_bytes()
    staged = asyncio.run(Downlink(link, CENTRE.public, state).stage(0))
    after = _written_bytes()
    return {"peak": link.peak_bytes, "written": after - before, "fetched": link.fetched_bytes, "staged": staged or 0}


def _written_bytes() -> int:
    """Return what this process has handed to the system for writing (``/proc/PID/io``)."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


if __name__ == "__main__":
    what, *folders = sys.argv[1:]
    paths = list(map(Path, folders))
    measured = mapped(paths[0]) if what == "map" else fetched(paths[0], paths[1])
    sys.stdout.write(json.dumps(measured) + "\n")
