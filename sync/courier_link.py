"""Reference data on a courier stick, as the downlink fetches it: the same paths, read from files."""

from __future__ import annotations

import hashlib

from edge.domain.frozen import frozen
from sync.courier_stick import Stick, place_of
from sync.paths import ARTIFACT_TYPE, PART_TYPE


@frozen
class StickReply:
    """What a stick answers; nothing in it is trusted before its signature was checked."""

    status: int
    content_type: str = ""
    etag: str = ""
    body: bytes = b""


@frozen
class StickLink:
    """Implements the downlink's link over a stick. The tag is the centre's own: what it showed last is known here."""

    stick: Stick

    async def get(self, path: str, *, etag: str = "", limit: int = 0) -> StickReply:
        """Return a file of the stick, 304 where ``etag`` names it, or 404; raises ``STICK_*`` errors."""
        content = self.stick.read(place_of(path), limit)
        if content is None:
            return StickReply(404)
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        return StickReply(304, etag=tag) if tag == etag else StickReply(200, ARTIFACT_TYPE, tag, content)

    async def piece(self, path: str, start: int, limit: int) -> StickReply:
        """Return at most ``limit`` bytes of a file from ``start`` on, or 404; raises ``STICK_*`` errors."""
        piece = self.stick.read_piece(place_of(path), start, limit)
        return StickReply(206, PART_TYPE, body=piece) if piece else StickReply(404)
