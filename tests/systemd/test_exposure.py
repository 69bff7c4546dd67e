"""What `systemd-analyze security` finds left open in each unit stays below its bound."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.package

FOLDER = Path(__file__).parents[2] / "systemd"
BOUNDS = {"terminal": 0.8, "sync": 1.6, "till": 1.6, "central": 1.6, "books": 1.6}


def exposure(unit: Path) -> float:
    """Return the score of a unit file, read without a running systemd."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said.stdout)
    assert found is not None, said.stdout + said.stderr
    return float(found[1])


def test_every_unit_has_a_bound() -> None:
    assert {unit.name for unit in FOLDER.glob("*.service")} == {f"onecard-{name}.service" for name in BOUNDS}


@pytest.mark.parametrize("name", BOUNDS)
def test_a_unit_leaves_no_more_open_than_its_bound(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = exposure(FOLDER / f"onecard-{name}.service")
    with capsys.disabled():
        sys.stdout.write(f"\nexposure of onecard-{name}: {found} (at most {BOUNDS[name]})\n")
    assert found <= BOUNDS[name]


def test_a_unit_that_gives_nothing_up_is_seen(tmp_path: Path) -> None:
    bare = tmp_path / "bare.service"
    bare.write_text("[Service]\nExecStart=/bin/true\n")
    assert exposure(bare) > max(BOUNDS.values())
