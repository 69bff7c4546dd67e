"""Hypothesis profiles: CI draws the same examples every time, a developer new ones, a search many.

Fair workers; a stage imports its own tests alone; and no test of the line leaves a card number behind.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import WorkStealingScheduling  # type: ignore[import-untyped]  # it has no py.typed

from tests.privacy.everywhere import nothing_in_clear

__all__ = ["nothing_in_clear"]

settings.register_profile("ci", derandomize=True, print_blob=True)
settings.register_profile("search", max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Let an idle worker take tests from a busy one: the long ones stand in a row."""
    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a module that never names the mark which a stage asks for: to import them all takes ten seconds."""
    wanted = str(config.getoption("markexpr")).split(" ", 1)[0]
    if not wanted.isidentifier() or wanted == "not" or collection_path.suffix != ".py":
        return None
    return True if f"pytest.mark.{wanted}" not in collection_path.read_text("utf-8") else None


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a short name: sockets live in it, and their paths end at 107 bytes."""
    return tmp_path_factory.mktemp("t")
