"""The units parse, start commands that exist, and keep the walls between the processes."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from edge.cli.main import EXIT_USAGE, load_command
from edge.domain.errors import ConfigError
from edge.till.staff_file import FILE_NAME

FOLDER = Path(__file__).parents[2] / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
PROGRAM = "/opt/onecard/bin/onecard"
LINE = re.compile(r"(?:#.*|\[[A-Z][a-z]+\]|[A-Z][A-Za-z]+=.*|)")


def settings(name: str) -> dict[str, list[str]]:
    """Return every setting of a unit, in order, by its key."""
    found: dict[str, list[str]] = {}
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("unit", [*UNITS, *FOLDER.glob("*.timer")], ids=lambda unit: unit.name)
def test_every_line_is_a_comment_a_section_or_a_setting(unit: Path) -> None:
    assert [line for line in unit.read_text("utf-8").splitlines() if not LINE.fullmatch(line)] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_what_a_unit_starts_is_a_command_with_options_that_it_takes(unit: Path) -> None:
    program, name, *words = settings(unit.name)["ExecStart"][-1].split()
    assert program in {PROGRAM, f"{PROGRAM}-trial"}
    parser = argparse.ArgumentParser(exit_on_error=False)
    load_command(name).configure(parser)
    parser.parse_args(words)  # raises, or ends, where a word is none that the command takes


def test_the_books_are_kept_by_a_timer_and_never_by_two_runs_at_once() -> None:
    timer = settings("onecard-books.timer")
    assert (timer["OnUnitInactiveSec"], timer.get("OnCalendar")) == (["1min"], None)
    books = settings("onecard-books.service")
    assert (books["Type"], books["User"]) == (["oneshot"], ["onecard-central"])
    assert books["ExecStart"][0].endswith(" books run")


HARDENED = {
    "CapabilityBoundingSet": "",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "MemoryDenyWriteExecute": "yes",
    "LockPersonality": "yes",
    "SystemCallArchitectures": "native",
    "DevicePolicy": "closed",
}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_unit_gives_up_what_it_does_not_need(unit: Path) -> None:
    found = settings(unit.name)
    assert {key: found.get(key, ["absent"])[-1] for key in HARDENED} == HARDENED
    assert found["User"] != ["root"]
    assert found["Restart"] == ["on-failure"]


def test_the_terminal_has_no_network_and_serial_ports_alone() -> None:
    terminal = settings("onecard-terminal.service")
    assert terminal["PrivateNetwork"] == ["yes"]
    assert terminal["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert all(device.startswith("char-tty") for device in terminal["DeviceAllow"])


def test_the_terminal_is_not_restarted_where_that_cannot_help() -> None:
    terminal = settings("onecard-terminal.service")
    assert terminal["RestartPreventExitStatus"] == [f"{EXIT_USAGE} {ConfigError.exit_code}"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_unit_is_started_again_for_ever_and_not_in_a_rush(unit: Path) -> None:
    """A start limit would leave a validator dead after a fault that passed."""
    found = settings(unit.name)
    assert (found["StartLimitIntervalSec"], found.get("StartLimitBurst")) == (["0"], None)
    assert int(found["RestartSec"][0]) >= 2


def test_sync_sees_neither_ports_nor_the_journal_nor_secrets() -> None:
    sync = settings("onecard-sync.service")
    assert sync["PrivateDevices"] == ["yes"]
    hidden = sync["InaccessiblePaths"][0]
    for path in ("journal.db", "journal.db-wal", "/etc/onecard/credentials"):
        assert path in hidden


def test_the_till_speaks_to_its_own_machine_alone_and_sees_pins_and_no_other_secret() -> None:
    till = settings("onecard-till.service")
    assert (till["IPAddressDeny"], till["IPAddressAllow"]) == (["any"], ["localhost"])
    assert (till["PrivateDevices"], till["MemoryDenyWriteExecute"]) == (["yes"], ["yes"])
    hidden = till["InaccessiblePaths"][0].split()
    assert hidden == ["-/var/lib/onecard", "-/etc/onecard/credentials"]
    assert [line.partition(":")[0] for line in till["LoadCredential"]] == [FILE_NAME]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_unit_runs_as_a_user_that_sysusers_makes(unit: Path) -> None:
    users = re.findall(r"^u (\S+)", (FOLDER / "sysusers.conf").read_text("utf-8"), re.MULTILINE)
    assert settings(unit.name)["User"][0] in users


def test_shared_folders_are_open_to_nobody_else() -> None:
    lines = (FOLDER / "tmpfiles.conf").read_text("utf-8").splitlines()
    modes = {line.split()[1]: line.split()[2] for line in lines if line.startswith("d ")}
    assert modes["/etc/onecard/credentials"] == "0700"
    assert all(mode.endswith("0") for path, mode in modes.items() if path != "/etc/onecard")


RULES = {
    "modem probes are kept off": 'ENV{ID_MM_DEVICE_IGNORE}="1"',
    "FTDI adapters answer at once": 'ATTR{latency_timer}="1"',
    "the reader has a stable name": 'SYMLINK+="onecard-reader"',
    "the SAM reader has a stable name": 'SYMLINK+="onecard-sam"',
    "the scanner has a stable name": 'SYMLINK+="onecard-scanner"',
    "the service user may open the port": 'GROUP="dialout", MODE="0660"',
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_udev_sees_to_it_that(rule: str) -> None:
    assert rule in (FOLDER / "60-onecard-serial.rules").read_text("utf-8")


def test_no_rule_takes_a_links_place() -> None:
    """``SYMLINK+=`` adds; ``SYMLINK=`` would remove by-id and by-path."""
    assert not re.search(r"SYMLINK=", (FOLDER / "60-onecard-serial.rules").read_text("utf-8"))


def test_the_books_and_the_guide_speak_of_one_database() -> None:
    """The guide's line for the centre is one that the command takes."""
    guide = (FOLDER / "README.md").read_text("utf-8")
    found = re.search(rf"ExecStart={PROGRAM} central((?:.*\\\n)+.*)", guide)
    assert found is not None
    parser = argparse.ArgumentParser(exit_on_error=False)
    load_command("central").configure(parser)
    taken = parser.parse_args(found[1].replace("\\\n", " ").split())
    (books,) = settings("onecard-books.service")["ExecStart"]
    assert f"--database {taken.database} " in books
    (folder,) = settings("onecard-central.service")["RuntimeDirectory"]
    assert taken.listen == f"unix:/run/{folder}/http.sock"


def test_the_centre_may_hold_a_connection_of_each_terminal_that_waits() -> None:
    assert int(settings("onecard-central.service")["LimitNOFILE"][0]) > 2 * 10_000
