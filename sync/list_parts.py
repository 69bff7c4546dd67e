"""The parts of lists on their way down: linked from an edition that has them, or fetched piece by piece and resumed."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from edge.crypto.signing import coded_errors, make_folder, sync_folder
from edge.domain.errors import OneCardError, PolicyError, RemoteProtocolError, UplinkError
from edge.domain.exchange import Part
from edge.domain.frozen import mutable
from sync.deny_form import overlay_of, unpack_delta
from sync.paths import ARTIFACT_TYPE, PART_TYPE, segment_path
from sync.reply import Reply

PARTIAL: Final = 206
PIECE_TYPES: Final = frozenset({PART_TYPE, ARTIFACT_TYPE})
"""What a piece may be: a proxy that keeps whole files cuts it out of what it was given as one."""
PACKED_BYTES_MAX: Final = 4 * 1024 * 1024
PIECE_BYTES_MIN: Final = 16 * 1024
PIECE_BYTES_MAX: Final = 1024 * 1024
HASH_BYTES: Final = 256 * 1024
"""Hashed between two pauses, in which acks and kicks are heard."""


class PieceLink(Protocol):
    """Fetches ranges of immutable files; raises ``CENTRE_UNREACHABLE`` or ``CENTRE_IMPOSTOR``."""

    async def piece(self, path: str, start: int, limit: int) -> Reply:
        """Return at most ``limit`` bytes of a file from ``start`` on; fewer than that where it ends."""
        ...


@mutable
class PartStore:
    """Brings parts into a folder. ``editions`` may have them already; ``partial`` keeps what was fetched of one.

    No more than one piece, or one packed delta, is in memory.
    """

    link: PieceLink
    editions: Path
    partial: Path
    piece_bytes: int = PIECE_BYTES_MAX // 4

    async def bring(self, part: Part, folder: Path) -> None:
        """Have a part in ``folder``; its name is its hash. What is written anew is flushed by the caller.

        Raises ``ARTIFACT_DAMAGED`` where what came is not the part, StoreError, and what the link raises.
        """
        place = folder / part.sha256.hex()
        for path in sorted(self.editions.glob(f"*/segments/{part.sha256.hex()}")):
            if path != place and await is_part(path, part):
                link_file(path, place)
                return
        if part.packed_sha256:
            write_file(place, await self._unpacked(part))
        else:
            link_file(await self._fetched(part), place)

    def forget(self, wanted: Iterable[bytes] = ()) -> None:
        """Remove what was fetched, but of files that are still wanted: a try that is cut short goes on with these."""
        names = {sha256.hex() for sha256 in wanted}
        if self.partial.is_dir():
            with coded_errors(self.partial):
                for path in [path for path in self.partial.iterdir() if path.name not in names]:
                    path.unlink()

    async def _unpacked(self, part: Part) -> bytes:
        """Fetch a packed delta, which is small, and return the part that it unpacks to."""
        if part.packed_bytes > PACKED_BYTES_MAX:
            raise PolicyError("ARTIFACT_DAMAGED", f"{part.role}: a packed part of {part.packed_bytes} bytes")
        packed = b""
        while len(packed) < part.packed_bytes:
            packed += await self._piece(part, len(packed))
        if hashlib.sha256(packed).digest() != part.packed_sha256:
            raise PolicyError("ARTIFACT_DAMAGED", f"{part.role}: not the file that the list names")
        try:
            content = overlay_of(unpack_delta(packed))
        except RemoteProtocolError as error:
            raise PolicyError("ARTIFACT_DAMAGED", f"{part.role}: {error.args[0]}") from error
        if hashlib.sha256(content).digest() != part.sha256:
            raise PolicyError("ARTIFACT_DAMAGED", f"{part.role}: unpacks to something else than the list names")
        return content

    async def _fetched(self, part: Part) -> Path:
        """Fetch a part from where an earlier try ended, and return its file, whole and flushed."""
        make_folder(self.partial)
        path = self.partial / part.sha256.hex()
        with coded_errors(path), path.open("ab") as file:
            if file.tell() > part.size_bytes:
                file.truncate(0)
            while file.tell() < part.size_bytes:
                file.write(await self._piece(part, file.tell()))
                file.flush()
            os.fsync(file.fileno())
        if not await is_part(path, part):
            with coded_errors(path):
                path.unlink()
            raise PolicyError("ARTIFACT_DAMAGED", f"{part.role}: not the file that the list names")
        sync_folder(self.partial)
        return path

    async def _piece(self, part: Part, start: int) -> bytes:
        """Return the next piece; a slow line gets smaller ones, for each has one deadline."""
        wanted = min(self.piece_bytes, part.wire_bytes - start)
        try:
            reply = await self.link.piece(segment_path(part.wire_sha256), start, wanted)
        except OneCardError:
            self.piece_bytes = max(PIECE_BYTES_MIN, self.piece_bytes // 2)
            raise
        if reply.status != PARTIAL or reply.content_type not in PIECE_TYPES or not 0 < len(reply.body) <= wanted:
            told = f"status {reply.status}, {reply.content_type}, {len(reply.body)} bytes, in place of a piece"
            raise UplinkError("CENTRE_IMPOSTOR", told)
        self.piece_bytes = min(PIECE_BYTES_MAX, self.piece_bytes * 2)
        return reply.body


def write_file(place: Path, content: bytes) -> None:
    """Write a file that is flushed later, with others: each flush of its own costs flash."""
    with coded_errors(place):
        place.write_bytes(content)


def flush_files(folder: Path) -> None:
    """Flush the files of a folder, then their names."""
    for path in sorted(folder.iterdir()):
        if path.is_file():
            with coded_errors(path), path.open("rb") as file:
                os.fsync(file.fileno())
    sync_folder(folder)


def link_file(path: Path, place: Path) -> None:
    """Have a file at another place as well, without writing it again."""
    with coded_errors(place):
        place.unlink(missing_ok=True)
        os.link(path, place)


async def is_part(path: Path, part: Part) -> bool:
    """Say whether a file is there and is the part, hashing it in slices."""
    digest = hashlib.sha256()
    with coded_errors(path), suppress(FileNotFoundError), path.open("rb", buffering=0) as file:
        if os.fstat(file.fileno()).st_size != part.size_bytes:
            return False
        while piece := file.read(HASH_BYTES):
            digest.update(piece)
            await asyncio.sleep(0)
    return digest.digest() == part.sha256
