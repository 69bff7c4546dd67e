"""The records of the shim, read back: what a process did to its files, in total order."""

from __future__ import annotations

import json
import os
import struct
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

RECORD: Final = struct.Struct("<B3xHHQQQ")
SHIM_SOURCE: Final = Path(__file__).with_name("shim.c")

Mark = Mapping[str, Any]
"""What a life says it begins (``{"begin": name, ...}``) or has done (``{"done": name, ...}``): a promise."""


class Kind(IntEnum):
    """What was done; the numbers are those of ``shim.c``."""

    CREATE = 1
    WRITE = 2
    SYNC = 3
    RESIZE = 4
    UNLINK = 5
    RENAME = 6
    MARK = 7
    FOLDER = 8
    MKDIR = 9
    LINK = 10


@dataclass(frozen=True, slots=True)
class Operation:
    """One effect.

    ``offset`` is also the new size of a RESIZE and the mode of a CREATE or MKDIR; ``written`` the bytes of a WRITE or
    MARK. An UNLINK also removes folders.
    """

    kind: Kind
    inode: int
    offset: int
    path: str
    second: str
    written: bytes


def build_shim(folder: Path) -> Path:
    """Compile the shim and return the library's path."""
    library = folder / "shim.so"
    command = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(library), str(SHIM_SOURCE)]
    subprocess.run(command, check=True, timeout=60)
    return library


def traced(shim: Path, command: Sequence[str], *, root: Path, trace: Path, marks: Path) -> list[Operation]:
    """Run ``command`` under the shim to its end and return what it did to files below ``root``."""
    environment = {
        **os.environ,
        "LD_PRELOAD": str(shim),
        "CRASHLAB_ROOT": str(root),
        "CRASHLAB_TRACE": str(trace),
        "CRASHLAB_MARKS": str(marks),
    }
    subprocess.run(command, check=True, env=environment, timeout=120)
    return list(read_trace(trace))


def read_trace(path: Path) -> Iterator[Operation]:
    """Yield the operations of a trace in order."""
    raw = path.read_bytes()
    at = 0
    while at < len(raw):
        number, path_length, second_length, inode, offset, length = RECORD.unpack_from(raw, at)
        at += RECORD.size
        name = raw[at : at + path_length].decode()
        at += path_length
        second = raw[at : at + second_length].decode()
        at += second_length
        held = length if number in (Kind.WRITE, Kind.MARK) else 0
        yield Operation(Kind(number), inode, offset, name, second, raw[at : at + held])
        at += held


def read_marks(raw: bytes) -> list[Mark]:
    """Return the marks in a file of marks, one JSON line each."""
    return [json.loads(line) for line in raw.splitlines()]
