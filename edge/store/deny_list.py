"""The deny list: mapped files that cost no memory of their own, and look-ups that touch two or three of their pages.

Their layout is told in ``sync/deny_form.py``. A short list may lie inline in its artifact, as whole tokens.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

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
    sieve_bits,
    sieve_bytes,
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


class Search(Protocol):
    """Finds the entries of a bucket file that begin like a token."""

    def __call__(self, token: bytes, after: int = -1, /) -> int:
        """Return the place of the first one behind ``after``, -1 where there is none."""
        ...


class BucketFile:
    """A mapped file of equally wide entries in buckets; ``key`` says which bytes of a token its entries begin with."""

    def __init__(self, path: Path, width: int, key: slice, *, sieved: bool = False) -> None:
        self._map = _mapped(path)
        try:
            found, bits, self.count, self.snapshot = _header(self._map)
            self._start = BUCKET_HEADER.size + PLACE_BYTES * ((1 << bits) + 1)
            self.end = self._start + width * self.count
            whole = found == width and len(self._map) == self.end + (sieve_bytes(self.count) if sieved else 0)
        except (struct.error, ValueError) as error:
            self._map.close()
            raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: not a bucket file") from error
        if not whole:
            self._map.close()
            raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: its size is not what its header says")
        self._width = width
        self.place = self._search(width, key, LEAD.size * 8 - bits)

    def _search(self, width: int, key: slice, shift: int) -> Search:
        """Return the look-up: it is asked at every tap, so that everything it needs is at hand by a local name."""
        mapped, start, find = self._map, self._start, self._map.find
        lead, places, index = LEAD.unpack_from, PLACES.unpack_from, BUCKET_HEADER.size

        def place(token: bytes, after: int = -1, /) -> int:
            first, last = places(mapped, index + PLACE_BYTES * (lead(token)[0] >> shift))
            if after >= first:
                first = after + 1
            at = find(token[key], start + width * first, start + width * last)
            while at >= 0 and (at - start) % width:  # between two entries
                at = find(token[key], at + 1, start + width * last)
            return (at - start) // width if at >= 0 else -1

        return place

    def passing(self) -> Callable[[bytes], int]:
        """Return what says whether the sieve lets a token through: 0 where no entry begins like it."""
        mapped, start, shift = self._map, self.end, LEAD.size * 8 - sieve_bits(self.count)
        lead = LEAD.unpack_from

        def passes(token: bytes) -> int:
            bit: int = lead(token)[0] >> shift
            return mapped[start + (bit >> 3)] >> (bit & 7) & 1

        return passes

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
        self._probed = self._probe.place
        try:
            if self._probe.count:
                self._exact = _mapped(segment.part(EXACT))
            if OVERLAY in segment.parts:
                self._overlay = BucketFile(segment.part(OVERLAY), CHANGE_BYTES, slice(0, PREFIX_BYTES), sieved=True)
                self._passes = self._overlay.passing()
            self._check(segment)
        except PolicyError:
            self.close()
            raise

    def __len__(self) -> int:
        return self._count

    def __contains__(self, token: bytes) -> bool:
        if self._overlay is not None and self._passes(token):
            change = self._overlay.place(token)
            if change >= 0:
                return self._overlay.last_byte(change) == SIGNS[True]
        place = self._probed(token)
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
