"""What comes back over a link to the centre, as those who ask see it; each names what it needs beside this."""

from __future__ import annotations

from typing import Protocol


class Reply(Protocol):
    """An answer, whatever its status; nothing in it is trusted before its signature was checked."""

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        ...

    @property
    def content_type(self) -> str:
        """Return the media type."""
        ...

    @property
    def body(self) -> bytes:
        """Return the body, or the bytes of the range that was asked for (206, also where that is the whole file)."""
        ...
