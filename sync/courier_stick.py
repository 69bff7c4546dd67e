"""A courier stick: a folder that carries batches to the centre, and acks and reference data back. Both ends use it.

``PATH/onecard-FINGERPRINT/`` belongs to one fleet, by the key of its centre. Below it:

- ``batches/TERMINAL/EPOCH-FIRST-LAST-HASH.batch``: what the uplink would post; HASH is the beginning of its SHA-256;
- ``grants/TERMINAL/EPOCH.grant``: signed by the centre, for one that has forgotten it;
- ``acks/TERMINAL/EPOCH-FIRST-LAST-HASH.ack``: the centre's signed answer to the batch of the same name;
- ``v1/lists/...``: reference data under the paths that the centre serves it by, signed, or named by its SHA-256;
- ``index.json``: all of it by fleet, terminal and span, with a hash over itself.

Whatever is read proves itself by hash or signature: names and index are claims, by which files are found, put in order
and missed. A file is written beside its place, flushed and renamed. Nothing on a stick is secret.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from edge.crypto.signing import PublicKey, coded_errors, keys_of, make_folder, sync_folder, write_durably
from edge.domain.errors import OneCardError, ProtocolError, StoreError
from sync.kit import fingerprint_of

PREFIX: Final = "onecard-"
UNFINISHED: Final = ".new"
HASH_DIGITS: Final = 32
FILE_BYTES_MAX: Final = 1024 * 1024
"""Of a batch, an ack or a grant; those of a list are bounded where they are taken."""

LIST_PATH: Final = re.compile(r"(/[A-Za-z0-9_-]+)+")
SPAN_NAME: Final = re.compile(r"(\d{1,10})-(\d{1,19})-(\d{1,19})-([0-9a-f]{32})")


@dataclass(frozen=True, slots=True, order=True)
class SpanFile:
    """The file of a batch, or of the ack that answers it, as its name tells it."""

    terminal: str
    epoch: int
    first_seq: int
    last_seq: int
    digest: str

    def place(self, folder: str, kind: str) -> str:
        """Return where it lies on the stick."""
        return f"{folder}/{self.terminal}/{self.epoch:04}-{self.first_seq:08}-{self.last_seq:08}-{self.digest}.{kind}"

    @property
    def batch(self) -> str:
        """Return where the batch lies."""
        return self.place("batches", "batch")

    @property
    def ack(self) -> str:
        """Return where the ack lies."""
        return self.place("acks", "ack")


class Stick:
    """One fleet's folder on a stick; see :func:`open_stick`. Every call raises ``STICK_UNUSABLE`` when it is gone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, place: str, content: bytes) -> bool:
        """Have ``content`` at ``place``; returns whether it had to be written.

        What is there, whole, stays as it is; what is torn is copied anew. Raises ``STICK_FULL``.
        """
        path = self.root / place
        with _stick_errors(path):
            if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
                return False
            make_folder(path.parent)
            write_durably(path, content)
        return True

    async def keep_list_file(self, place: str, sha256: bytes, pieces: AsyncIterator[bytes]) -> bool:
        """Have the file of this hash at ``place``; returns whether it had to be written.

        Raises ``STICK_FULL``, and ``STICK_DAMAGED`` where what was written is not that file.
        """
        path = self.root / place
        with _stick_errors(path):
            if path.is_file() and _hash_of(path) == sha256:
                return False
            make_folder(path.parent)
        unfinished = path.with_name(path.name + UNFINISHED)
        await _fill(unfinished, pieces)
        with _stick_errors(path):
            if _hash_of(unfinished) != sha256:
                raise StoreError("STICK_DAMAGED", f"{path.name}: what arrived on the stick is not what was sent")
            unfinished.replace(path)
            sync_folder(path.parent)
        return True

    def read(self, place: str, limit: int = FILE_BYTES_MAX) -> bytes | None:
        """Return a file; None where there is none. Raises ``STICK_DAMAGED`` above ``limit`` bytes."""
        path = self.root / place
        with _stick_errors(path):
            if not path.is_file():
                return None
            if path.stat().st_size > limit:
                raise StoreError("STICK_DAMAGED", f"{place}: more than {limit} bytes")
            return path.read_bytes()

    def read_piece(self, place: str, start: int, limit: int) -> bytes:
        """Return at most ``limit`` bytes of a file from ``start`` on; none where there is no such file."""
        path = self.root / place
        with _stick_errors(path):
            if not path.is_file():
                return b""
            with path.open("rb") as file:
                file.seek(start)
                return file.read(limit)

    def read_batch(self, span: SpanFile) -> bytes:
        """Return a batch as it was written; raises ``STICK_DAMAGED`` where it is torn or altered."""
        content = self.read(span.batch)
        if content is None or digest_of(content) != span.digest:
            raise StoreError("STICK_DAMAGED", f"{span.batch}: not what was written")
        return content

    def is_whole(self, span: SpanFile) -> bool:
        """Say whether a batch is as it was written."""
        try:
            self.read_batch(span)
        except StoreError as error:
            if not lies_in_the_file(error):
                raise
            return False
        return True

    def batches(self) -> list[SpanFile]:
        """Return every batch, by terminal, epoch and number."""
        return self._spans("batches/*/*.batch")

    def acks(self, terminal: str) -> list[SpanFile]:
        """Return the acks for one terminal, by epoch and number."""
        return self._spans(f"acks/{terminal}/*.ack")

    def grants(self, terminal: str) -> list[bytes]:
        """Return the grant files that a terminal has sent along."""
        folder = self.root / "grants" / terminal
        with _stick_errors(folder):
            places = [f"grants/{terminal}/{path.name}" for path in sorted(folder.glob("*.grant"))]
        return [content for content in map(self.read, places) if content is not None]

    def files(self) -> list[str]:
        """Return the places of all finished files but the index, in order."""
        with _stick_errors(self.root):
            found = [path for path in self.root.rglob("*") if path.is_file() and path.suffix != UNFINISHED]
            return sorted(str(PurePosixPath(path.relative_to(self.root))) for path in found if path.parent != self.root)

    def settle(self) -> None:
        """Flush the names of all folders: a file that is found whole may be there by a copy that was cut short."""
        with _stick_errors(self.root):
            for folder in (self.root, *(path for path in self.root.rglob("*") if path.is_dir())):
                sync_folder(folder)
            sync_folder(self.root.parent)

    def drop(self, place: str) -> None:
        """Remove a file that is needed no more."""
        path = self.root / place
        with _stick_errors(path):
            path.unlink(missing_ok=True)
            sync_folder(path.parent)

    def _spans(self, pattern: str) -> list[SpanFile]:
        with _stick_errors(self.root):
            paths = list(self.root.glob(pattern))
        named = [(path.parent.name, SPAN_NAME.fullmatch(path.stem)) for path in paths]
        return sorted(
            SpanFile(terminal, int(name[1]), int(name[2]), int(name[3]), name[4]) for terminal, name in named if name
        )


def open_stick(folder: Path, centre_key: PublicKey, *, fill: bool) -> Stick:
    """Return the fleet's part of a stick; with ``fill`` it is begun where there is none.

    It bears the name of the centre's first key, whatever key it signs by now; one of a later key is taken as well.
    Raises ``STICK_FOREIGN`` where the stick serves another fleet, and ``STICK_UNUSABLE``; then nothing was touched.
    """
    names = [PREFIX + fingerprint_of(key).hex() for key in keys_of(centre_key)]
    with _stick_errors(folder):
        if not folder.is_dir():
            raise StoreError("STICK_UNUSABLE", f"{folder}: no such folder")
        fleets = sorted(path.name for path in folder.iterdir() if path.name.startswith(PREFIX) and path.is_dir())
    foreign = [name for name in fleets if name not in names]
    if foreign:
        raise StoreError("STICK_FOREIGN", f"{folder}: {foreign[0]} is of another fleet, ours is {names[0]}")
    root = folder / next((name for name in names if name in fleets), names[0])
    if fill:
        with _stick_errors(root):
            make_folder(root)
    return Stick(root)


def place_of(path: str) -> str:
    """Return where the file of a path of reference data lies: under the same names."""
    if not LIST_PATH.fullmatch(path):
        raise StoreError("STICK_DAMAGED", f"no path of reference data: {path[:80]!r}")
    return path.removeprefix("/")


def lies_in_the_file(error: OneCardError) -> bool:
    """Say whether an error is about what one file says, so that the others can be taken all the same."""
    return error.code == "STICK_DAMAGED" or (isinstance(error, ProtocolError) and error.code != "CONTROL_ABSENT")


def digest_of(content: bytes) -> str:
    """Return the hash that a batch's name carries."""
    return hashlib.sha256(content).hexdigest()[:HASH_DIGITS]


async def _fill(path: Path, pieces: AsyncIterator[bytes]) -> None:
    """Write a file from its pieces, and flush it."""
    _write(path, b"", "wb")
    async for piece in pieces:
        _write(path, piece, "ab")
    with _stick_errors(path), path.open("ab") as file:
        os.fsync(file.fileno())


def _write(path: Path, piece: bytes, mode: str) -> None:
    with _stick_errors(path), path.open(mode) as file:
        file.write(piece)


def _hash_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


@contextmanager
def _stick_errors(path: Path) -> Iterator[None]:
    """Raise what the operating system says about a stick under the stick's own codes: the cure is another one."""
    try:
        with coded_errors(path):
            yield
    except StoreError as error:
        if error.code.startswith("STICK_"):
            raise
        code = "STICK_FULL" if error.code == "STORE_FULL" else "STICK_UNUSABLE"
        raise StoreError(code, str(error.args[0])) from error
