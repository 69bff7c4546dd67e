"""A version proves itself by service and an entry of its own; the trial believes that proof and nothing else."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from edge import __version__
from edge.domain.errors import StoreError
from edge.installation.in_force import InForce, put_in_force, read_in_force
from edge.proof import FILE, prove

TRIAL = Path(__file__).parents[2] / "systemd" / "debian" / "onecard-trial"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder of installation with two versions and the trial script."""
    root = tmp_path / "opt"
    (root / "bin").mkdir(parents=True)
    shutil.copy(TRIAL, root / "bin")
    for version in ("1.0", "1.1"):
        command = root / "versions" / version / "bin" / "onecard"
        command.parent.mkdir(parents=True)
        command.touch(mode=0o755)
    return root


def started(root: Path, proof: Path) -> InForce:
    """Do what comes before a start of the terminal; returns what is in force then."""
    subprocess.run([root / "bin" / "onecard-trial", proof], check=True, capture_output=True)
    return read_in_force(root)


def test_a_version_that_never_proves_itself_goes_back_after_its_last_start(root: Path) -> None:
    put_in_force(root, InForce("1.0").followed_by("1.1"))
    left = [started(root, root / FILE) for _ in range(4)]
    assert left == [InForce("1.1", "1.0", starts) for starts in (2, 1, 0)] + [InForce("1.0")]


def test_a_version_that_has_proven_itself_stays(root: Path) -> None:
    put_in_force(root, InForce("1.0").followed_by("1.1"))
    started(root, root / FILE)
    (root / FILE).write_text("1.1\n")
    assert started(root, root / FILE) == InForce("1.1", "1.0")


def test_the_proof_of_another_version_is_none(root: Path) -> None:
    put_in_force(root, InForce("1.0").followed_by("1.1"))
    (root / FILE).write_text("1.0\n")
    assert started(root, root / FILE).starts_left == 2


def test_without_a_trial_nothing_is_counted_and_nothing_written(root: Path) -> None:
    put_in_force(root, InForce("1.1", "1.0"))
    before = (root / "in-force").stat().st_mtime_ns
    assert started(root, root / FILE) == InForce("1.1", "1.0")
    assert (root / "in-force").stat().st_mtime_ns == before


def test_a_version_with_nothing_to_go_back_to_goes_on_trying(root: Path) -> None:
    put_in_force(root, InForce("1.1", "1.0", 0))
    shutil.rmtree(root / "versions" / "1.0")
    assert started(root, root / FILE) == InForce("1.1", "1.0", 0)


async def test_the_proof_waits_for_service_and_for_an_entry(tmp_path: Path) -> None:
    last, faults = [7], list[StoreError]()
    proving = asyncio.create_task(prove(tmp_path, lambda: last[0], faults.append, sound_s=0.0, look_s=0.0))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not (tmp_path / FILE).exists()
    last[0] += 1
    await proving
    assert (tmp_path / FILE).read_text() == f"{__version__}\n"
    assert faults == []


async def test_a_version_proves_itself_once(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(f"{__version__}\n")
    faults = list[StoreError]()
    async with asyncio.timeout(5):
        await prove(tmp_path, lambda: 0, faults.append)
    assert faults == []


async def test_a_proof_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    last, faults = iter(range(9)), list[StoreError]()
    await prove(tmp_path / "absent", lambda: next(last), faults.append, sound_s=0.0, look_s=0.0)
    assert [fault.code for fault in faults] == ["STORE_IO"]
