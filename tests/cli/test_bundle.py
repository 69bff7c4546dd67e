"""``onecard bundle``: what a support archive holds, what is masked in it, and what it says when something is absent."""

from __future__ import annotations

import asyncio
import hashlib
import json
import stat
import tarfile
from pathlib import Path
from typing import Any, Final

import pytest

from edge.cli.bundle_parts import MASKED, PART_BYTES_MAX, PARTS, redacted
from edge.cli.main import EXIT_FINE, main
from edge.domain.errors import ConfigError, StoreError
from tests.cli.terminal_folder import Folder, with_taps

ABSENT: Final = {"log.txt", "sync.json"}
"""A folder of a test has no sync process, and a machine of a test perhaps no service manager."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return asyncio.run(with_taps(tmp_path))


def packed(folder: Folder, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """Call the command and return what it says."""
    assert main(["bundle", "--config", str(folder.config), "--json", "--to", str(folder.root), *words]) == EXIT_FINE
    return dict(json.loads(capsys.readouterr().out))


def contents(archive: Path) -> dict[str, bytes]:
    """Return every file of an archive by its name within."""
    with tarfile.open(archive) as opened:
        files = {member.name.partition("/")[2]: opened.extractfile(member) for member in opened.getmembers()}
        return {name: file.read() for name, file in files.items() if file is not None}


def test_the_manifest_tells_every_part_by_size_and_hash(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    told = packed(folder, capsys)
    path = Path(told["file"])
    files = contents(path)
    manifest = json.loads(files.pop("manifest.json"))
    assert {part["name"]: part["sha256"] for part in manifest["parts"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    assert set(PARTS) - set(files) == set(manifest["absent"]) <= ABSENT
    assert manifest["parts"] == told["parts"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_its_parts_say_how_the_terminal_stands(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    files = contents(Path(packed(folder, capsys)["file"]))
    assert json.loads(files["status.json"])["journal"]["last_seq"] == 8
    assert len(files["entries.txt"].splitlines()) == 8
    assert {finding["check"] for finding in json.loads(files["doctor.json"])} >= {"clock", "disk", "sqlite"}
    configuration = json.loads(files["configuration.json"])
    assert configuration["profile"] == "bus-validator-virtual"
    assert configuration["scanner"]["path"] == "", "a path that is not set"
    assert "place.city" in configuration["own"]


def test_of_keys_it_holds_names_and_rights_alone(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(packed(folder, capsys)["file"])
    everything = b"".join(contents(path).values())
    keys = [folder.state / "keys" / "terminal.key", folder.root / "credentials" / "token-key-1"]
    for key in keys:
        assert str(key).encode() in everything
        assert key.read_bytes() not in everything
        assert key.read_bytes().hex().encode() not in everything


def test_a_preview_writes_nothing(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(folder.root.iterdir())
    told = packed(folder, capsys, "--preview")
    assert told["file"] is None
    assert {part["name"] for part in told["parts"]} >= set(PARTS) - ABSENT
    assert sorted(folder.root.iterdir()) == before


def test_one_part_is_shown_whole(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bundle", "--config", str(folder.config), "--part"]
    assert main([*words, "entries.txt"]) == EXIT_FINE
    assert len(capsys.readouterr().out.splitlines()) == 8
    assert main([*words, "nothing.txt"]) == ConfigError.exit_code
    assert "entries.txt" in capsys.readouterr().err


def test_a_broken_terminal_still_gives_what_it_can(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    (folder.state / "grant").unlink()
    told = packed(folder, capsys)
    assert "NOT_ENROLLED" in told["absent"]["status.json"]
    assert {"doctor.json", "files.txt", "system.json"} <= {part["name"] for part in told["parts"]}


def test_a_folder_that_takes_no_file_is_told(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "--config", str(folder.config), "--to", str(folder.config)]) == StoreError.exit_code
    assert "STORE_IO" in capsys.readouterr().err


MASKS: Final = {
    "the number of a bank card": (b"card 6228480402564890018 seen", 1),
    "the serial of a purse": (b"3104930499900000017", 1),
    "an id number with its letter": (b"id=11010519491231002X.", 1),
    "two numbers": (b"6228480402564890018,6228480402564890018", 2),
    "a time in milliseconds": (b"1793491200000", 0),
    "an amount and a count": (b"100 fen, 569743 taps", 0),
    "a hash": (hashlib.sha256(b"").hexdigest().encode(), 0),
    "a long run of digits within a word": (b"a12345678901234567b", 0),
}


@pytest.mark.parametrize("case", list(MASKS))
def test_what_looks_like_the_number_of_somebody_is_masked(case: str) -> None:
    content, count = MASKS[case]
    part = redacted("part", "", content)
    assert (part.masked, part.content.count(MASKED)) == (count, count)
    assert (part.content == content) is (count == 0)


def test_of_a_part_that_is_too_long_the_end_is_kept() -> None:
    part = redacted("log.txt", "", b"a" * PART_BYTES_MAX + b"the end")
    assert (len(part.content), part.content[-7:]) == (PART_BYTES_MAX, b"the end")
