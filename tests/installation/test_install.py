"""A release from a stick: signed, laid out whole, proven before it takes over, and gone back from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.cli.main import EXIT_FAULT, EXIT_FINE, main
from edge.domain.errors import ConfigError, OneCardError
from edge.installation.in_force import STARTS_OF_A_TRIAL, InForce, read_in_force
from tests.installation.versions import RELEASER, add_version, stick_with, with_version

pytestmark = pytest.mark.package


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a device's folder of installation, whose releaser is known to it."""
    (tmp_path / "release.pub").write_bytes(RELEASER.public)
    return with_version(tmp_path / "opt")


def install(root: Path, *words: str) -> int:
    """Call the command on this device."""
    place = ["--root", str(root), "--config", str(root.parent / "terminal.toml")]
    return main(["install", *words, *place])


def refused(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the code that a command ended with."""
    return capsys.readouterr().err.partition(":")[0]


def test_a_release_takes_over_on_trial_and_is_committed(root: Path) -> None:
    stick = stick_with(root.parent, "1.1")
    assert install(root, "--from", str(stick)) == EXIT_FINE
    assert read_in_force(root) == InForce("1.1", "1.0", STARTS_OF_A_TRIAL)
    assert install(root, "commit") == EXIT_FINE
    assert read_in_force(root) == InForce("1.1", "1.0")


def test_one_that_is_not_wanted_is_gone_back_from(root: Path) -> None:
    install(root, "--from", str(stick_with(root.parent, "1.1")))
    assert install(root, "rollback") == EXIT_FINE
    assert read_in_force(root) == InForce("1.0")


def test_one_that_cannot_read_the_queue_stays_beside(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stick = stick_with(root.parent, "1.1", {"problems": ["entry 5: unknown form"]}, EXIT_FAULT)
    assert install(root, "--from", str(stick)) == ConfigError.exit_code
    said = capsys.readouterr().err
    assert "UPGRADE_REFUSED" in said
    assert "entry 5" in said
    assert read_in_force(root) == InForce("1.0")


def test_one_that_closes_the_way_back_is_taken_for_good_or_not_at_all(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stick = stick_with(root.parent, "1.1", {"way_back": False, "problems": []})
    install(root, "--from", str(stick))
    assert refused(capsys) == "UPGRADE_REFUSED"
    assert read_in_force(root) == InForce("1.0")
    assert install(root, "switch", "1.1", "--final") == EXIT_FINE
    assert read_in_force(root) == InForce("1.1", "1.0")


def test_one_signed_by_somebody_else_is_not_laid_out(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root.parent / "release.pub").write_bytes(b"\x09" * 32)
    install(root, "--from", str(stick_with(root.parent, "1.1")))
    assert refused(capsys) == "ARTIFACT_UNSIGNED"
    assert not (root / "versions" / "1.1").exists()


@pytest.mark.parametrize("percent", [0, 10, 60], ids=["nothing", "a beginning", "the greater part"])
def test_an_archive_of_which_there_is_only(percent: int, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It leaves nothing behind."""
    stick = stick_with(root.parent, "1.1")
    archive = stick / "onecard-1.1.tar.gz"
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size * percent // 100])
    install(root, "--from", str(stick))
    assert refused(capsys) == "STICK_DAMAGED"
    assert [path.name for path in (root / "versions").iterdir()] == ["1.0"]


def test_of_several_on_a_stick_one_has_to_be_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stick = root.parent / "stick"
    stick.mkdir(exist_ok=True)
    for version in ("9.1", "9.2"):
        (stick / f"onecard-{version}.release").write_bytes(b"")
    assert install(root, "--from", str(stick)) == ConfigError.exit_code
    assert "9.1, 9.2" in (said := capsys.readouterr().err)
    assert "onecard install from VERSION" in said
    assert install(root, "from", "9.1", "--from", str(stick)) != EXIT_FINE
    assert "several" not in capsys.readouterr().err


def test_the_version_in_force_is_not_installed_over_itself(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(root, "--from", str(stick_with(root.parent, "1.0")))
    assert refused(capsys) == "RELEASE_UNFIT"


def test_status_names_versions_and_what_is_damaged(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (add_version(root, "0.9") / "library").write_text("other")
    assert install(root, "status", "--json") == EXIT_FINE
    said = json.loads(capsys.readouterr().out)
    assert (said["version"], said["versions"]) == ("1.0", {"0.9": False, "1.0": True})


def repair(root: Path, *words: str) -> int:
    """Call the command on this device."""
    return main(["repair", *words, "--root", str(root), "--config", str(root.parent / "terminal.toml")])


def test_repair_restores_modes_and_names_what_only_a_stick_can_mend(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = root / "versions" / "1.0"
    (folder / "bin" / "onecard").chmod(0o600)
    (folder / "library").write_text("half")
    assert repair(root) == EXIT_FAULT
    said = capsys.readouterr().out
    assert "bin/onecard: mode 600, not 755: restored" in said
    assert "library: altered" in said
    assert repair(root, "--from", str(stick_with(root.parent, "1.0"))) == EXIT_FINE
    assert (folder / "library").read_text() == "1.0" * 100


@pytest.mark.parametrize("line", ["", "1.7 - -\n", "1.0 - - -\n"], ids=["an empty", "a foreign", "a damaged"])
def test_repair_mends_the_line_that_names_the_version(line: str, root: Path) -> None:
    (root / "in-force").write_text(line)
    assert repair(root) == EXIT_FINE
    assert read_in_force(root) == InForce("1.0")


def test_a_line_that_cannot_be_read_is_a_coded_error(root: Path) -> None:
    (root / "in-force").write_bytes(b"\xff\n")
    with pytest.raises(OneCardError, match="VERSION_ABSENT"):
        read_in_force(root)


def test_what_is_done_to_the_program_is_left_for_the_journal(root: Path) -> None:
    state = root.parent / "state"
    state.mkdir()
    (root.parent / "terminal.toml").write_text(
        'profile = "bus-validator"\npaths.state = "state"\nplace.city = "4520"\nplace.operator = "books"\n', "utf-8"
    )
    install(root, "--from", str(stick_with(root.parent, "1.1")))
    install(root, "rollback")
    acts = [json.loads(file.read_text("utf-8")) for file in sorted((state / "acts").iterdir())]
    assert [(act["action"], act["version"]) for act in acts] == [("install", "1.1"), ("install.rollback", "1.0")]
