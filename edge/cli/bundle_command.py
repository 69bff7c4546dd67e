"""``onecard bundle``: a support archive that may leave the house, with a manifest; see it before you send it."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

from edge import __version__
from edge.cli.bundle_parts import PARTS, Gathered, Part, gather
from edge.cli.locate import add_location_options, locate
from edge.cli.main import EXIT_FINE
from edge.cli.output import add_json_option, columns, show
from edge.clock import SystemClock
from edge.domain.errors import ConfigError, StoreError
from edge.explaining.entry_text import moment

HELP = "pack a support archive without numbers, names or keys; --preview shows what would go in"
FILE_MODE = 0o600


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--to", type=Path, default=Path(), metavar="DIR", help="where the archive is put (default: here)"
    )
    parser.add_argument(
        "--preview", action="store_true", help="write nothing; tell every part, what it is and its size"
    )
    parser.add_argument("--part", metavar="NAME", help=f"write nothing; print one part whole: {', '.join(PARTS)}")
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Pack it, or show it; raises ``CONFIG_*`` where no terminal is found, ``STORE_IO`` where it cannot be written."""
    found = asyncio.run(gather(locate(arguments)))
    if arguments.part:
        print(_part(found, arguments.part).content.decode("utf-8", "replace"), end="")
        return EXIT_FINE
    now_ms = SystemClock().wall_ms()
    manifest = manifest_of(found, now_ms)
    path = None if arguments.preview else _write(arguments.to, found, manifest, now_ms)
    facts = {"file": None if path is None else str(path), **manifest}
    told = "nothing was written" if path is None else f"written: {path} ({path.stat().st_size} bytes)"
    show(arguments, facts, [*columns(_table(found)), told])
    return EXIT_FINE


def manifest_of(found: Gathered, now_ms: int) -> dict[str, object]:
    """Return what a bundle says of itself: each part with size and hash, and what it could not have."""
    parts = [
        {
            "name": part.name,
            "about": part.about,
            "bytes": len(part.content),
            "sha256": hashlib.sha256(part.content).hexdigest(),
            "masked": part.masked,
        }
        for part in found.parts
    ]
    return {"made": moment(now_ms), "version": __version__, "parts": parts, "absent": found.absent}


def _table(found: Gathered) -> Iterator[tuple[str, ...]]:
    for part in found.parts:
        masked = f", {part.masked} numbers masked" if part.masked else ""
        yield part.name, f"{len(part.content)} bytes{masked}", part.about
    for name, why in found.absent.items():
        yield name, "absent", why


def _part(found: Gathered, name: str) -> Part:
    if name in found.absent:
        raise ConfigError("CONFIG_VALUE", f"{name} is absent: {found.absent[name]}")
    part = next((part for part in found.parts if part.name == name), None)
    if part is None:
        raise ConfigError("CONFIG_VALUE", f"no part {name}; there are: {', '.join(PARTS)}")
    return part


def _write(folder: Path, found: Gathered, manifest: dict[str, object], now_ms: int) -> Path:
    """Write the archive for its owner's eyes; the same content at the same time is the same bytes."""
    stamp = moment(now_ms).replace(":", "").replace("-", "")
    path = folder / f"onecard-bundle-{stamp}.tar.gz"
    told = json.dumps(manifest, ensure_ascii=False, indent=2).encode() + b"\n"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in [("manifest.json", told), *((part.name, part.content) for part in found.parts)]:
            entry = tarfile.TarInfo(f"{path.name.removesuffix('.tar.gz')}/{name}")
            entry.size, entry.mtime, entry.mode = len(content), now_ms // 1000, FILE_MODE
            archive.addfile(entry, io.BytesIO(content))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(gzip.compress(packed.getvalue(), mtime=now_ms // 1000))
    except OSError as error:
        raise StoreError("STORE_IO", f"{path}: {error.strerror}") from error
    return path
