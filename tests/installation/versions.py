"""Small versions of a program that is not there, side by side in a folder, and a stick to bring more of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from edge.crypto.signing import SigningKey
from edge.installation.in_force import InForce, put_in_force
from edge.installation.manifest import FILE, encode_manifest, manifest_of
from edge.installation.stick import Release, open_release, pack_release

RELEASER: Final = SigningKey(b"\x07" * 32)
SOUND: Final = {"way_back": True, "problems": []}
COMMAND: Final = "#!/bin/sh\necho '{said}'\nexit {code}\n"


def add_version(root: Path, version: str, said: dict[str, object] | None = None, code: int = 0) -> Path:
    """Lay out a version whose check of the queue says this and ends so; returns its folder."""
    folder = root / "versions" / version
    (folder / "bin").mkdir(parents=True)
    command = folder / "bin" / "onecard"
    command.write_text(COMMAND.format(said=json.dumps(said or SOUND), code=code))
    command.chmod(0o755)
    (folder / "bin" / "python3").symlink_to("/usr/bin/python3")
    (folder / "library").write_text(version * 100)
    (folder / "library").chmod(0o644)
    (folder / FILE).write_bytes(encode_manifest(manifest_of(folder, version)))
    return folder


def with_version(root: Path, version: str = "1.0") -> Path:
    """Return a folder of installation with one version, in force."""
    add_version(root, version)
    put_in_force(root, InForce(version))
    return root


def stick_with(folder: Path, version: str, said: dict[str, object] | None = None, code: int = 0) -> Path:
    """Return a stick with a release, signed by the releaser."""
    stick = folder / "stick"
    stick.mkdir(exist_ok=True)
    pack_release(add_version(folder / "built", version, said, code), RELEASER, stick)
    return stick


def opened(stick: Path) -> Release:
    """Open the one release on a stick."""
    return open_release(stick, [RELEASER.public])
