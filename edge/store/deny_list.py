"""The deny list: mapped files that cost no memory of their own, and look-ups that touch two or three of their pages.

Their layout is told in ``sync/deny_form.py``. A short list may lie inline in its artifact, as whole tokens.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Final

from edge.domain.errors import PolicyError
from edge.domain.tap import TOKEN_BYTES
from edge.ports.editions import Steps
from edge.store.segment import Segment
from sync.deny_form import (
    BUCKET_HEADER,
    BUCKET_MAGIC,
    CHANGE_BYTES,
    EXACT,
    FORM,
    OVERLAY,
    PREFIX_BYTES,
    PRINT,
    PRINT_BYTES,
    PROBE,
    SIGNS,
)

PAIR: Final = struct.Struct(">QQ")
"""A token as two numbers, for comparing without copying."""

LEAD: Final = struct.Struct(">I")
PLACES: Final = struct.Struct("<II")
PLACE_BYTES: Final = 4


def open_deny_list(segment: Segment) -> DenyList:
    """Map one deny list; raises ``ARTIFACT_DAMAGED`` or ``ARTIFACT_FOREIGN``."""
    if segment.manifest is None:
        check_tokens(segment.body)
        return InlineDenyList(segment.path, len(segment.body))
    segment.form(FORM)
    return PartedDenyList(segment)


def check_tokens(body: bytes) -> None:
    """Raise ``ARTIFACT_DAMAGED`` unless ``body`` is whole tokens in strictly rising order."""
    if len(body) % TOKEN_BYTES:
        raise PolicyError("ARTIFACT_DAMAGED", f"deny list: {len(body)} bytes are not whole tokens")
    before = (-1, -1)
    for token in PAIR.iter_unpack(body):
        if token <= before:
            raise PolicyError("ARTIFACT_DAMAGED", "deny list: its tokens are not in rising order")
        before = token


def _mapped(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: cannot be mapped") from error


class DenyList:
    """What can be asked whether it lists a token; this one lists nobody."""

    def __len__(self) -> int:
        return 0

    def __contains__(self, token: bytes) -> bool:
        return False

    def reading(self) -> Steps[None]:
        """Read nothing: whatever the files hold, a look-up answers yes or no."""
        yield

    def close(self) -> None:
        """Give the maps back; idempotent."""


class InlineDenyList(DenyList):
    """The last ``body_bytes`` of a file: 16-byte tokens in rising order, searched by halves."""

    def __init__(self, path: Path, body_bytes: int) -> None:
        self._start = path.stat().st_size - body_bytes
        self._count = body_bytes // TOKEN_BYTES
        self._map = _mapped(path)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, token: bytes) -> bool:
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            at = self._start + middle * TOKEN_BYTES
            found = self._map[at : at + TOKEN_BYTES]
            if found == token:
                return True
            if found < token:
                low = middle + 1
            else:
                high = middle
        return False

    def close(self) -> None:
        """Give the map back."""
        self._map.close()


class BucketFile:
    """A mapped file of equally wide entries in buckets; ``key`` says which bytes of a token its entries begin with."""

    def __init__(self, path: Path, width: int, key: slice) -> None:
        self._map = _mapped(path)
        try:
            found, bits, self.count, self.snapshot = _header(self._map)
            self._start = BUCKET_HEADER.size + PLACE_BYTES * ((1 << bits) + 1)
            whole = found == width and len(self._map) == self._start + width * self.count
        except (struct.error, ValueError) as error:
            self._map.close()
            raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: not a bucket file") from error
        if not whole:
            self._map.close()
            raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: its size is not what its header says")
        self._width, self._key, self._shift = width, key, LEAD.size * 8 - bits
        self._find = self._map.find

    def place(self, token: bytes, after: int = -1) -> int:
        """Return the place of the first entry behind ``after`` that begins like the token, -1 where there is none."""
        width, start, key = self._width, self._start, token[self._key]
        bucket = BUCKET_HEADER.size + PLACE_BYTES * (LEAD.unpack_from(token)[0] >> self._shift)
        first, last = PLACES.unpack_from(self._map, bucket)
        end = start + width * last
        at = self._find(key, start + width * max(first, after + 1), end)
        while at >= 0 and (at - start) % width:
            at = self._find(key, at + 1, end)
        return (at - start) // width if at >= 0 else -1

    def last_byte(self, place: int) -> bytes:
        """Return the last byte of an entry."""
        end = self._start + self._width * (place + 1)
        return self._map[end - 1 : end]

    def close(self) -> None:
        """Give the map back."""
        self._map.close()


def _header(mapped: mmap.mmap) -> tuple[int, int, int, bytes]:
    magic, width, bits, count, snapshot = BUCKET_HEADER.unpack_from(mapped)
    if magic != BUCKET_MAGIC:
        raise ValueError("another kind of file")
    return width, bits, count, snapshot


class PartedDenyList(DenyList):
    """A snapshot, and the delta that lies over it where the list has one."""

    def __init__(self, segment: Segment) -> None:
        self._exact: mmap.mmap | None = None
        self._overlay: BucketFile | None = None
        self._count = segment.entries
        self._probe = BucketFile(segment.part(PROBE), PRINT_BYTES, PRINT)
        try:
            if self._probe.count:
                self._exact = _mapped(segment.part(EXACT))
            if OVERLAY in segment.parts:
                self._overlay = BucketFile(segment.part(OVERLAY), CHANGE_BYTES, slice(0, PREFIX_BYTES))
            self._check(segment)
        except PolicyError:
            self.close()
            raise

    def __len__(self) -> int:
        return self._count

    def __contains__(self, token: bytes) -> bool:
        if self._overlay is not None:
            change = self._overlay.place(token)
            if change >= 0:
                return self._overlay.last_byte(change) == SIGNS[True]
        place = self._probe.place(token)
        return place >= 0 and self._is_exact(token, place)

    def _is_exact(self, token: bytes, place: int) -> bool:
        """Confirm what the probe found: among a million misses it finds a few."""
        prefix = token[:PREFIX_BYTES]
        while self._exact is not None and place >= 0:
            at = PREFIX_BYTES * place
            if self._exact[at : at + PREFIX_BYTES] == prefix:
                return True
            place = self._probe.place(token, place)
        return False

    def close(self) -> None:
        """Give the maps back."""
        for mapped in (self._probe, self._exact, self._overlay):
            if mapped is not None:
                mapped.close()

    def _check(self, segment: Segment) -> None:
        """Raise ``ARTIFACT_DAMAGED`` unless the parts belong together."""
        exact = segment.sha256(EXACT)
        named = {self._probe.snapshot}
        if self._overlay is not None:
            named |= {self._overlay.snapshot, segment.snapshot}
        size = 0 if self._exact is None else len(self._exact)
        if size != PREFIX_BYTES * self._probe.count or named != {exact}:
            raise PolicyError("ARTIFACT_DAMAGED", f"{segment.header.name}: its parts are not of one list")
