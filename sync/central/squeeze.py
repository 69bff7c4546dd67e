"""Bounded decompression: a small body must not become a large one."""

from __future__ import annotations

import zlib
from typing import Final

from edge.domain.errors import RemoteProtocolError
from sync.wire import MESSAGE_BYTES_MAX

BODY_BYTES_MAX: Final = 256 * 1024
RATIO_MAX: Final = 200
GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


def inflate(packed: bytes) -> bytes:
    """Return the content of one gzip member.

    Raises ``WIRE_TOO_LARGE`` above :data:`~sync.wire.MESSAGE_BYTES_MAX` or :data:`RATIO_MAX`, ``WIRE_MALFORMED`` where
    the bytes are not one whole gzip member.
    """
    limit = min(MESSAGE_BYTES_MAX, len(packed) * RATIO_MAX)
    inflater = zlib.decompressobj(GZIP_WINDOW)
    try:
        content = inflater.decompress(packed, limit + 1)
    except zlib.error as error:
        raise RemoteProtocolError("WIRE_MALFORMED", "the body is not gzip") from error
    if len(content) > limit:
        raise RemoteProtocolError("WIRE_TOO_LARGE", f"the body unpacks to more than {limit} bytes")
    if not inflater.eof or inflater.unused_data:
        raise RemoteProtocolError("WIRE_MALFORMED", "the body is not one whole gzip member")
    return content
