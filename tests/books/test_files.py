"""Files of closed days on SQLite, as Parquet, and by commands."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from edge.cli.main import main
from edge.crypto.sealing import ClearingKey, new_clearing_key
from edge.crypto.signing import make_folder, write_secret
from edge.domain.errors import ConfigError
from sync.central.exports.clear_files import clear_day
from sync.central.exports.clear_key import drop_clearing_key, make_clearing_key, read_clearing_keys
from sync.central.exports.day_files import export_day
from sync.central.exports.parquet import ask_files, query_names, write_parquet
from sync.central.exports.sealed import sealed_by_version
from sync.central.keys import CLEARING_FILE, open_keys
from sync.central.store.port import CentralStore
from sync.central.store.sqlite import open_sqlite
from tests.books.acquirer import rows_of
from tests.books.cases import DAY
from tests.books.file_cases import PANS, SERIALS, FileCases, Town, sealed
from tests.books.town import Medium, device, publish
from tests.sync.builders import NOON_MS
from tests.sync.keys import BOX_PRIVATE, BOX_PUBLIC

pytestmark = pytest.mark.centre


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
    assert list(read_clearing_keys([private], state)) == [1]
    with pytest.raises(ConfigError, match="exists"):
        make_clearing_key(state, private)


def test_a_later_clearing_key_goes_to_enrolments_and_the_older_ones_stay(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert [make_clearing_key(state, tmp_path / f"{number}.key") for number in (1, 2)] == [1, 2]
    keys = open_keys(state, lambda count: b"r" * count)
    assert (keys.clearing_version, keys.clearing_public) == (2, (state / "clearing-2.pub").read_bytes())
    assert sorted(read_clearing_keys([tmp_path / "2.key", tmp_path / "1.key"], state)) == [1, 2]
    for version, taps, told in ((2, {}, "newest"), (1, {1: 3}, "3 taps"), (3, {}, "no clearing key")):
        with pytest.raises(ConfigError, match=told):
            drop_clearing_key(state, version, taps)
    drop_clearing_key(state, 1, {2: 5})
    with pytest.raises(ConfigError, match="is not the key"):
        read_clearing_keys([tmp_path / "1.key"], state)


async def test_what_was_sealed_under_two_keys_is_opened_by_both(store: CentralStore, tmp_path: Path) -> None:
    private, public = new_clearing_key()
    town = Town(store)
    await publish(town.centre)
    bus = await device(town.centre, "BUS-1")
    bus.tap(sealed("bank_card", 1, f"{PANS[0]}D3012"), NOON_MS)
    later = ClearingKey(2, public).seal(f"{PANS[1]}D3012".encode())
    bus.tap(Medium("bank_card", b"\2" * 16, box=later, clearing_key=2), NOON_MS + 1)
    await bus.upload(town.centre)
    await town.centre.bookkeeping.close(DAY)
    with pytest.raises(ConfigError, match="sealed to clearing key 2"):
        await clear_day(town.ask, DAY, {1: BOX_PRIVATE}, tmp_path)
    await clear_day(town.ask, DAY, {1: BOX_PRIVATE, 2: private}, tmp_path)
    assert [row["number"] for row in rows_of(tmp_path / str(DAY), "bank")] == list(PANS[:2])
    assert await sealed_by_version(town.ask) == {1: 1, 2: 1}


def test_a_key_that_the_fleet_does_not_seal_to_is_refused(tmp_path: Path) -> None:
    make_clearing_key(tmp_path / "one", tmp_path / "one.key")
    make_clearing_key(tmp_path / "two", tmp_path / "two.key")
    with pytest.raises(ConfigError, match="is not the key"):
        read_clearing_keys([tmp_path / "one.key"], tmp_path / "two")


def test_commands_make_a_key_and_write_files_of_a_day_without_taps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, key, files = ["--state", str(tmp_path / "s"), "--json"], tmp_path / "clear.key", tmp_path / "files"

    def asked(*words: str) -> dict[str, object]:
        assert main(["central", *state, *words]) == 0
        answer: dict[str, object] = json.loads(capsys.readouterr().out)
        return answer

    asked("clear", "key", "new", str(key))
    assert asked("clear", "key", "list") == {"keys": [{"version": 1, "taps": 0}]}
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
