"""What the pages' process loads is most of its memory: an HTTP library, and nothing that prices, signs or stores."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.architecture.source_tree import ROOT

PRINT_MODULES = """
import json, sys
import edge.cli.main, edge.cli.till_command, edge.wiring_till
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Return the modules of a process that is ready to serve the pages."""
    words = [sys.executable, "-c", PRINT_MODULES]
    process = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    return frozenset(json.loads(process.stdout))


@pytest.mark.parametrize(
    "module",
    ["cryptography", "aiosqlite", "serial", "msgpack", "edge.domain.entry", "edge.domain.tariff.bundle", "edge.ports"],
)
def test_the_pages_do_not_load(loaded: frozenset[str], module: str) -> None:
    assert module not in loaded


def test_the_pages_load_their_http_library(loaded: frozenset[str]) -> None:
    """The list above is of the real process, not of an empty one."""
    assert "aiohttp.web" in loaded
