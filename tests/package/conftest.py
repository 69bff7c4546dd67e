"""The two packages, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.package.debs import Deb, next_release_of_tree, this_release


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that both are built in."""
    return tmp_path_factory.mktemp("debs")


@pytest.fixture(scope="session")
def this_deb(built: Path) -> Deb:
    """Return the package of this tree."""
    return this_release(built)


@pytest.fixture(scope="session")
def next_deb(built: Path) -> Deb:
    """Return the package of the release after it."""
    return next_release_of_tree(built)
