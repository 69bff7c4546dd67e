"""Checks of the machine: clock, disk, SQLite, Python, and the rights of key files."""

from __future__ import annotations

import os
import sqlite3
import ssl
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edge.cli.doctor_report import Finding, fault, fine, warn
from edge.clock import BUILD_MS
from edge.config import JournalSection, Paths
from edge.crypto.sm import PlainSm2, Sm2
from edge.explaining.entry_text import moment

WAL_RESET_FIRST: Final = (3, 7, 0)
WAL_RESET_MENDED: Final = (3, 51, 3)
WAL_RESET_BACKPORTS: Final = ((3, 44, 6), (3, 50, 7))
"""Releases with and without the WAL-reset bug (SQLite's release log): two connections can corrupt the file."""

PYTHON_MIN: Final = (3, 11)
INODES_MIN: Final = 1_000


def check_clock(now_ms: int, newest_ms: int) -> Finding:
    """Hold the wall clock against this release and the newest entry of the journal (0: none)."""
    cure = "set the clock, or wait for the centre's signed time; taps go on and are marked as untrusted"
    if now_ms < BUILD_MS:
        return fault("clock", f"{moment(now_ms)} lies before this release was built", cure)
    if now_ms < newest_ms:
        return fault("clock", f"{moment(now_ms)} lies before the newest entry ({moment(newest_ms)})", cure)
    return fine("clock", f"{moment(now_ms)} UTC")


def check_disk(state: Path, section: JournalSection) -> Finding:
    """Hold the free space of the state folder against floor and warning."""
    if not state.is_dir():
        return fault("disk", f"{state}: no such folder", "create it (systemd-tmpfiles --create), or mend paths.state")
    disk = os.statvfs(state)
    free_bytes = disk.f_bavail * disk.f_frsize
    used_percent = 100 - 100 * disk.f_bavail // max(disk.f_blocks, 1)
    said = f"{free_bytes // 1_000_000} MB free, {used_percent} % used"
    cure = "send entries (sync), remove foreign files, or give the state folder its own larger partition"
    if free_bytes < section.floor_bytes:
        return fault("disk", f"{said}; below the floor of {section.floor_bytes // 1_000_000} MB: sales stop", cure)
    if disk.f_files > 0 and disk.f_favail < INODES_MIN:
        return fault("disk", f"{said}; only {disk.f_favail} inodes free", cure)
    if used_percent >= section.warn_percent:
        return warn("disk", f"{said}; warning from {section.warn_percent} %", cure)
    return fine("disk", said)


def check_sqlite(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Finding:
    """Say whether this SQLite has the WAL-reset bug, and what guards against it."""
    said = "SQLite " + ".".join(map(str, version))
    backported = any(version[:2] == mended[:2] and version >= mended for mended in WAL_RESET_BACKPORTS)
    if version < WAL_RESET_FIRST:
        return fault("sqlite", f"{said} has no write-ahead log", "install SQLite 3.40 or newer")
    if version >= WAL_RESET_MENDED or backported:
        return fine("sqlite", said)
    return fine("sqlite", f"{said}: WAL-reset bug present, kept out by the one exclusive connection")


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Name Python and OpenSSL."""
    said = f"Python {'.'.join(map(str, version))}, {ssl.OPENSSL_VERSION}"
    if version < PYTHON_MIN:
        return fault("python", said, "install Python 3.11 or newer")
    return fine("python", said)


def check_sm2(chosen: Sm2) -> Finding:
    """Name the implementation of SM2 that was chosen: what bank cards by SM2 and transit codes are verified with."""
    if isinstance(chosen, PlainSm2):
        return warn(
            "sm2", chosen.name, "install libcrypto 3 (libssl3): SM2 cards and codes take ten times longer without"
        )
    return fine("sm2", chosen.name)


def check_key_files(paths: Paths) -> Iterator[Finding]:
    """Check that secrets are there and readable by their owner alone."""
    secrets = [paths.keys / "terminal.key", *sorted(paths.credentials.glob("token-key-*"))]
    if len(secrets) == 1:
        yield fault("keys.token", f"{paths.credentials}: no token key", "enrol anew, or mend paths.credentials")
    for path in secrets:
        yield _secret(f"keys.{path.stem}", path)


def _secret(check: str, path: Path) -> Finding:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        return fault(check, f"{path}: {error.strerror}", "enrol this terminal; run doctor as the service user")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return fault(check, f"{path}: mode {mode:o}, readable by others", f"chmod 600 {path}; enrol anew if in doubt")
    return fine(check, f"{path}: owner only")
