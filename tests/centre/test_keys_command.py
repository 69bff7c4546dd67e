"""`onecard central keys`: signing keys and token keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.cli.main import main

pytestmark = pytest.mark.centre


def test_commands_show_and_announce_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def asked(*words: str, code: int = 0) -> str:
        assert main(["central", "--state", str(tmp_path), "keys", *words]) == code
        return capsys.readouterr().out

    def told(*words: str) -> Any:  # noqa: ANN401 - an answer
        return json.loads(asked(*words, "--json"))

    assert [key["signs"] for key in told("show")["keys"]] == [True]
    assert told("rotate", "--begins-h", "0", "--overlap-days", "1")["number"] == 2
    assert [key["signs"] for key in told("show")["keys"]] == [False, True]
    assert "believed until" in asked("show")
    asked("rotate", "--overlap-days", "0", code=80)
    assert "token key 2" in asked("token", "new")
    assert asked("show").endswith("token keys in use: 1, 2\n")
    asked("token", "drop", "2", code=80)
    assert "token key 1 is let go" in asked("token", "drop", "1")
    asked("token", "lose", code=80)
