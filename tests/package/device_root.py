"""A machine as dpkg sees one: a folder with its own database of packages. Nothing of the machine around it changes."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.package.debs import Deb

THERE: Final = """Package: {name}
Status: install ok installed
Version: {version}
Architecture: all
Maintainer: nobody <nobody@example.com>
Description: stands for the package of this name

"""
DEPENDED_ON: Final = {"python3": "3.11.2-1", "systemd": "252"}
ROOTLESS: Final = ("--force-not-root", "--force-bad-path", "--force-script-chrootless")
"""Scripts run outside of a chroot, which a test may not make: they keep to ``DPKG_ROOT``, as Debian asks of them."""


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    text: str


@dataclass(frozen=True)
class DeviceRoot:
    """The folder."""

    path: Path

    @property
    def opt(self) -> Path:
        """Return where versions lie."""
        return self.path / "opt" / "onecard"

    @property
    def state(self) -> Path:
        """Return the terminal's state folder."""
        return self.path / "var" / "lib" / "onecard"

    @property
    def config(self) -> Path:
        """Return the terminal's configuration."""
        return self.path / "etc" / "onecard" / "terminal.toml"

    @property
    def in_force(self) -> str:
        """Return the version in force, as the launcher reads it."""
        return (self.opt / "in-force").read_text().split()[0]

    def command(self, *words: str) -> list[str]:
        """Return a command line of the installed program."""
        return [str(self.path / "usr" / "bin" / "onecard"), *words]

    def onecard(self, *words: str) -> Said:
        """Run a command of the installed program to its end."""
        return _said(self.command(*words))

    def install(self, deb: Deb) -> Said:
        """Install, upgrade or downgrade."""
        return self.dpkg("--install", str(deb.path))

    def dpkg(self, *words: str) -> Said:
        """Run dpkg on this machine alone."""
        return _said(["dpkg", f"--root={self.path}", *ROOTLESS, *words])


def new_device(path: Path) -> DeviceRoot:
    """Make a machine without packages, but for what ours depends on; whoever runs the test is the terminal's user."""
    database = path / "var" / "lib" / "dpkg"
    (database / "updates").mkdir(parents=True)
    (database / "info").mkdir()
    (path / "etc").mkdir()
    (path / "etc" / "passwd").write_text(f"onecard:x:{os.getuid()}:{os.getgid()}::/var/lib/onecard:/usr/sbin/nologin\n")
    (path / "etc" / "group").write_text(f"onecard:x:{os.getgid()}:\n")
    status = "".join(THERE.format(name=name, version=version) for name, version in DEPENDED_ON.items())
    (database / "status").write_text(status)
    for name in DEPENDED_ON:
        (database / "info" / f"{name}.list").write_text("")
    return DeviceRoot(path)


def _said(command: list[str]) -> Said:
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL)
    return Said(ended.returncode, ended.stdout + ended.stderr)
