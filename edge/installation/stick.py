"""A release on a stick: ``onecard-VERSION.release``, its signed manifest, and ``onecard-VERSION.tar.gz``, its files.

Nothing of the archive is believed but what the manifest names, byte for byte. The version is laid out under another
name, flushed, and comes to be there by one rename.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.crypto.signing import SigningKey, coded_errors, make_folder, sync_folder, write_durably
from edge.domain.errors import ConfigError, PolicyError, StoreError
from edge.domain.frozen import frozen
from edge.installation.in_force import folder_of
from edge.installation.manifest import FILE, Damage, Item, Manifest, decode_manifest, encode_manifest, read_manifest
from sync.artifact import new_header, open_artifact, seal_artifact

KIND: Final = "release"
SUFFIX: Final = ".release"
TORN: Final = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError)
"""What reading a torn archive raises."""


@frozen
class Release:
    """A release whose signature was checked, and the archive of its files, which was not."""

    manifest: Manifest
    archive: Path


def pack_release(folder: Path, key: SigningKey, stick: Path) -> Path:
    """Put the version in ``folder`` on a stick, signed; returns the signed file."""
    manifest = read_manifest(folder)
    body = encode_manifest(manifest)
    name = stick / f"onecard-{manifest.version}"
    with coded_errors(stick), tarfile.open(f"{name}.tar.gz", "w:gz", compresslevel=6) as archive:
        for item in manifest.items:
            if not item.target:
                archive.add(folder / item.path, item.path, recursive=False)
    signed = Path(f"{name}{SUFFIX}")
    write_durably(signed, seal_artifact(key, new_header(KIND, f"onecard {manifest.version}", 1, body), body))
    return signed


def open_release(stick: Path, keys: Sequence[bytes], version: str = "") -> Release:
    """Return the release on a stick that one of the keys has signed; with several on it, that of this ``version``.

    Raises ``STICK_UNUSABLE``, ``VERSION_ABSENT``, ``ARTIFACT_UNSIGNED``, ``ARTIFACT_DAMAGED`` or ``RELEASE_UNFIT``.
    """
    found = sorted(stick.glob(f"onecard-{version or '*'}{SUFFIX}"))
    if len(found) != 1:
        names = ", ".join(path.stem.removeprefix("onecard-") for path in found)
        several = f"several releases ({names}): say which, `onecard install from VERSION --from DIR`"
        raise ConfigError("VERSION_ABSENT", f"{stick}: {several if found else 'no release lies there'}")
    with _readable(found[0]):
        packed = found[0].read_bytes()
    manifest = decode_manifest(_signed(packed, keys, found[0]))
    return Release(manifest, found[0].with_name(f"onecard-{manifest.version}.tar.gz"))


def _signed(packed: bytes, keys: Sequence[bytes], path: Path) -> bytes:
    for key in keys:
        try:
            return open_artifact(packed, key, kind=KIND)[1]
        except PolicyError as error:
            if error.code != "ARTIFACT_UNSIGNED":
                raise
    raise PolicyError("ARTIFACT_UNSIGNED", f"{path.name}: by none of the {len(keys)} keys that this device knows")


def lay_out(release: Release, root: Path) -> Path:
    """Put a release's files in their place beside the other versions; returns their folder.

    Raises ``STICK_DAMAGED``, ``STICK_UNUSABLE``, ``STORE_FULL`` or ``STORE_IO``; what was begun is then gone.
    """
    folder = folder_of(root, release.manifest.version)
    begun = folder.with_name(f".{folder.name}")
    make_folder(folder.parent)
    shutil.rmtree(begun, ignore_errors=True)
    try:
        _write_items(release.archive, release.manifest.items, begun)
        write_durably(begun / FILE, encode_manifest(release.manifest))
    except BaseException:
        shutil.rmtree(begun, ignore_errors=True)
        raise
    _flush_folders(begun)
    with coded_errors(folder):
        shutil.rmtree(folder, ignore_errors=True)  # a version that is not in force and was found damaged
        begun.rename(folder)
    sync_folder(folder.parent)
    return folder


def mend(release: Release, folder: Path, damaged: Sequence[Damage]) -> None:
    """Write damaged files of a version anew from its own release; raises as :func:`lay_out` does."""
    _write_items(release.archive, [damage.item for damage in damaged if damage.content], folder)
    _flush_folders(folder)


def _write_items(archive: Path, items: Sequence[Item], folder: Path) -> None:
    make_folder(folder)
    wanted = {item.path: item for item in items if not item.target}
    with _readable(archive), tarfile.open(archive, "r:gz") as members:
        for member in members:
            if member.isfile() and member.name in wanted:
                source = members.extractfile(member)
                item = wanted.pop(member.name)
                _write_file(folder / item.path, item, b"" if source is None else source.read(item.size_bytes + 1))
    if wanted:
        raise StoreError("STICK_DAMAGED", f"{archive.name}: {min(wanted)} is missing")
    for item in items:
        if item.target:
            _write_link(folder / item.path, item)


def _write_file(path: Path, item: Item, content: bytes) -> None:
    if len(content) != item.size_bytes or hashlib.sha256(content).digest() != item.sha256:
        raise StoreError("STICK_DAMAGED", f"{item.path}: not what was signed")
    with coded_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.new")
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), item.mode)
            os.fsync(file.fileno())
        temporary.replace(path)


def _write_link(path: Path, item: Item) -> None:
    with coded_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(item.target)


def _flush_folders(folder: Path) -> None:
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())):
        sync_folder(path)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Raise what goes wrong with reading a stick as ``STICK_UNUSABLE`` or ``STICK_DAMAGED``."""
    try:
        yield
    except (*TORN, OSError) as error:
        code = "STICK_DAMAGED" if isinstance(error, TORN) else "STICK_UNUSABLE"
        raise StoreError(code, f"{path}: {error}") from error
