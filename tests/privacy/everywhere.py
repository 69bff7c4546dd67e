"""Looks through what every test of the whole line leaves: its state folders, logs, databases and captured packets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.privacy.scan import Scan

LINE = "line"


@pytest.fixture(autouse=True)
def nothing_in_clear(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test of the line that left a number or name of a known card in clear in its folder."""
    if request.node.get_closest_marker(LINE) is None or "tmp_path" not in request.fixturenames:
        yield
        return
    folder: Path = request.getfixturevalue("tmp_path")
    yield
    if any(path.is_file() for path in folder.rglob("*")):
        found = _scan().folders([folder])
        assert not found, "\n".join(["left in clear:", *map(str, found)])


@cache
def _scan() -> Scan:
    """Return the scan of all known cards, made when the first test of the line ends."""
    from tests.privacy.known import KNOWN  # noqa: PLC0415 - only tests of the line pay for loading every virtual card

    return Scan(KNOWN)
