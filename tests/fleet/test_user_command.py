"""The command that says who may sign in, and a centre that serves the pages as its own process."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from edge.cli.main import main
from tests.fleet.fleet_stage import PASSWORD

pytestmark = pytest.mark.centre


def user(folder: Path, capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:  # noqa: ANN401 - the command's JSON
    assert main(["central", "user", *words, "--state", str(folder / "centre"), "--json"]) == code
    told = capsys.readouterr()
    return json.loads(told.out or told.err)


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the password come from a pipe."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))


@pytest.mark.usefixtures("piped")
def test_users_come_and_go_and_no_password_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert user(tmp_path, capsys, "add", "ada", "--role", "admin") == {"name": "ada", "role": "admin"}
    file = tmp_path / "password"
    file.write_text("battery horse correct\n", "utf-8")
    user(tmp_path, capsys, "add", "vera", "--role", "viewer", "--password-file", str(file))
    user(tmp_path, capsys, "role", "vera", "--role", "operator")
    user(tmp_path, capsys, "password", "vera", "--password-file", str(file))
    found = user(tmp_path, capsys, "list")["users"]
    assert [(row["name"], row["role"], row["changed_by"]) for row in found] == [
        ("ada", "admin", "(command)"),
        ("vera", "operator", "(command)"),
    ]
    assert "argon2" not in json.dumps(found)
    user(tmp_path, capsys, "remove", "vera")
    assert [row["name"] for row in user(tmp_path, capsys, "list")["users"]] == ["ada"]
    assert user(tmp_path, capsys, "remove", "vera", code=80)["code"] == "CONFIG_VALUE"


def test_a_short_password_and_a_file_that_is_not_there_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "password"
    words = ("add", "ada", "--role", "admin", "--password-file", str(file))
    assert user(tmp_path, capsys, *words, code=80)["code"] == "CONFIG_UNREADABLE"
    file.write_text("short\n", "utf-8")
    assert user(tmp_path, capsys, *words, code=80)["code"] == "CONFIG_VALUE"


async def test_a_user_that_the_command_adds_beside_a_running_centre_may_sign_in(tmp_path: Path) -> None:
    state, onecard = tmp_path / "centre", [sys.executable, "-m", "edge.cli.main", "central"]
    listening = ("--listen", "127.0.0.1:0", "--fleet", "127.0.0.1:0", "--state", str(state))
    pipe = asyncio.subprocess.PIPE
    serving = await asyncio.create_subprocess_exec(*onecard, *listening, stdout=pipe)
    try:
        assert serving.stdout is not None
        lines = [(await asyncio.wait_for(serving.stdout.readline(), 30)).decode().strip() for _ in range(2)]
        assert lines[0] != lines[1]
        add = ("user", "add", "olga", "--role", "operator", "--state", str(state))
        adding = await asyncio.create_subprocess_exec(*onecard, *add, stdin=pipe, stdout=pipe)
        told, _ = await adding.communicate(f"{PASSWORD}\n".encode())
        assert (adding.returncode, told) == (0, b"olga may sign in as operator\n")
        async with ClientSession(lines[1], headers={"Origin": lines[1]}) as session:
            answer = await session.post("/api/login", json={"name": "olga", "password": PASSWORD})
            assert (answer.status, (await answer.json())["role"]) == (200, "operator")
        async with ClientSession(lines[0]) as session:
            assert (await session.get("/api/me")).status == 404, "the terminals' endpoint has no pages"
    finally:
        serving.send_signal(signal.SIGTERM)
        assert await serving.wait() == 0
