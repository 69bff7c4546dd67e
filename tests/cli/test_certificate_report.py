"""What doctor and status tell of the transport's certificate, and how one comes by hand."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from edge.cli.certificate_report import certificate_facts, check_certificate
from edge.cli.doctor_report import Level
from edge.cli.main import main
from sync.central.authority import make_authority, open_authority
from sync.enrolment import transport_files
from sync.transport import read_held
from tests.cli.terminal_folder import enrolled, with_taps
from tests.sync.builders import NOON_MS

DAY_MS = 86_400_000
EXIT_CONFIG = 80
FACTS = {"terminal": "BUS-1", "number": "2a", "begins_ms": NOON_MS, "until_ms": NOON_MS + 90 * DAY_MS}
AGES: dict[str, tuple[int, Level]] = {
    "fresh": (0, Level.OK),
    "renewed any day now": (65, Level.OK),
    "not renewed in time": (68, Level.WARN),
    "ended": (90, Level.FAULT),
}


@pytest.mark.parametrize("name", AGES)
def test_doctor_says_how_long_the_certificate_lasts(name: str, tmp_path: Path) -> None:
    days, level = AGES[name]
    (tmp_path / "sync").mkdir()
    (tmp_path / "sync" / "transport.json").write_text(json.dumps(FACTS))
    (finding,) = check_certificate(tmp_path, NOON_MS + days * DAY_MS)
    assert (finding.level, bool(finding.cure)) == (level, level is not Level.OK)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"number": 1, "begins_ms": "x", "until_ms": 2}'])
def test_what_tells_of_no_certificate_is_left_out(content: str, tmp_path: Path) -> None:
    (tmp_path / "sync").mkdir()
    (tmp_path / "sync" / "transport.json").write_text(content)
    assert certificate_facts(tmp_path) is None
    assert check_certificate(tmp_path, 0) == []


def test_status_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = asyncio.run(with_taps(tmp_path))
    (paths.state / "sync").mkdir(exist_ok=True)
    (paths.state / "sync" / "transport.json").write_text(json.dumps(FACTS))
    assert main(["status", "--state", str(paths.state)]) == 0
    assert "certificate" in capsys.readouterr().out


def test_an_authority_of_ones_own_signs_the_terminals_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = enrolled(tmp_path)
    places = ["--state", str(paths.state), "--credentials", str(tmp_path / "credentials")]
    request, answer = tmp_path / "request.csr", tmp_path / "answer.pem"
    assert main(["enrol", "--csr", str(request), *places]) == 3
    make_authority(tmp_path / "ca", "Own", NOON_MS)
    authority = open_authority(tmp_path / "ca")
    assert authority is not None
    issued = authority.for_terminal(request.read_bytes(), "bus-07", NOON_MS)
    answer.write_bytes(issued.chain)
    capsys.readouterr()
    assert main(["enrol", "--certificate", str(answer), *places, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["certificate"] == issued.serial
    assert read_held(transport_files(tmp_path / "credentials").certificate).facts.terminal == "bus-07"


def test_an_answer_without_a_request_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = enrolled(tmp_path)
    (tmp_path / "answer.pem").write_bytes(b"-----BEGIN CERTIFICATE-----")
    told = ["--state", str(paths.state), "--credentials", str(tmp_path / "credentials")]
    assert main(["enrol", "--certificate", str(tmp_path / "answer.pem"), *told]) == EXIT_CONFIG
    assert "KEY_UNUSABLE" in capsys.readouterr().err
