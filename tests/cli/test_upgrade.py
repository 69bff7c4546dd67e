"""A version proves on copies that it reads everything; what it cannot read, it names; nothing of the device changes."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from edge.cli.main import EXIT_FAULT, EXIT_FINE, EXIT_NOTHING, main
from edge.cli.queue_check import COPIES
from edge.domain.entry import Remark
from edge.domain.errors import StoreError
from edge.store.lock import JournalLock
from edge.store.migrations import JOURNAL
from tests.cli.terminal_folder import Folder, add_older, drafts, enrolled, with_taps
from tests.store.next_release import ADDITIVE, BREAKING, next_release

ENTRIES = 8


def checked(folder: Folder, capsys: pytest.CaptureFixture[str], *, code: int = EXIT_FINE) -> dict[str, Any]:
    """Return what the check says, and hold its exit code."""
    assert main(["upgrade", "check", "--config", str(folder.config), "--json"]) == code
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def content(state: Path) -> dict[str, bytes]:
    return {str(path.relative_to(state)): path.read_bytes() for path in state.rglob("*") if path.is_file()}


@pytest.fixture
def terminal(tmp_path: Path) -> Folder:
    """Return a device with a queue."""
    return asyncio.run(with_taps(tmp_path))


def test_a_queue_that_is_read_to_its_end_is_left_as_it_was(
    terminal: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["upgrade", "check", "--config", str(terminal.config)])
    before = content(terminal.state)
    capsys.readouterr()
    said = checked(terminal, capsys)
    assert (said["sound"], said["way_back"], said["unsent"]) == (True, True, ENTRIES)
    assert [journal["entries"] for journal in said["journals"]] == [ENTRIES]
    assert content(terminal.state) == before


@pytest.mark.parametrize("step", [ADDITIVE, BREAKING], ids=["keeps the way back", "closes it"])
def test_the_next_release_migrates_the_copy_alone_and_says_whether_it(
    step: tuple[str, ...], terminal: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    with next_release(step):
        said = checked(terminal, capsys)
    steps = [(journal["steps_before"], journal["steps_after"]) for journal in said["journals"]]
    assert (steps, said["way_back"]) == ([(len(JOURNAL), len(JOURNAL) + 1)], step is ADDITIVE)
    assert [journal["steps_before"] for journal in checked(terminal, capsys)["journals"]] == [len(JOURNAL)]


def test_an_entry_of_a_form_that_this_release_does_not_know_is_named(
    terminal: Folder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write_newer() -> None:
        with monkeypatch.context() as newer:
            newer.setattr(Remark, "VERSION", Remark.VERSION + 1)
            journal = await terminal.open_journal()
            await journal.append(drafts()[0])
            await journal.close()

    asyncio.run(write_newer())
    said = checked(terminal, capsys, code=EXIT_FAULT)
    assert [
        problem for problem in said["problems"] if f"entry {ENTRIES + 1}: " in problem and "WIRE_VERSION" in problem
    ]


def test_a_damaged_entry_is_named(terminal: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(terminal.state / "journal.db")) as journal:
        journal.execute("UPDATE entry SET bytes = zeroblob(9) WHERE seq = 5")
        journal.commit()
    assert main(["upgrade", "check", "--config", str(terminal.config)]) == StoreError.exit_code
    assert "entry 5" in capsys.readouterr().err


def test_what_earlier_epochs_owe_is_read_too(terminal: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(add_older(terminal, 2, drafts()[:3]))
    assert [journal["unsent"] for journal in checked(terminal, capsys)["journals"]] == [3, ENTRIES]
    assert main(["upgrade", "owed", "--config", str(terminal.config)]) == EXIT_FAULT
    assert capsys.readouterr().out == f"{ENTRIES + 3}\n"


def test_a_journal_that_no_grant_explains_stops_the_check(terminal: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    (terminal.state / "journal-1.db").write_bytes((terminal.state / "journal.db").read_bytes())
    assert main(["upgrade", "check", "--config", str(terminal.config)]) == StoreError.exit_code
    assert "STORE_FOREIGN" in capsys.readouterr().err


def test_a_running_terminal_is_not_copied(terminal: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    with JournalLock(terminal.state / "journal.lock"):
        assert main(["upgrade", "check", "--config", str(terminal.config)]) == StoreError.exit_code
    assert "STORE_LOCKED" in capsys.readouterr().err


def test_copies_that_a_cut_left_are_removed(terminal: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    (terminal.state / COPIES).mkdir()
    (terminal.state / COPIES / "journal.db").write_bytes(b"half")
    checked(terminal, capsys)
    assert not (terminal.state / COPIES).exists()


def test_a_key_of_the_configuration_that_this_release_does_not_know_is_found_before_it_takes_over(
    terminal: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.config.write_text(terminal.config.read_text() + "[voices]\n", "utf-8")
    assert main(["upgrade", "check", "--config", str(terminal.config)]) != EXIT_FINE
    assert "CONFIG_KEY" in capsys.readouterr().err


def test_a_device_without_a_journal_has_nothing_to_take_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(enrolled(tmp_path), capsys, code=EXIT_NOTHING)["journals"] == []
    assert main(["upgrade", "owed", "--config", str(Folder(tmp_path).config)]) == EXIT_FINE
