"""The compiled shim, and a folder whose flushes cost nothing: the lab loses unflushed bytes by itself."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.lab.trace import build_shim

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the shim once."""
    return build_shim(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Path]:
    """Return an empty folder, in memory where there is such a place."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="crash-lab-", dir=MEMORY))
    yield folder
    shutil.rmtree(folder)
