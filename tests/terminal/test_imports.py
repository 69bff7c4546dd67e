"""What the terminal's process loads is its start and its memory, and the network is not part of it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.architecture.source_tree import ROOT

PRINT_MODULES = """
import asyncio, json, sys
of_asyncio = set(sys.modules)
import edge.wiring_terminal
print(json.dumps(sorted(set(sys.modules) - of_asyncio)))
"""


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Return the modules of a process that is ready to be a terminal, beside those of asyncio (ssl is one of them)."""
    words = [sys.executable, "-c", PRINT_MODULES]
    process = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    return frozenset(json.loads(process.stdout))


@pytest.mark.parametrize("module", ["aiohttp", "tenacity", "http.client", "urllib.request", "ssl", "pydantic"])
def test_the_terminal_does_not_load(loaded: frozenset[str], module: str) -> None:
    assert module not in loaded


@pytest.mark.parametrize("module", ["aiosqlite", "serial", "msgpack"])
def test_the_terminal_loads(loaded: frozenset[str], module: str) -> None:
    """The list above is of the real process, not of an empty one."""
    assert module in loaded
