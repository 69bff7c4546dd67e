"""``onecard lists``: what is in force, who is named, and the way back, with the terminal down and running."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from edge.cli.main import EXIT_FAULT, EXIT_FINE, main
from edge.crypto.tokens import TokenKey
from edge.domain.medium import CardNumber
from edge.domain.tap import Token
from edge.store.reference import FileReference
from tests.cli.terminal_folder import CENTRE, Folder, enrolled
from tests.store.list_editions import Shipped, snapshot, token, tokens

NUMBER = "3104930499900000017"
LISTED = Token(TokenKey(1, b"\x04" * 32).token("tunion", CardNumber(NUMBER)))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a terminal with two editions; the second names one card and is in force."""
    folder = enrolled(tmp_path)
    with FileReference(folder.state / "editions", CENTRE.public) as reference:
        for number, listed in ((1, tokens(range(50))), (2, [*tokens(range(50)), LISTED])):
            reference.start()
            edition = Shipped(number, {"purse": snapshot(listed)}, key=CENTRE, expires_ms=4_000_000_000_000)
            reference.install(edition.write(folder.state))
    return folder


def asked(capsys: pytest.CaptureFixture[str], *words: str, code: int = EXIT_FINE) -> Any:  # noqa: ANN401 - the command's JSON
    assert main(["lists", *words]) == code
    return json.loads(capsys.readouterr().out)


def test_the_table_tells_version_age_entries_size_and_expiry(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    found = asked(capsys, "--json", "--state", str(folder.state))
    lists = {part["kind"]: part for part in found["lists"]}
    assert list(lists) == ["edition", "tariff", "deny_list"]
    assert (lists["deny_list"]["name"], lists["deny_list"]["entries"], lists["tariff"]["entries"]) == ("purse", 51, -1)
    assert lists["deny_list"]["size_bytes"] > 51 * 11
    slots = found["slots"]
    assert (slots["edition"], slots["previous"], slots["probation"], slots["refused"]) == (2, 1, True, {})
    assert main(["lists", "--state", str(folder.state)]) == EXIT_FINE
    screen = capsys.readouterr().out
    assert "deny_list purse" in screen
    assert "edition 2, on probation; edition 1 can be returned to" in screen


def test_where_the_terminal_is_may_be_said_before_the_action_or_after_it(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    place, token = ("--json", "--state", str(folder.state)), bytes(LISTED).hex()
    assert asked(capsys, *place, "check", token, code=EXIT_FAULT) == asked(
        capsys, "check", token, *place, code=EXIT_FAULT
    )


def test_a_number_from_standard_input_is_found_and_not_repeated(
    folder: Folder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(NUMBER + "\n"))
    assert main(["lists", "--config", str(folder.config), "check"]) == EXIT_FAULT
    told = capsys.readouterr()
    assert told.out == "listed in purse, by edition 2\n"
    assert NUMBER not in told.out + told.err
    assert not any(NUMBER.encode() in path.read_bytes() for path in folder.state.rglob("*") if path.is_file())


TOKENS = {
    "a listed token": (LISTED.hex(), EXIT_FAULT, ["purse"]),
    "a token that is not listed": (token(99).hex(), EXIT_FINE, []),
}


@pytest.mark.parametrize(("text", "code", "lists"), TOKENS.values(), ids=TOKENS.keys())
def test_a_token_is_looked_up(
    text: str, code: int, lists: list[str], folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    found = asked(capsys, "--json", "--state", str(folder.state), "check", text, code=code)
    assert found == {"listed": bool(lists), "lists": lists, "edition": 2}


@pytest.mark.parametrize("text", ["no number", "", "1" * 40])
def test_what_is_neither_token_nor_number_is_refused_without_repeating_it(
    text: str, folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lists", "--config", str(folder.config), "check", text]) == 70
    told = capsys.readouterr()
    assert not text or text not in told.out + told.err
    assert "TOKEN_MALFORMED" in told.err
    assert "32 hexadecimal digits" in told.err


def test_a_number_needs_the_token_key(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lists", "--state", str(folder.state), "check", NUMBER]) == 80
    told = capsys.readouterr()
    assert "KEY_UNUSABLE" in told.err
    assert NUMBER not in told.err


def test_a_rollback_returns_to_the_edition_before_and_refuses_the_other(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(capsys, "--json", "--state", str(folder.state), "rollback") == {"edition": 1, "from": 2}
    slots = asked(capsys, "--json", "--state", str(folder.state))["slots"]
    assert (slots["edition"], slots["previous"], slots["refused"]) == (1, 0, {"2": "technician"})
    assert main(["lists", "--state", str(folder.state), "rollback"]) == 50
    assert "EDITION_ALONE" in capsys.readouterr().err
    with closing(FileReference(folder.state / "editions", CENTRE.public)) as reference:
        assert reference.start() == []
        assert reference.policy().edition == 1
        assert reference.staged() is None
