"""Two Debian packages for a test run: the release in this tree, and the one after it with one more step of schema."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge import __version__
from tests.architecture.source_tree import ROOT
from tests.store.next_release import ADDITIVE

BUILD: Final = ROOT / "systemd" / "debian" / "build"
PACKAGES: Final = ("edge", "drivers", "sync", "firmware_profiles")
NEXT_VERSION: Final = re.sub(r"\.(\d+)\.\d+$", lambda found: f".{int(found[1]) + 1}.0", __version__)
NEXT_STEP: Final = f"\nJOURNAL = (*JOURNAL, {ADDITIVE!r})\n"
EPOCH_S: Final = "1760000000"


@dataclass(frozen=True)
class Deb:
    """A package file and the version in it."""

    path: Path
    version: str


def this_release(folder: Path) -> Deb:
    """Build the package of a copy of the tree."""
    return _built(_copy(folder / "this"), folder, __version__)


def next_release_of_tree(folder: Path) -> Deb:
    """Build the package of the release that would follow."""
    tree = _copy(folder / "next")
    version = tree / "edge" / "__init__.py"
    version.write_text(version.read_text("utf-8").replace(f'"{__version__}"', f'"{NEXT_VERSION}"'), "utf-8")
    migrations = tree / "edge" / "store" / "migrations.py"
    migrations.write_text(migrations.read_text("utf-8") + NEXT_STEP, "utf-8")
    return _built(tree, folder, NEXT_VERSION)


def _copy(tree: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tree


def _built(tree: Path, folder: Path, version: str) -> Deb:
    command: list[str | Path] = [BUILD, "--tree", tree, "--out", folder / "dist"]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SOURCE_DATE_EPOCH": EPOCH_S}
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)
    assert built.returncode == 0, built.stderr
    return Deb(Path(built.stdout.splitlines()[-1]), version)
