"""Faults that any part may have which replaces files from Python; planted in a life, found by the lab."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Final

from edge.crypto.signing import sync_folder


def _forget_flushes(of: Callable[[int], bool]) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if not of(os.fstat(descriptor).st_mode):
            real(descriptor)

    setattr(os, "fsync", fsync)  # noqa: B010 - a planted fault in a process of its own


def unflushed_folders(*modules: ModuleType) -> Callable[[], None]:
    """Return a fault: these modules make folders without flushing their names."""

    def make_folder(folder: Path, mode: int = 0o777) -> None:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)

    def plant() -> None:
        for module in modules:
            setattr(module, "make_folder", make_folder)  # noqa: B010 - as above

    return plant


def written_in_place(*places: tuple[ModuleType, str]) -> Callable[[], None]:
    """Return a fault: what these modules know by these names writes over the file before, and flushes it."""

    def write(path: Path, content: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)

    def plant() -> None:
        for module, name in places:
            setattr(module, name, write)

    return plant


NEW_FOLDER: Final = "a new folder is not flushed in the one above"
NO_FILE_FLUSH: Final = "a file is renamed into place before it is flushed"
NO_FOLDER_FLUSH: Final = "a folder is not flushed after a rename"

FORGOTTEN_FLUSHES: Final[Mapping[str, Callable[[], None]]] = {
    NO_FILE_FLUSH: lambda: _forget_flushes(stat.S_ISREG),
    NO_FOLDER_FLUSH: lambda: _forget_flushes(stat.S_ISDIR),
}
