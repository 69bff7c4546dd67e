"""The operator's commands on PostgreSQL: beside running servers, or without any."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.centre.servers import Server

pytestmark = pytest.mark.centre


def central(database: str, state: Path, *words: str, code: int = 0) -> str:
    """Run one command of the centre; returns what it prints, its errors too."""
    program = [sys.executable, "-m", "edge.cli.main", "central", "--database", database, "--state", str(state), *words]
    ended = subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == code, ended.stderr
    return ended.stdout + ended.stderr


async def test_commands_work_beside_running_servers(database: str, tmp_path: Path) -> None:
    servers = [Server(database, tmp_path) for _ in range(2)]
    try:
        for server in servers:
            await server.start()
        assert central(database, tmp_path, "token", "new", "--terminal", "BUS-1").startswith("BUS-1.")
        assert json.loads(central(database, tmp_path, "reconcile", "--json"))["balanced"] is True
    finally:
        for server in servers:
            await server.end(signal.SIGTERM)


REFUSED = {
    "a password in the address": (["postgresql://onecard:secret@db/city"], "CONFIG_VALUE"),
    "an address of nothing": (["mysql://db/city"], "CONFIG_VALUE"),
    "a password's file that is not there": (["{database}", "--database-password", "{folder}/none"], "KEY_UNUSABLE"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_command_refuses(name: str, database: str, tmp_path: Path) -> None:
    words, told = REFUSED[name]
    address, *rest = [word.replace("{database}", database).replace("{folder}", str(tmp_path)) for word in words]
    printed = central(address, tmp_path, *rest, "reconcile", code=80)
    assert told in printed
    assert "secret" not in printed
