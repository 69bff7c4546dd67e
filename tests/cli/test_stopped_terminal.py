"""The technician's commands with the terminal down: they read the files under the lock, and say so."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from edge.cli.main import main
from edge.control.status import JournalStatus, Status
from edge.store.lock import JournalLock
from tests.cli.terminal_folder import PAID, REFUSED, TORN, Folder, add_older, drafts, enrolled, with_taps


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return asyncio.run(with_taps(tmp_path))


def asked(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:  # noqa: ANN401 - the command's JSON
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    return capsys.readouterr().out


def test_status_has_stable_keys(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    status = asked(capsys, "status", "--config", str(folder.config))
    assert list(status) == [*(each.name for each in fields(Status)), "certificate"]
    assert list(status["journal"]) == [each.name for each in fields(JournalStatus)]
    assert (status["running"], status["terminal"], status["epoch"], status["edition"]) == (False, "bus-07", 3, 0)
    assert status["last_tap"]["seq"] == 8
    journal = status["journal"]
    assert (journal["last_seq"], journal["acked_seq"], journal["unsent_entries"]) == (8, 0, 8)
    assert (journal["unsent_taps"], journal["unsent_fen"]) == (2, 200)
    assert (journal["open_debits"], journal["torn_debits"]) == (0, 0)


def test_status_counts_what_earlier_epochs_owe(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever wipes the disk must see that money is on it."""
    asyncio.run(add_older(folder, 1, []))
    asyncio.run(add_older(folder, 2, drafts()[:5]))
    journal = asked(capsys, "status", "--config", str(folder.config))["journal"]
    assert (journal["last_seq"], journal["older_unsent"]) == (8, 1)
    assert (journal["unsent_entries"], journal["unsent_taps"], journal["unsent_fen"]) == (13, 3, 300)
    assert journal["torn_debits"] == 1
    assert "13 entries (3 taps of 3.00 yuan)" in (screen := said(capsys, "status", "--state", str(folder.state)))
    assert "some in 1 earlier epochs" in screen


def test_status_names_an_earlier_journal_that_cannot_be_read(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(add_older(folder, 2, drafts()))
    (folder.state / "journal-2.db").write_bytes(b"no database" * 500)
    status = asked(capsys, "status", "--config", str(folder.config))
    assert (status["faults"], status["journal"]["unsent_entries"]) == ({"STORE_CORRUPT": 1}, 8)


def test_a_terminal_whose_new_epoch_has_not_begun_says_what_the_old_one_owes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = enrolled(tmp_path)
    asyncio.run(add_older(folder, 2, drafts()))
    assert main(["status", "--config", str(folder.config)]) == 40
    assert "8 unsent entries of earlier epochs" in capsys.readouterr().err
    assert not (folder.state / "journal.db").exists()


def test_status_fits_one_screen(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    screen = said(capsys, "status", "--config", str(folder.config))
    assert len(screen.splitlines()) <= 24
    assert "not running: read from the files" in screen
    assert "8 entries (2 taps of 2.00 yuan)" in screen


def test_a_state_folder_is_enough(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "status", "--state", str(folder.state))["journal"]["last_seq"] == 8


def test_journal_list_shows_the_newest_and_a_chosen_part(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    place = ("--config", str(folder.config))
    newest = asked(capsys, "journal", "list", "--max", "3", *place)["entries"]
    assert [entry["seq"] for entry in newest] == [6, 7, 8]
    chosen = asked(capsys, "journal", "list", "--from", "2", "--kind", "intent", *place)["entries"]
    assert [(entry["seq"], entry["kind"]) for entry in chosen] == [(2, "intent"), (4, "intent")]
    assert len(said(capsys, "journal", "list", *place).splitlines()) == 8


def test_journal_list_of_nothing_says_that_there_is_nothing(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "journal", "list", "--from", "9", "--config", str(folder.config), code=3) == {"entries": []}


def test_journal_show_prints_every_field(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    entry = asked(capsys, "journal", "show", "2", "--config", str(folder.config))["entry"]
    assert entry["body"]["debit"]["psam_number"] == "452001210001"
    assert entry["body"]["charge"] == {"list_fen": 100, "surcharge_fen": 0, "payer_fen": 100, "shares": []}
    assert entry["time"] == "2026-06-01T04:00:00Z"
    printed = said(capsys, "journal", "show", "2", "--config", str(folder.config))
    assert "body.charge.payer_fen" in printed
    assert "{'" not in printed, "nothing as Python writes it"
    assert asked(capsys, "journal", "show", "99", "--config", str(folder.config), code=3) == {"entry": None}


def test_journal_verify_finds_a_sound_journal_sound(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = asked(capsys, "journal", "verify", "--config", str(folder.config))
    assert verdict == {"sound": True, "problems": []}


def test_journal_verify_names_a_changed_entry(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    connection = sqlite3.connect(folder.state / "journal.db")
    connection.execute("UPDATE entry SET ref_seq = 7 WHERE seq = 3")
    connection.commit()
    connection.close()
    verdict = asked(capsys, "journal", "verify", "--config", str(folder.config), code=1)
    assert any("entry 3" in problem for problem in verdict["problems"])


def test_why_explains_a_paid_tap_in_both_languages(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    words = said(capsys, "why", PAID.hex(), "--config", str(folder.config))
    assert "已扣款 · debit proven" in words
    assert "✓ 应用类型为电子钱包 · the application is a purse" in words
    assert "list 1.00, payer 1.00" in words
    assert "not compared: the decision: edition 7 is not on the device any more" in words
    assert "✗" not in words


def test_why_compares_what_the_entries_hold(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    explained = asked(capsys, "why", PAID.hex()[:6], "--config", str(folder.config))
    assert (explained["tap"], explained["ended"]) == (PAID.hex(), "posted")
    assert {part["name"] for part in explained["compared"]} == {
        "charge_adds_up",
        "debit_is_payer_part",
        "state_allows",
        "balance_covered",
        "one_result",
        "balance_after",
    }
    assert all(part["agrees"] for part in explained["compared"])
    assert explained["not_compared"]


@pytest.mark.parametrize(("tap", "ended"), [(TORN, "settled"), (REFUSED, "declined")], ids=["torn", "refused"])
def test_why_explains(tap: bytes, ended: str, folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    explained = asked(capsys, "why", tap.hex(), "--config", str(folder.config))
    assert explained["ended"] == ended
    assert all(part["agrees"] for part in explained["compared"])


@pytest.mark.parametrize("prefix", ["a1a1a1a2", "ff"])
def test_why_of_an_unknown_tap_finds_nothing(prefix: str, folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "why", prefix, "--config", str(folder.config), code=3)["candidates"] == []


@pytest.mark.parametrize("text", ["", "a", "xyz", "0x01"])
def test_why_takes_whole_bytes_in_hexadecimal(text: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["why", text])
    assert left.value.code == 2


USAGE = {
    "a page of nothing": ["journal", "list", "--max", "0"],
    "a page of less than nothing": ["journal", "list", "--max", "-1"],
    "an entry below the first": ["journal", "show", "0"],
    "a number that is none": ["journal", "list", "--from", "newest"],
    "a kind that does not exist": ["journal", "list", "--kind", "refund"],
    "a journal without a verb": ["journal"],
    "a wait without an end": ["card", "read", "--wait", "100000"],
}


@pytest.mark.parametrize("words", USAGE.values(), ids=USAGE.keys())
def test_is_a_usage_error(words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2


def test_a_journal_that_somebody_holds_is_not_opened(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    with JournalLock(folder.state / "journal.lock"):
        assert main(["status", "--config", str(folder.config)]) == 70
    assert capsys.readouterr().err.startswith("CONTROL_ABSENT")


def test_a_terminal_that_never_ran_has_no_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = enrolled(tmp_path)
    assert main(["status", "--config", str(folder.config)]) == 40
    assert capsys.readouterr().err.startswith("STORE_MISSING")
    assert not (folder.state / "journal.db").exists()


def test_a_folder_without_a_grant_is_not_enrolled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "verify", "--state", str(tmp_path)]) == 80
    assert capsys.readouterr().err.startswith("NOT_ENROLLED")


def test_root_leaves_no_file_behind_that_the_service_cannot_open(capsys: pytest.CaptureFixture[str]) -> None:
    """Root acts as the owner of the state folder; anybody else is the owner, or is refused."""
    owner = 4_711 if os.geteuid() == 0 else os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        folder = asyncio.run(with_taps(Path(name)))
        for path in (folder.root, *folder.root.rglob("*")):
            os.chown(path, owner, -1)
        assert asked(capsys, "status", "--state", str(folder.state))["journal"]["last_seq"] == 8
        assert (folder.state / "journal.lock").exists()
        assert {path.stat().st_uid for path in folder.state.rglob("*")} == {owner}
