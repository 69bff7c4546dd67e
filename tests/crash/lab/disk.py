"""A disk with a volatile cache: what may be left of files when the power goes.

Written bytes are safe after a sync of their file, names (create, unlink, rename) after a sync of their folder. Until
then each may be lost, kept without those before it, torn at sector bounds, or replaced by garbage. Names are lost from
the end or, in the harsher way, one by one. Not modelled: a device that lies about a flush.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath
from random import Random
from typing import Final

from tests.crash.lab.trace import Kind, Operation

SECTOR_BYTES: Final = 512


class Loss(StrEnum):
    """A way in which the volatile part is lost."""

    ALL = "all"
    NONE = "none"
    SOME = "some"
    TORN = "torn"
    GARBLED = "garbled"


@dataclass(slots=True)
class Inode:
    """One file: what is safe, and the writes (offset, bytes) and resizes (size, None) since."""

    safe: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)


@dataclass(slots=True)
class Disk:
    """The state of a traced folder after some operations."""

    inodes: dict[int, Inode] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    safe_names: dict[str, int] = field(default_factory=dict)
    pending_names: list[Operation] = field(default_factory=list)
    folders: dict[int, str] = field(default_factory=dict)

    def apply(self, operation: Operation) -> None:
        """Take one operation into the volatile state, or make something safe."""
        kind = operation.kind
        if kind is Kind.FOLDER:
            self.folders[operation.inode] = operation.path
        elif kind is Kind.SYNC:
            self._sync(operation.inode)
        elif kind is Kind.WRITE:
            self.inodes[operation.inode].pending.append((operation.offset, operation.written))
        elif kind is Kind.RESIZE:
            self.inodes[operation.inode].pending.append((operation.offset, None))
        elif kind is not Kind.MARK:
            if kind is Kind.CREATE:
                self.inodes[operation.inode] = Inode()
            rename(self.names, operation)
            self.pending_names.append(operation)

    def _sync(self, inode: int) -> None:
        if inode in self.folders:
            folder = self.folders[inode]
            safe = [item for item in self.pending_names if str(PurePath(item.path).parent) == folder]
            for item in safe:
                rename(self.safe_names, item)
            self.pending_names = [item for item in self.pending_names if item not in safe]
            return
        file = self.inodes[inode]
        for offset, written in file.pending:
            change(file.safe, offset, written)
        file.pending.clear()

    def after_power_loss(self, loss: Loss, draw: Random) -> dict[str, bytes]:
        """Return the files that are there, path -> content, when the power goes now."""
        return {path: self._content(inode, loss, draw) for path, inode in self._names_left(loss, draw).items()}

    def _names_left(self, loss: Loss, draw: Random) -> dict[str, int]:
        if loss is Loss.NONE:
            return self.names
        names = dict(self.safe_names)
        if loss is Loss.ALL:
            return names
        kept = self.pending_names[: draw.randint(0, len(self.pending_names))]
        if loss is Loss.SOME:
            kept = [item for item in self.pending_names if draw.random() < 0.5]
        for item in kept:
            rename(names, item)
        return names

    def _content(self, number: int, loss: Loss, draw: Random) -> bytes:
        inode = self.inodes[number]
        content = bytearray(inode.safe)
        if loss is Loss.ALL:
            return bytes(content)
        for offset, written in inode.pending:
            if loss is Loss.NONE:
                change(content, offset, written)
            elif written is None or loss is Loss.SOME:
                if draw.random() < 0.5:
                    change(content, offset, written)
            else:
                _half_written(content, offset, written, loss, draw)
        return bytes(content)


def rename(names: dict[str, int], operation: Operation) -> None:
    """Apply a create, unlink or rename to a table of names; one whose file is not there has no effect."""
    if operation.kind is Kind.CREATE:
        names[operation.path] = operation.inode
    elif operation.kind is Kind.UNLINK:
        names.pop(operation.path, None)
    elif operation.path in names:
        names[operation.second] = names.pop(operation.path)


def change(content: bytearray, offset: int, written: bytes | None) -> None:
    """Write bytes at an offset, or resize to ``offset`` where there are none; a gap reads as zeros."""
    if written is None:
        del content[offset:]
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    if written is not None:
        content[offset : offset + len(written)] = written


def _half_written(content: bytearray, offset: int, written: bytes, loss: Loss, draw: Random) -> None:
    """Write some of the sectors; of the rest nothing, or garbage."""
    if draw.random() < 0.25:
        return
    for start in range(0, len(written), SECTOR_BYTES):
        sector = written[start : start + SECTOR_BYTES]
        if draw.random() < 0.5:
            change(content, offset + start, sector)
        elif loss is Loss.GARBLED:
            change(content, offset + start, draw.randbytes(len(sector)))
