"""One version takes over from another: it proves on copies that it reads the queue, then the line changes hands."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from edge.installation.in_force import InForce, folder_of, put_in_force, read_in_force

SERVICE_FOLDER: Final = Path("/run/systemd/system")
"""Is there where systemd runs (sd_booted(3))."""

UNITS: Final = ("onecard-till.service", "onecard-sync.service", "onecard-terminal.service")
READ: Final = 0
NOTHING_TO_READ: Final = 3


@frozen
class Device:
    """Where the program lies, and the words by which a command of it finds its terminal (``--config FILE``)."""

    root: Path
    location: tuple[str, ...]

    def command(self, version: str) -> Path:
        """Return a version's command; raises ``VERSION_ABSENT`` where it has none."""
        command = folder_of(self.root, version) / "bin" / "onecard"
        if not command.exists():
            raise ConfigError("VERSION_ABSENT", f"{version}: {command} is not there")
        return command


def take_over(device: Device, version: str, *, final: bool = False) -> InForce:
    """Put ``version`` in force once it has proven itself: on trial, or for good where it is ``final``.

    Raises ``UPGRADE_REFUSED``, and nothing has changed, where it does not read everything, or where a trial could not
    go back.
    """
    in_force = read_in_force(device.root)
    if in_force.version == version:
        raise ConfigError("RELEASE_UNFIT", f"{version} is in force already")
    with _services_at_rest():
        proof = _proof(device, version)
        if not final and proof and not proof["way_back"]:
            raise ConfigError(
                "UPGRADE_REFUSED", f"{version} leaves a schema that {in_force.version} cannot use: take it by --final"
            )
        taken = in_force.followed_by(version, final=final)
        put_in_force(device.root, taken)
    return taken


def go_back(device: Device) -> InForce:
    """Put the version before in force again, once it has proven itself; raises as :func:`take_over` does."""
    back = read_in_force(device.root).rolled_back()
    with _services_at_rest():
        _proof(device, back.version)
        put_in_force(device.root, back)
    return back


def _proof(device: Device, version: str) -> dict[str, Any]:
    """Let a version check the queue and return what it says; raises ``UPGRADE_REFUSED`` with its words."""
    command = [str(device.command(version)), "upgrade", "check", *device.location, "--json"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    except OSError as error:
        raise ConfigError("UPGRADE_REFUSED", f"{version} does not start: {error.strerror}") from error
    if said.returncode not in (READ, NOTHING_TO_READ):
        raise ConfigError("UPGRADE_REFUSED", f"{version}: {_words(said)}")
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def _words(said: subprocess.CompletedProcess[str]) -> str:
    """Return why a check failed: the problems it found, the coded error that ended it, or whatever it last said."""
    try:
        if said.stdout:
            return "; ".join(json.loads(said.stdout)["problems"])
        error = json.loads(said.stderr)
        return f"{error['code']}: {error['message']}"
    except (ValueError, KeyError):
        return said.stderr.strip() or f"ended with {said.returncode}"


@contextmanager
def _services_at_rest() -> Iterator[None]:
    """Stop the services that run, and start them again whatever happens: then by the line that is in the file."""
    running = [unit for unit in UNITS if _systemctl("is-active", "--quiet", unit)] if SERVICE_FOLDER.is_dir() else []
    if running:
        _systemctl("stop", *running)
    try:
        yield
    finally:
        if running:
            _systemctl("start", *reversed(running))


def _systemctl(*words: str) -> bool:
    command: Sequence[str] = ("/usr/bin/systemctl", *words)
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603 - a fixed program with our own unit names
