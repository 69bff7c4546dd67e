"""A deny list of ten million tokens and a delta over it, as the centre builds and ships them, in a folder."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from edge.domain.exchange import ListManifest
from sync.artifact import read_list_body
from sync.central.artifacts import Publication
from sync.central.deny_lists import HeldSnapshot, deny_publication
from sync.deny_form import EXACT, OVERLAY, PROBE, SNAPSHOT, overlay_of, unpack_delta
from tests.store.list_editions import ListFiles, Shipped, by_hash

TOKENS: Final = 10_000_000
CHANGED: Final = 10_000
TOKEN_BYTES: Final = 16
SEED: Final = 20_260_101


@dataclass(frozen=True)
class BigList:
    """Tokens in no order, the snapshot of them, and the delta that replaces some of them by others."""

    tokens: bytes
    snapshot: ListFiles
    delta: ListFiles
    built_s: float
    delta_s: float

    @cached_property
    def packed_bytes(self) -> int:
        """Return what the delta takes on the wire."""
        return next(part.packed_bytes for part in self.delta.manifest.parts if part.role == OVERLAY)

    def listed(self, count: int) -> list[bytes]:
        """Return tokens that snapshot and delta both list."""
        return [self.tokens[at : at + TOKEN_BYTES] for at in range(0, count * TOKEN_BYTES, TOKEN_BYTES)]

    def shipped(self, number: int, *, as_delta: bool = False) -> Shipped:
        """Return an edition with this list."""
        return Shipped(number, {"purse": self.delta if as_delta else self.snapshot}, fare_fen=1)


def big_list() -> BigList:
    """Build it as the centre does."""
    drawn = random.Random(SEED)  # the same tokens in every run
    tokens = drawn.randbytes(TOKENS * TOKEN_BYTES)
    began = time.perf_counter()
    snapshot = asyncio.run(deny_publication(Publication("deny_list", "purse", tokens), None))
    built_s = time.perf_counter() - began
    held = _manifest(snapshot)
    files = ListFiles(held, dict(zip((PROBE, EXACT), snapshot.files, strict=True)), by_hash(snapshot.files))
    changed = tokens[: -CHANGED // 2 * TOKEN_BYTES] + drawn.randbytes(CHANGED // 2 * TOKEN_BYTES)
    began = time.perf_counter()
    parts = tuple(part for part in held.parts if part.role in SNAPSHOT)
    known = HeldSnapshot(parts, files.mapped[EXACT])
    delta = asyncio.run(deny_publication(Publication("deny_list", "purse", changed), known))
    delta_s = time.perf_counter() - began
    (packed,) = delta.files
    overlay = overlay_of(unpack_delta(packed))
    over = ListFiles(_manifest(delta), {**files.mapped, OVERLAY: overlay}, {**files.wire, **by_hash([packed])})
    return BigList(tokens, files, over, built_s, delta_s)


def _manifest(publication: Publication) -> ListManifest:
    found = read_list_body(publication.body)
    if found is None:
        raise RuntimeError("the centre put a long list into its artifact")
    return found


def misses(count: int, seed: int = 1) -> list[bytes]:
    """Return tokens that are on no list."""
    drawn = random.Random(seed)
    return [drawn.randbytes(TOKEN_BYTES) for _ in range(count)]


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write what a link serves as files below a folder."""
    for path, content in files.items():
        place = folder / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def anonymous_bytes() -> int:
    """Return this process's anonymous memory (``/proc/PID/status``)."""
    text = Path(f"/proc/{os.getpid()}/status").read_text("ascii")
    return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("RssAnon"))
