"""The dispatcher: finds commands by their files, loads one, and turns errors into text and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge import __version__
from edge.cli.main import EXIT_CODES, command_names, load_command, main
from edge.domain.errors import OneCardError


@pytest.mark.parametrize("name", command_names())
def test_every_command_says_what_it_does_in_one_line(name: str) -> None:
    help_text = load_command(name).HELP
    assert help_text
    assert "\n" not in help_text
    assert len(help_text) <= 90


@pytest.mark.parametrize("name", command_names())
def test_every_command_answers_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert f"onecard {name}" in capsys.readouterr().out


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    assert [name for name in command_names() if f"\n  {name}" not in listed] == []


def test_version_names_the_release(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"onecard {__version__}\n"


def test_an_unknown_command_is_a_usage_error_that_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profil"]) == 2
    assert "`profile`" in capsys.readouterr().err


def test_no_command_at_all_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: onecard" in capsys.readouterr().out


def test_a_coded_error_prints_code_message_and_hint_and_exits_by_its_family(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["run", "--config", str(tmp_path / "absent.toml")]) == 80
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("CONFIG_UNREADABLE: ")
    assert second.startswith("hint: ")


def test_a_coded_error_is_one_json_object_where_json_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "show", "nothing", "--json"]) == 80
    answer = json.loads(capsys.readouterr().err)
    assert (answer["ok"], answer["code"]) == (False, "PROFILE_UNKNOWN")
    assert answer["hint"]


def test_exit_codes_are_one_per_family_and_keep_clear_of_the_general_ones() -> None:
    families = [family.exit_code for family in OneCardError.__subclasses__()]
    assert len(set(families)) == len(families)
    assert all(code % 10 == 0 and code >= 10 for code in families)
    assert set(families) < set(EXIT_CODES)


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    command = [sys.executable, "-m", "edge.cli.main", "profile", "show", "bus-validator"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(timeout=30) == 141
    assert errors == ""


HEAVY = {"aiohttp", "tenacity", "serial", "aiosqlite", "cryptography", "msgpack"}


@pytest.mark.parametrize("name", ["status", "journal", "why", "card", "run", "profile"])
def test_asking_a_running_terminal_loads_neither_network_nor_store_nor_keys(name: str) -> None:
    program = (
        "import sys; from edge.cli.main import load_command; load_command(sys.argv[1]);"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", program, name], capture_output=True, text=True, check=True)
    assert not (HEAVY - {"msgpack"}) & set(json.loads(ended.stderr.replace("'", '"')))


@pytest.mark.parametrize("words", [["--version"], ["profile", "list"]], ids=" ".join)
def test_a_light_command_loads_no_foreign_library(words: list[str]) -> None:
    program = (
        "import sys; from edge.cli.main import main; main(sys.argv[1:]);"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    assert not HEAVY & set(json.loads(ended.stderr.replace("'", '"')))
