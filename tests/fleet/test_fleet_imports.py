"""A centre that serves no pages hashes no passwords and lints no bundles: neither is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.source_tree import ROOT

pytestmark = pytest.mark.centre

PRINT_MODULES = "import sys; import edge.wiring_central; print(*sys.modules, sep='\\n')"


def test_extras_and_the_lint_are_loaded_only_where_they_are_used() -> None:
    words = [sys.executable, "-c", PRINT_MODULES]
    process = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    loaded = set(process.stdout.splitlines())
    assert "sync.central.fleet.serving" in loaded
    assert not loaded & {"argon2", "edge.tariff_authoring.lint", "sync.central.fleet.bundles"}
