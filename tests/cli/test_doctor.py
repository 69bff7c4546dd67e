"""Doctor: each check finds its own fault, names cause and cure, and tells the like apart."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.cli.doctor_host import check_clock, check_disk, check_key_files, check_python, check_sm2, check_sqlite
from edge.cli.doctor_ports import check_port
from edge.cli.doctor_report import Finding, Level, worst
from edge.cli.doctor_terminal import check_enrolment, check_status, check_sync
from edge.cli.main import main
from edge.clock import BUILD_MS
from edge.config import JournalSection, ListsSection, Paths
from edge.control.status import JournalStatus, ListStatus, Status
from edge.crypto.sm import choose_sm2
from tests.cli.terminal_folder import enrolled, with_taps

NOBODY = 65_534


@pytest.fixture
def port() -> Iterator[Path]:
    """Yield the path of a pty that stands for a serial port."""
    master, slave = os.openpty()
    yield Path(os.ttyname(slave))
    os.close(slave)
    os.close(master)


@contextmanager
def without_root() -> Iterator[None]:
    """Give up root's passage through every permission for a while; nothing where we are not root."""
    before = os.geteuid()
    os.seteuid(NOBODY if before == 0 else before)
    try:
        yield
    finally:
        os.seteuid(before)


def checked(path: Path, *, frames: float | None = None, sys_tty: Path = Path("/nonexistent")) -> list[Finding]:
    return list(check_port("reader", path, 2, frames, sys_tty=sys_tty))


def test_the_implementation_of_sm2_is_named_and_the_slow_one_is_to_watch() -> None:
    library, plain = check_sm2(choose_sm2()), check_sm2(choose_sm2(()))
    assert (library.level, library.cause.partition(" ")[0]) == (Level.OK, "libcrypto.so.3")
    assert (plain.level, plain.cause.partition(":")[0]) == (Level.WARN, "plain Python")


def test_a_free_port_is_fine(port: Path) -> None:
    assert [finding.level for finding in checked(port)] == [Level.OK]


def test_a_missing_port_is_told_from_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    link = tmp_path / "onecard-reader"
    assert "no such port (ENOENT)" in checked(link)[0].cause
    link.symlink_to(tmp_path / "ttyUSB7")
    assert "the link leads nowhere (ENOENT)" in checked(link)[0].cause


def test_a_port_without_permission_names_the_group(port: Path) -> None:
    port.chmod(0)
    with without_root():
        (finding,) = checked(port)
    assert (finding.level, "EACCES" in finding.cause, "dialout" in finding.cure) == (Level.FAULT, True, True)


def test_a_port_opened_exclusively_by_another_program_is_busy(port: Path) -> None:
    port.chmod(0o666)
    holder = os.open(port, os.O_RDWR | os.O_NOCTTY)
    fcntl.ioctl(holder, termios.TIOCEXCL)
    with without_root():
        (finding,) = checked(port)
    fcntl.ioctl(holder, termios.TIOCNXCL)
    os.close(holder)
    assert (finding.level, "EBUSY" in finding.cause, "fuser" in finding.cure) == (Level.FAULT, True, True)


def test_a_port_locked_by_another_program_is_busy_too(port: Path) -> None:
    holder = os.open(port, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    (finding,) = checked(port)
    os.close(holder)
    assert (finding.level, "EBUSY" in finding.cause) == (Level.FAULT, True)


@pytest.mark.parametrize(("frames", "level"), [(12, Level.OK), (0, Level.WARN)], ids=["in use", "silent so far"])
def test_a_port_of_a_running_terminal_is_left_alone(frames: float, level: Level, port: Path) -> None:
    port.chmod(0)
    with without_root():
        (finding,) = checked(port, frames=frames)
    assert finding.level is level


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "not a serial port" in checked(tmp_path / "file")[0].cause


@pytest.mark.parametrize(("latency_ms", "level"), [(1, Level.OK), (2, Level.OK), (3, Level.WARN), (16, Level.WARN)])
def test_the_latency_timer_of_an_ftdi_adapter_is_read(
    latency_ms: int, level: Level, port: Path, tmp_path: Path
) -> None:
    device = tmp_path / port.name / "device"
    device.mkdir(parents=True)
    (device / "latency_timer").write_text(f"{latency_ms}\n", "ascii")
    finding = checked(port, sys_tty=tmp_path)[1]
    assert (finding.check, finding.level) == ("latency.reader", level)


TODAY = BUILD_MS + 1

HOST: dict[str, tuple[Finding, Level]] = {
    "a clock from before this release": (check_clock(BUILD_MS - 1, 0), Level.FAULT),
    "a clock behind the newest entry": (check_clock(TODAY, TODAY + 1), Level.FAULT),
    "a clock that may be right": (check_clock(TODAY, TODAY), Level.OK),
    "a state folder that is not there": (check_disk(Path("/nonexistent"), JournalSection()), Level.FAULT),
    "less space than the floor": (check_disk(Path("/"), JournalSection(floor_bytes=10**12)), Level.FAULT),
    "more used than the warning": (check_disk(Path("/"), JournalSection(floor_bytes=0, warn_percent=0)), Level.WARN),
    "a SQLite without a write-ahead log": (check_sqlite((3, 6, 23)), Level.FAULT),
    "a SQLite with the WAL-reset bug, guarded": (check_sqlite((3, 40, 1)), Level.OK),
    "a Python that is too old": (check_python((3, 10, 9)), Level.FAULT),
    "the Python that runs this": (check_python(), Level.OK),
}


@pytest.mark.parametrize(("finding", "level"), HOST.values(), ids=HOST.keys())
def test_the_machine(finding: Finding, level: Level) -> None:
    assert finding.level is level
    assert bool(finding.cure) is (level is not Level.OK)


WAL_RESET_BUG = {
    (3, 7, 0): True,
    (3, 44, 5): True,
    (3, 44, 6): False,
    (3, 50, 7): False,
    (3, 51, 2): True,
    (3, 51, 3): False,
    (3, 52, 0): False,
}


@pytest.mark.parametrize("version", WAL_RESET_BUG)
def test_sqlite_releases_with_the_wal_reset_bug_are_known(version: tuple[int, int, int]) -> None:
    assert ("WAL-reset bug" in check_sqlite(version).cause) is WAL_RESET_BUG[version]


def test_a_sound_enrolment_is_fine(tmp_path: Path) -> None:
    folder = enrolled(tmp_path)
    paths = Paths(folder.state, tmp_path / "credentials", tmp_path)
    assert check_enrolment(paths).cause == "bus-07, epoch 3"
    assert {finding.level for finding in check_key_files(paths)} == {Level.OK}


def test_a_key_that_others_can_read_is_a_fault(tmp_path: Path) -> None:
    folder = enrolled(tmp_path)
    (folder.state / "keys" / "terminal.key").chmod(0o640)
    found = {finding.check: finding for finding in check_key_files(Paths(folder.state, tmp_path / "credentials"))}
    assert found["keys.terminal"].level is Level.FAULT
    assert "mode 640" in found["keys.terminal"].cause


SOUND = Status(True, "bus-07", 3, TODAY, "trusted", 7, continuity="proven")


def edition_aged(age_s: int) -> ListStatus:
    return ListStatus("edition", "edition", 7, age_s)


STATUS: dict[str, tuple[Status, str, Level]] = {
    "a terminal that sells": (SOUND, "service", Level.OK),
    "a terminal that is stopped": (replace(SOUND, stop="store_full"), "service", Level.FAULT),
    "an edition that is missing": (replace(SOUND, edition=0), "list.edition", Level.FAULT),
    "a fresh list": (replace(SOUND, lists=(ListStatus("tariff", "flat", 1, 60),)), "list.tariff", Level.OK),
    "an edition a day old": (replace(SOUND, lists=(edition_aged(86_400),)), "list.edition", Level.WARN),
    "an edition a week old": (replace(SOUND, lists=(edition_aged(604_800),)), "list.edition", Level.FAULT),
    "an old list that did not change since": (
        replace(SOUND, lists=(edition_aged(60), ListStatus("ca_keys", "ca_keys", 1, 9_999_999))),
        "list.ca_keys",
        Level.OK,
    ),
    "continuity not proven yet": (replace(SOUND, continuity="unproven"), "continuity", Level.WARN),
    "continuity lost": (replace(SOUND, continuity="lost"), "continuity", Level.FAULT),
    "space that runs out": (replace(SOUND, journal=JournalStatus(space="warn")), "space", Level.WARN),
    "no space": (replace(SOUND, journal=JournalStatus(space="full")), "space", Level.FAULT),
    "money in suspense": (replace(SOUND, journal=JournalStatus(torn_debits=1)), "debits", Level.WARN),
    "entries that wait for an hour": (
        replace(SOUND, journal=JournalStatus(unsent_entries=1, oldest_unsent_ms=TODAY - 3_600_000)),
        "unsent",
        Level.OK,
    ),
    "entries that wait for a day": (
        replace(SOUND, journal=JournalStatus(unsent_entries=1, oldest_unsent_ms=TODAY - 86_400_000)),
        "unsent",
        Level.WARN,
    ),
    "a fault that was met": (replace(SOUND, faults={"LINK_LOST": 3}), "faults.LINK_LOST", Level.WARN),
    "a clock that is not trusted": (replace(SOUND, time_quality="untrusted"), "time", Level.WARN),
}


@pytest.mark.parametrize(("status", "check", "level"), STATUS.values(), ids=STATUS.keys())
def test_the_terminal(status: Status, check: str, level: Level) -> None:
    found = {finding.check: finding for finding in check_status(status.message(), ListsSection())}
    assert found[check].level is level
    assert bool(found[check].cure) is (level is not Level.OK)


SYNC: dict[str, tuple[str | None, Level, str]] = {
    "nothing said yet": (None, Level.WARN, "has not spoken"),
    "no trouble": ('{"trouble": "", "stopped": {}}', Level.OK, "no trouble"),
    "no way to the centre": ('{"trouble": "CENTRE_UNREACHABLE", "stopped": {}}', Level.WARN, "CENTRE_UNREACHABLE"),
    "a journal refused for good": ('{"trouble": "", "stopped": {"3": "CHAIN_FORK"}}', Level.FAULT, "epoch 3"),
    "a file cut short": ('{"trouble"', Level.WARN, "JSONDecodeError"),
    "a file of something else": ("[]", Level.WARN, "TypeError"),
}


@pytest.mark.parametrize(("said", "level", "cause"), SYNC.values(), ids=SYNC.keys())
def test_what_the_sync_process_said_is_told(said: str | None, level: Level, cause: str, tmp_path: Path) -> None:
    """Regression: a journal that the centre refuses was known to nobody but the log."""
    (tmp_path / "sync").mkdir()
    if said is not None:
        (tmp_path / "sync" / "status.json").write_text(said, "utf-8")
    found = check_sync(tmp_path, listens=True)
    assert found.level is level
    assert cause in found.cause
    assert bool(found.cure) is (level is not Level.OK)


def test_a_sync_process_that_does_not_run_is_told_whatever_it_said_before(tmp_path: Path) -> None:
    (tmp_path / "sync").mkdir()
    (tmp_path / "sync" / "status.json").write_text('{"trouble": "", "stopped": {}}', "utf-8")
    found = check_sync(tmp_path, listens=False)
    assert (found.level, "does not run" in found.cause) == (Level.WARN, True)
    assert "onecard-sync" in found.cure


def test_the_worst_finding_decides() -> None:
    assert worst([]) is Level.OK
    assert worst([Finding("a", Level.WARN, "", ""), Finding("b", Level.OK, "")]) is Level.WARN
    assert worst([Finding("a", Level.FAULT, "", ""), Finding("b", Level.WARN, "", "")]) is Level.FAULT


def examined(folder: Path, capsys: pytest.CaptureFixture[str], code: int) -> dict[str, Any]:
    assert main(["doctor", "--config", str(folder / "terminal.toml"), "--json"]) == code
    return {finding["check"]: finding for finding in json.loads(capsys.readouterr().out)["checks"]}


def test_doctor_examines_a_terminal_that_is_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(with_taps(tmp_path))
    links = [(tmp_path / name, os.openpty()) for name in ("reader.pty", "sam.pty")]
    for link, (_, slave) in links:
        link.symlink_to(os.ttyname(slave))
    found = examined(tmp_path, capsys, 0)
    for _, (master, slave) in links:
        os.close(slave)
        os.close(master)
    assert {"port.reader", "port.sam", "clock", "disk", "sqlite", "durability", "enrolment", "continuity"} <= set(found)
    assert found["control"]["level"] == "warn"
    assert found["port.reader"]["level"] == "ok"


def test_doctor_goes_on_where_the_journal_cannot_be_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enrolled(tmp_path)
    (tmp_path / "state" / "journal.db").write_bytes(b"not a database" * 100)
    found = examined(tmp_path, capsys, 1)
    assert found["journal"]["cause"].startswith("STORE_CORRUPT")
    assert found["journal"]["cure"]
    assert found["port.reader"]["level"] == "fault"
    assert found["enrolment"]["level"] == "ok"
