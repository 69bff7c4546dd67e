"""What doctor says of a scanner: modes that cut binary codes by name, slow lines, test keys, unreadable keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.cli.doctor_report import Finding, Level
from edge.cli.doctor_scanner import check_scanner
from edge.code_key_file import key_text
from edge.config import load_config
from tests.drivers.codes.own_codes import BY_ED25519

CONFIG = 'profile = "bus-validator"\n[place]\ncity = "4520"\noperator = "books"\n'
GM65 = '[scanner]\nprotocol = "gm65"\npath = "scanner.pty"\n'


def findings(folder: Path, text: str) -> dict[str, Finding]:
    file = folder / "terminal.toml"
    file.write_text(CONFIG + text, "utf-8")
    return {finding.check: finding for finding in check_scanner(load_config(file), None)}


def test_a_terminal_without_a_scanner_has_nothing_to_check(tmp_path: Path) -> None:
    assert findings(tmp_path, "") == {}


CASES = {
    "silence ends codes": (GM65, "scanner.protocol", Level.OK, "gm65: every byte"),
    "a terminator ends codes": (GM65 + "ends_by_silence = false\n", "scanner.protocol", Level.WARN, "gm65 is not safe"),
    "line mode too": (
        GM65.replace("gm65", "line") + "ends_by_silence = false\n",
        "scanner.protocol",
        Level.WARN,
        "line is not safe",
    ),
    "frames are safe whatever the terminator": (
        GM65.replace("gm65", "zebra_ssi") + "ends_by_silence = false\n",
        "scanner.protocol",
        Level.OK,
        "zebra_ssi",
    ),
    "a set-up for the flash": (GM65 + 'setup = ["09000000"]\n', "scanner.protocol", Level.FAULT, "flash"),
    "a slow line": (GM65 + "baud = 9600\n", "scanner.baud", Level.WARN, "9600"),
    "no port": (GM65, "port.scanner", Level.FAULT, "ENOENT"),
    "keys of the lists": (GM65, "scanner.keys", Level.OK, "lists alone"),
    "test keys": (GM65 + "[codes]\ntest = true\n", "scanner.keys", Level.WARN, "test"),
    "a scheme that nobody knows": (GM65 + '[codes]\nschemes = ["jtt"]\n', "scanner.keys", Level.FAULT, "jtt1179"),
    "a file of keys that is not there": (GM65 + '[codes]\nkeys = "absent"\n', "scanner.keys", Level.FAULT, "absent"),
}


@pytest.mark.parametrize(("text", "check", "level", "said"), CASES.values(), ids=CASES)
def test_says(text: str, check: str, level: Level, said: str, tmp_path: Path) -> None:
    finding = findings(tmp_path, text)[check]
    assert finding.level is level
    assert said in finding.cause


def test_a_file_of_keys_is_counted(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text(key_text([BY_ED25519]), "utf-8")
    assert "1 keys" in findings(tmp_path, GM65 + '[codes]\nkeys = "keys.toml"\n')["scanner.keys"].cause
