"""Checks of serial ports: there, allowed, free, a terminal line, and quick to answer.

ENOENT, EACCES and EBUSY are told apart, because each has another cure. A port that the running terminal holds is left
alone: opening it again could disturb a tap.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from edge.cli.doctor_report import Finding, Level, fault, fine, warn

SYS_TTY: Final = Path("/sys/class/tty")

CURES: Final = {
    errno.EACCES: "add the service user to the port's group (usually dialout) and log in again",
    errno.EPERM: "add the service user to the port's group (usually dialout) and log in again",
    errno.EBUSY: "another program holds the port: `fuser PORT` names it; stop ModemManager, getty or the like",
    errno.ENXIO: "the port is known and no device is behind it: plug the adapter in again",
    errno.ENODEV: "the port is known and no device is behind it: plug the adapter in again",
}


def check_port(
    name: str, path: Path, latency_ms_max: int, frames: float | None = None, *, sys_tty: Path = SYS_TTY
) -> Iterator[Finding]:
    """Check one port; ``frames`` is how many the running terminal has read from it (None: it does not run)."""
    check = f"port.{name}"
    if not path.exists():
        yield _absent(check, path)
        return
    yield _opened(check, path) if frames is None else _served(check, path, frames)
    yield from _latency(f"latency.{name}", path, latency_ms_max, sys_tty)


def check_spared_port(name: str, path: Path, latency_ms_max: int, frames: float | None) -> Iterator[Finding]:
    """Check a port without which taps go on: what is wrong with it is a warning."""
    for finding in check_port(name, path, latency_ms_max, frames):
        yield replace(finding, level=Level.WARN) if finding.level is Level.FAULT else finding


def _absent(check: str, path: Path) -> Finding:
    if path.is_symlink():
        return fault(check, f"{path}: the link leads nowhere (ENOENT)", "plug the adapter in, or mend the udev rule")
    cure = "plug the adapter in; `ls /dev/serial/by-id` shows what is there; mend the path in the configuration"
    return fault(check, f"{path}: no such port (ENOENT)", cure)


def _served(check: str, path: Path, frames: float) -> Finding:
    if frames:
        return fine(check, f"{path}: served by the running terminal, {frames:g} frames read")
    cure = "see the faults below and the edition; check power, wiring and baud rate"
    return warn(check, f"{path}: the running terminal has read no frame from it yet", cure)


def _opened(check: str, path: Path) -> Finding:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        return _refused(check, path, error)
    try:
        if not os.isatty(descriptor):
            return fault(check, f"{path}: not a serial port", "name the port itself in the configuration")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return fault(check, f"{path}: locked by another program (EBUSY)", CURES[errno.EBUSY])
    except OSError as error:
        return _refused(check, path, error)
    finally:
        os.close(descriptor)
    return fine(check, f"{path}: free")


def _refused(check: str, path: Path, error: OSError) -> Finding:
    number = error.errno or 0
    name = errno.errorcode.get(number, str(number))
    return fault(check, f"{path}: {error.strerror} ({name})", CURES.get(number, "try another port or adapter"))


def _latency(check: str, path: Path, latency_ms_max: int, sys_tty: Path) -> Iterator[Finding]:
    """Yield a finding for FTDI adapters; other lines have no such timer."""
    timer = sys_tty / path.resolve().name / "device" / "latency_timer"
    try:
        latency_ms = int(timer.read_text("ascii"))
    except (OSError, ValueError):
        return
    if latency_ms > latency_ms_max:
        cure = "install systemd/60-onecard-serial.rules, or: echo 1 > " + str(timer)
        yield warn(check, f"{path}: the FTDI adapter holds bytes back for {latency_ms} ms", cure)
    else:
        yield fine(check, f"{path}: latency timer at {latency_ms} ms")
