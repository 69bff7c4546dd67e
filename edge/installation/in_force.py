"""Which version a device runs: one line in one file, replaced as a whole.

``in-force``, in the folder of installation, says ``VERSION BEFORE STARTS``: the version in force; the one before it
(``-``: none); and how many starts it has left to prove itself (``-``: it has). The launcher and the trial beside it are
shell and read the same line, so that they outlive any version. A power cut leaves the old line or the new one.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

from edge.crypto.signing import coded_errors, write_durably
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen

ROOT: Final = Path("/opt/onecard")
FILE: Final = "in-force"
STARTS_OF_A_TRIAL: Final = 3
NONE: Final = "-"
NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+~]*")
LINE: Final = re.compile(rf"({NAME.pattern}) ({NAME.pattern}|-) ([0-9]|-)\n")


@frozen
class InForce:
    """The version in force, the one before (empty: none), and the starts left of its trial (None: it is proven)."""

    version: str
    before: str = ""
    starts_left: int | None = None

    def followed_by(self, version: str, *, final: bool = False) -> Self:
        """Return what is in force once ``version`` has taken over: on trial, or for good where it is ``final``."""
        return replace(self, version=version, before=self.version, starts_left=None if final else STARTS_OF_A_TRIAL)

    def committed(self) -> Self:
        """Return the same without a trial."""
        return replace(self, starts_left=None)

    def rolled_back(self) -> Self:
        """Return the version before in force, and nothing to go back to; raises ``VERSION_ABSENT`` without one."""
        if not self.before:
            raise ConfigError("VERSION_ABSENT", f"{self.version}: no version before it is kept")
        return replace(self, version=self.before, before="", starts_left=None)

    def line(self) -> str:
        """Return the file's one line."""
        left = NONE if self.starts_left is None else str(self.starts_left)
        return f"{self.version} {self.before or NONE} {left}\n"


def folder_of(root: Path, version: str) -> Path:
    """Return where a version lies; raises ``VERSION_ABSENT`` for what is no name of one."""
    if not NAME.fullmatch(version):
        raise ConfigError("VERSION_ABSENT", f"{version!r} is no version")
    return root / "versions" / version


def read_in_force(root: Path) -> InForce:
    """Return what is in force; raises ``VERSION_ABSENT`` where nothing is, or the line is damaged."""
    path = root / FILE
    try:
        found = LINE.fullmatch(path.read_text("ascii"))
    except FileNotFoundError:
        raise ConfigError("VERSION_ABSENT", f"{root}: nothing is installed there by `onecard install`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("VERSION_ABSENT", f"{path}: {error}") from error
    if found is None:
        raise ConfigError("VERSION_ABSENT", f"{path}: damaged")
    version, before, left = found.groups()
    return InForce(version, "" if before == NONE else before, None if left == NONE else int(left))


def put_in_force(root: Path, wanted: InForce) -> None:
    """Replace the line; the version must lie there whole already. Raises ``STORE_IO`` or ``STORE_FULL``."""
    write_durably(root / FILE, wanted.line().encode())


def installed(root: Path) -> list[str]:
    """Return the names of the versions that lie there, in the order of their names."""
    folder = root / "versions"
    with coded_errors(folder):
        found = list(folder.iterdir()) if folder.is_dir() else []
    return sorted(path.name for path in found if path.is_dir() and NAME.fullmatch(path.name))
