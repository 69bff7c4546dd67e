"""What belongs to a version, file by file: made when it is built, held against it whenever somebody asks."""

from __future__ import annotations

import hashlib
import platform
import stat
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from edge.crypto.signing import coded_errors
from edge.domain.errors import ConfigError, RemoteProtocolError
from edge.domain.frozen import frozen
from sync.wire import decode, encode

FILE: Final = "manifest"
MANIFEST_BYTES_MAX: Final = 8 * 1024 * 1024
INTERPRETER: Final = "/usr/bin/python3"
"""The one thing outside of itself that a version points to."""


@frozen
class Item:
    """A file, by its path below the version's folder, permissions, size and SHA-256; or a link, by its ``target``."""

    path: str
    mode: int
    size_bytes: int
    sha256: bytes
    target: str = ""


@frozen
class Manifest:
    """A version, what it runs on (Python's series, machine), and everything that belongs to it, by path."""

    version: str
    python: str
    machine: str
    items: tuple[Item, ...]


def this_python() -> str:
    """Return the series of the Python that runs, as ``3.11``."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def manifest_of(folder: Path, version: str) -> Manifest:
    """Take down everything in a version's folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    items = tuple(_item(folder, path) for path in paths if path != folder / FILE)
    return Manifest(version, this_python(), platform.machine(), items)


def _item(folder: Path, path: Path) -> Item:
    name = path.relative_to(folder).as_posix()
    if path.is_symlink():
        return Item(name, 0, 0, b"", str(path.readlink()))
    content = path.read_bytes()
    return Item(name, stat.S_IMODE(path.stat().st_mode), len(content), hashlib.sha256(content).digest())


def encode_manifest(manifest: Manifest) -> bytes:
    """Return the bytes that are signed, and lie in the version's folder."""
    return encode(manifest)


def decode_manifest(packed: bytes) -> Manifest:
    """Return the manifest in ``packed``; raises ``RELEASE_UNFIT`` where it is none, or leads out of its folder."""
    try:
        manifest = decode(Manifest, packed, limit=MANIFEST_BYTES_MAX)
    except RemoteProtocolError as error:
        raise ConfigError("RELEASE_UNFIT", f"not a manifest: {error}") from error
    for item in manifest.items:
        if not _stays_inside(item):
            raise ConfigError("RELEASE_UNFIT", f"{item.path!r}: leads out of its folder")
    return manifest


def _stays_inside(item: Item) -> bool:
    path = PurePosixPath(item.path)
    plain = bool(path.parts) and not path.is_absolute() and ".." not in path.parts and str(path) == item.path
    return plain and (not item.target or item.target == INTERPRETER or "/" not in item.target)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest that lies in a version's folder; raises ``VERSION_ABSENT`` or ``RELEASE_UNFIT``."""
    try:
        packed = (folder / FILE).read_bytes()
    except OSError as error:
        raise ConfigError("VERSION_ABSENT", f"{folder / FILE}: {error.strerror}") from error
    return decode_manifest(packed)


@frozen
class Damage:
    """One item that is not as the manifest says. ``content``: it has to be written anew; else its mode alone is off."""

    item: Item
    what: str
    content: bool = True

    def __str__(self) -> str:
        return f"{self.item.path}: {self.what}"


def damages(folder: Path, manifest: Manifest) -> Iterator[Damage]:
    """Yield what is not as it was built."""
    for item in manifest.items:
        path = folder / item.path
        with coded_errors(path):
            found = _compared(path, item)
        if found is not None:
            yield found


def _compared(path: Path, item: Item) -> Damage | None:
    if item.target:
        same = path.is_symlink() and str(path.readlink()) == item.target
        return None if same else Damage(item, f"is no link to {item.target}")
    if path.is_symlink() or not path.is_file():
        return Damage(item, "missing")
    if path.stat().st_size != item.size_bytes or hashlib.sha256(path.read_bytes()).digest() != item.sha256:
        return Damage(item, "altered")
    mode = stat.S_IMODE(path.stat().st_mode)
    return None if mode == item.mode else Damage(item, f"mode {mode:o}, not {item.mode:o}", content=False)


def is_whole(folder: Path) -> bool:
    """Say whether a version lies there as it was built."""
    try:
        return not any(True for _ in damages(folder, read_manifest(folder)))
    except ConfigError:
        return False
