"""Files of closed days on SQLite, as Parquet, and by commands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.cli.main import main
from edge.crypto.signing import make_folder, write_secret
from edge.domain.errors import ConfigError
from sync.central.exports.clear_key import make_clearing_key, read_clearing_key
from sync.central.exports.day_files import export_day
from sync.central.exports.parquet import ask_files, query_names, write_parquet
from sync.central.keys import CLEARING_FILE, open_keys
from sync.central.store.port import CentralStore
from sync.central.store.sqlite import open_sqlite
from tests.books.cases import DAY
from tests.books.file_cases import PANS, SERIALS, FileCases, Town
from tests.sync.keys import BOX_PRIVATE, BOX_PUBLIC

pytestmark = pytest.mark.centre


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[CentralStore]:
    opened = await open_sqlite(tmp_path / "central.db")
    yield opened
    await opened.close()


class TestFiles(FileCases):
    """The fixture ``store`` is a file of our own."""


async def test_parquet_has_the_lines_of_all_parties_and_answers_every_question(
    store: CentralStore, tmp_path: Path
) -> None:
    town = await Town(store).live()
    await export_day(town.ask, DAY, tmp_path)
    first = write_parquet(tmp_path / str(DAY)).read_bytes()
    assert write_parquet(tmp_path / str(DAY)).read_bytes() == first
    names, rows = ask_files(tmp_path, "by_party")
    assert list(names) == ["file_day", "account", "party", "fen", "late_fen", "lines"]
    assert {(row[1], row[2]): row[3] for row in rows} == await town.balances()
    assert ask_files(tmp_path, "balance")[1] == [(DAY, 0, sum(int(str(row[5])) for row in rows))]
    assert {name: len(ask_files(tmp_path, name)[0]) for name in query_names()} == {
        "adjusted": 6,
        "balance": 3,
        "by_party": 6,
        "late": 6,
    }


async def test_a_question_of_no_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there are adjusted, balance"):
        ask_files(tmp_path, "DROP TABLE lines")


def test_a_clearing_key_made_first_keeps_its_private_half_out_of_the_centres_folder(tmp_path: Path) -> None:
    state, private = tmp_path / "state", tmp_path / "clearing-1.key"
    make_clearing_key(state, private)
    keys = open_keys(state, lambda count: b"r" * count)
    assert not (state / CLEARING_FILE).exists()
    assert keys.clearing_public == (state / "clearing-1.pub").read_bytes()
    assert len(read_clearing_key(private, state)) == 32
    with pytest.raises(ConfigError, match="exists"):
        make_clearing_key(state, tmp_path / "other.key")


def test_a_key_that_the_fleet_does_not_seal_to_is_refused(tmp_path: Path) -> None:
    make_clearing_key(tmp_path / "one", tmp_path / "one.key")
    make_clearing_key(tmp_path / "two", tmp_path / "two.key")
    with pytest.raises(ConfigError, match="is not the key"):
        read_clearing_key(tmp_path / "one.key", tmp_path / "two")


def test_commands_make_a_key_and_write_files_of_a_day_without_taps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, key, files = ["--state", str(tmp_path / "s"), "--json"], tmp_path / "clear.key", tmp_path / "files"

    def asked(*words: str) -> dict[str, object]:
        assert main(["central", *state, *words]) == 0
        answer: dict[str, object] = json.loads(capsys.readouterr().out)
        return answer

    asked("clear", "key", "new", str(key))
    asked("close", str(DAY))
    assert asked("export", str(DAY), "--to", str(files), "--parquet")["balanced"] is True
    assert asked("query", "balance", "--in", str(files)) == {"columns": ["file_day", "fen", "lines"], "rows": []}
    assert asked("clear", str(DAY), "--key", str(key), "--to", str(tmp_path / "clear"))["files"] == []
    (tmp_path / "answers.csv").write_text("reference,result,fen,reason\n")
    assert asked("results", "import", str(tmp_path / "answers.csv")) == {"results": {}, "known": 0}


def test_the_command_that_clears_tells_no_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    state, key, target = tmp_path / "state", tmp_path / "clear.key", tmp_path / "clear"
    make_folder(state, 0o700)
    write_secret(state / "clearing-1.pub", BOX_PUBLIC)
    write_secret(key, BOX_PRIVATE)
    asyncio.run(lived_in(state))
    assert main(["central", "--state", str(state), "clear", str(DAY), "--key", str(key), "--to", str(target)]) == 0
    printed = capsys.readouterr()
    told = printed.out + printed.err + caplog.text
    assert "bank-unionpay.csv" in told
    assert not [number for number in (*PANS, *SERIALS) if number in told]
    manifest = (target / str(DAY) / "manifest.json").read_text()
    assert not [number for number in (*PANS, *SERIALS) if number in manifest]


async def lived_in(state: Path) -> None:
    """Let a day happen in a folder's store."""
    store = await open_sqlite(state / "central.db")
    try:
        await Town(store).live()
    finally:
        await store.close()
