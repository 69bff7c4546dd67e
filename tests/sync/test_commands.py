"""The commands of centre and enrolment, as processes: served or not, they do the same."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.crypto.tokens import TokenKey
from edge.domain.errors import ConfigError
from edge.domain.medium import CardNumber
from sync.central.publications import read_publication

pytestmark = pytest.mark.line

ONECARD = [sys.executable, "-m", "edge.cli.main"]
TARIFF = 'kind = "flat_fare"\nid = "flat"\nfare_fen = 200\n'
DENY = 'kind = "deny_list"\ntokens = ["' + "ab" * 16 + '"]\n'


def onecard(*words: object, code: int = 0) -> str:
    """Run a command to its end and return what it printed."""
    done = subprocess.run([*ONECARD, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stdout + done.stderr


class Served:
    """A running centre."""

    def __init__(self, state: Path) -> None:
        self.state = state
        words = ["central", "--state", str(state), "--db", f"sqlite:{state / 'city.db'}", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen([*ONECARD, *words], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def ask(self, *words: object, code: int = 0) -> str:
        """Run a command of the centre."""
        return onecard("central", *words, "--state", self.state, "--db", f"sqlite:{self.state / 'city.db'}", code=code)

    def stop(self) -> int:
        """End it as a service manager would; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path / "centre")
    yield served
    if served.process.poll() is None:
        served.stop()


def test_a_terminal_is_enrolled_and_again(centre: Served, tmp_path: Path) -> None:
    state = tmp_path / "terminal"
    token = ""
    for epoch in (1, 3):
        token = centre.ask("token", "new", "--terminal", "BUS-1").strip()
        enrolled: dict[str, Any] = json.loads(
            onecard("enrol", centre.url, "--token", token, "--state", state, "--json")
        )
        assert enrolled == {"terminal": "BUS-1", "epoch": epoch, "spare": False}
    assert "ENROLMENT_REFUSED" in onecard("enrol", centre.url, "--token", token, "--state", state, code=80)
    spare = json.loads(onecard("enrol", "--spare", "--state", state, "--json"))
    assert spare == {"terminal": "BUS-1", "epoch": 4, "spare": True}


def test_a_terminal_is_enrolled_by_files(centre: Served, tmp_path: Path) -> None:
    state, stick = tmp_path / "terminal", tmp_path / "stick"
    stick.mkdir()
    token = centre.ask("token", "new", "--terminal", "BUS-1").strip()
    words = ("enrol", "--from", stick, "--token", token, "--state", state)
    onecard(*words, code=3)
    centre.ask("enrol", stick / "BUS-1.request")
    assert "epoch 1" in onecard(*words)


def test_commands_do_the_same_beside_a_running_centre_and_without_one(centre: Served, tmp_path: Path) -> None:
    for name, text in (("tariff", TARIFF), ("deny", DENY)):
        (tmp_path / f"{name}.toml").write_text(text)
    files = tmp_path / "tariff.toml", tmp_path / "deny.toml"
    leases, refused = tmp_path / "leases.csv", tmp_path / "refused.csv"
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    quota = f"cid:A12345678,person.meals,{tomorrow:%Y-%m-%d},BUS-1,{tomorrow:%Y-%m-%dT00:00:00Z}"
    leases.write_text(f"holder,counter,bucket,terminal,until\n{quota}\n")
    refused.write_text("terminal,epoch,seq\nBUS-1,1,7\n")
    assert "POLICY_MISSING" in centre.ask("publish", files[0], code=50)
    assert centre.ask("publish", *files) == "1\n"
    assert centre.ask("lease", leases) == "line 2: given\nedition 2 has the leases\n"
    assert centre.ask("refused", refused).splitlines()[0] == "BUS-1/1/7: no such tap was accepted"
    assert json.loads(centre.ask("reconcile", "--json"))["balanced"] is True
    assert centre.stop() == 0
    assert centre.ask("publish", files[0]) == "4\n"
    assert int(centre.ask("restored")) > 4
    assert centre.ask("restored", "--after", "4102444800", "--clock-is-right") == "4102444801\n"
    assert centre.ask("reconcile").endswith("balanced: true\n")


BAD_DOCUMENTS = {
    "no TOML": ("kind =", "CONFIG_UNREADABLE"),
    "an unknown kind": ('kind = "menu"', "CONFIG_VALUE"),
    "an unknown key": (TARIFF + "fare_yuan = 2\n", "CONFIG_KEY"),
    "a negative fare": (TARIFF.replace("200", "-1"), "CONFIG_VALUE"),
    "an absurd fare": (TARIFF.replace("200", "100000000"), "CONFIG_VALUE"),
    "a token of the wrong length": ('kind = "deny_list"\ntokens = ["ab"]\n', "CONFIG_VALUE"),
}


@pytest.mark.parametrize("name", BAD_DOCUMENTS)
def test_a_document_is_refused_with(name: str) -> None:
    text, code = BAD_DOCUMENTS[name]
    with pytest.raises(ConfigError, match=code):
        read_publication(text, TokenKey(1, b"k" * 32))


def test_a_listed_number_becomes_a_token_and_is_kept_nowhere() -> None:
    key = TokenKey(1, b"k" * 32)
    published = read_publication('kind = "deny_list"\nnumbers = ["3104930499900000017"]\n', key)
    assert published.body == key.token("tunion", CardNumber("3104930499900000017"))


def test_the_command_names_what_it_refuses(tmp_path: Path) -> None:
    (tmp_path / "document.toml").write_text(TARIFF + "fare_yuan = 2\n")
    told = onecard("central", "publish", tmp_path / "document.toml", "--state", tmp_path / "centre", code=80)
    assert "fare_yuan" in told


def test_plain_http_is_for_loopback_alone(tmp_path: Path) -> None:
    told = onecard("central", "--listen", "0.0.0.0:0", "--state", tmp_path, code=80)
    assert "plain HTTP only on loopback" in told


@pytest.mark.parametrize("address", ["127.0.0.1:65536", "127.0.0.1:http", "127.0.0.1", ":8440"])
def test_an_address_that_is_none_is_refused(address: str, tmp_path: Path) -> None:
    told = onecard("central", "--listen", address, "--state", tmp_path, code=80)
    assert "HOST:PORT" in told


def test_a_second_centre_on_one_folder_is_refused(centre: Served) -> None:
    told = onecard("central", "--listen", "127.0.0.1:0", "--state", centre.state, code=40)
    assert "STORE_LOCKED" in told
