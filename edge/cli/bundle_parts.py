"""What goes into a support bundle: named parts, each redacted once more before it leaves; see :func:`gather`.

Nothing of ours holds a card number, a name or a key; the redaction here is the second net. Keys are never opened:
of key files a bundle holds names, sizes and rights alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import re
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import asdict, field
from pathlib import Path
from typing import Final

from edge import __version__
from edge.cli.doctor_command import findings_of
from edge.cli.locate import Located
from edge.cli.output import columns
from edge.cli.terminal_source import TerminalSource, open_source
from edge.control.messages import Message
from edge.domain.errors import OneCardError
from edge.domain.frozen import frozen, mutable
from edge.explaining.entry_text import row_of

ENTRIES: Final = 200
LOG_LINES: Final = 2_000
LOG_TIMEOUT_S: Final = 20
LOG_OPTIONS: Final = ("--unit=onecard-*", f"--lines={LOG_LINES}", "--no-pager", "--output=short-iso-precise")
PART_BYTES_MAX: Final = 4 * 1024 * 1024
LONG_NUMBER: Final = re.compile(rb"(?<![0-9A-Za-z])[0-9]{14,20}(?![0-9A-Za-z])")
"""Digits in a row as in the number of a card (14 to 20) or an id card (18): no time in ms (13), no hash (letters)."""
ID_NUMBER: Final = re.compile(rb"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
MASKED: Final = b"[masked]"


@frozen
class Part:
    """One file of a bundle; ``masked`` counts what the redaction took out."""

    name: str
    about: str
    content: bytes
    masked: int = 0


@mutable
class Gathered:
    """The parts, and by name why others are absent."""

    parts: list[Part] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)


@frozen
class Visit:
    """A terminal that is being looked at; ``opened`` is where it is asked, or why it cannot be."""

    located: Located
    opened: TerminalSource | OneCardError

    @property
    def source(self) -> TerminalSource:
        """Return where it is asked; raises why it cannot be."""
        if isinstance(self.opened, OneCardError):
            raise self.opened
        return self.opened


Collector = Callable[[Visit], Awaitable[bytes]]


async def gather(located: Located) -> Gathered:
    """Collect what can be had, whatever else fails: why a part is absent is told in its place."""
    async with AsyncExitStack() as stack:
        try:
            visit = Visit(located, await stack.enter_async_context(open_source(located)))
        except OneCardError as error:
            visit = Visit(located, error)
        return await _gathered(visit)


async def _gathered(visit: Visit) -> Gathered:
    found = Gathered()
    for name, (about, collect) in PARTS.items():
        try:
            found.parts.append(redacted(name, about, await collect(visit)))
        except (OneCardError, OSError) as error:
            found.absent[name] = str(error)
    return found


def redacted(name: str, about: str, content: bytes) -> Part:
    """Return a part without anything that looks like the number of a card or a person, cut at its limit."""
    cut = content if len(content) <= PART_BYTES_MAX else content[-PART_BYTES_MAX:]
    without, ids = ID_NUMBER.subn(MASKED, cut)
    clean, numbers = LONG_NUMBER.subn(MASKED, without)
    return Part(name, about, clean, ids + numbers)


async def _status(visit: Visit) -> bytes:
    return _json(await visit.source.status())


async def _entries(visit: Visit) -> bytes:
    last = (await visit.source.status())["journal"]["last_seq"]
    entries = await visit.source.page(max(1, last - ENTRIES + 1), ENTRIES)
    return "\n".join([*columns(map(row_of, entries)), ""]).encode()


async def _doctor(visit: Visit) -> bytes:
    try:
        asked: Message | OneCardError = await visit.source.status()
    except OneCardError as error:
        asked = error
    return _json([finding.facts() for finding in await findings_of(visit.located, asked)])


async def _configuration(visit: Visit) -> bytes:
    return _json({} if visit.located.config is None else asdict(visit.located.config))


async def _sync(visit: Visit) -> bytes:
    return (visit.located.paths.state / "sync" / "status.json").read_bytes()


async def _files(visit: Visit) -> bytes:
    return "\n".join([*columns(_listed(visit.located)), ""]).encode()


async def _system(_visit: Visit) -> bytes:
    return _json(_machine())


async def _log(_visit: Visit) -> bytes:
    """Ask the service manager's journal for our own units alone."""
    if (journalctl := shutil.which("journalctl")) is None:
        raise FileNotFoundError("no journalctl on this machine")
    words = [journalctl, *LOG_OPTIONS]
    try:
        ran = await asyncio.to_thread(
            subprocess.run, words, capture_output=True, timeout=LOG_TIMEOUT_S, check=True, stdin=subprocess.DEVNULL
        )
    except subprocess.CalledProcessError as error:
        said = bytes(error.stderr).decode("utf-8", "replace").strip().splitlines()
        raise OSError(f"journalctl: {said[0] if said else error.returncode}") from error
    except subprocess.TimeoutExpired as error:
        raise OSError(f"journalctl has not answered for {LOG_TIMEOUT_S} s") from error
    return bytes(ran.stdout)


PARTS: Final[dict[str, tuple[str, Collector]]] = {
    "status.json": ("what `onecard status` says", _status),
    "doctor.json": ("what `onecard doctor` finds", _doctor),
    "entries.txt": (f"the newest {ENTRIES} entries of the journal, as `onecard journal list` shows them", _entries),
    "configuration.json": ("the settings in force, profile and own", _configuration),
    "sync.json": ("how the sync process stands", _sync),
    "files.txt": ("names, sizes and rights of the terminal's files; no content", _files),
    "system.json": ("versions, memory and load of the machine", _system),
    "log.txt": (f"the newest {LOG_LINES} log lines of our units", _log),
}


def _listed(located: Located) -> Iterator[tuple[str, ...]]:
    yield "mode", "owner", "bytes", "name"
    folders = [located.paths.state, *([] if located.config is None else [located.paths.credentials])]
    for folder in folders:
        for path in sorted([folder, *folder.rglob("*")]):
            found = path.lstat()
            owner = f"{found.st_uid}:{found.st_gid}"
            yield stat.filemode(found.st_mode), owner, str(found.st_size), str(path)


def _machine() -> dict[str, object]:
    release = Path("/etc/os-release")
    return {
        "onecard": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "machine": platform.machine(),
        "kernel": platform.release(),
        "system": release.read_text("utf-8").splitlines()[:2] if release.exists() else [],
        "processors": os.cpu_count(),
        "load": os.getloadavg(),
        "memory": Path("/proc/meminfo").read_text("ascii").splitlines()[:3],
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain).encode() + b"\n"


def _plain(value: object) -> object:
    """Return what JSON has for a value: a list for a set, no text for a path that is not set."""
    if isinstance(value, frozenset):
        return sorted(value)
    return "" if value == Path() else str(value)
