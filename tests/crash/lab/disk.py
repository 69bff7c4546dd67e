"""A disk with a volatile cache: what may be left of files and folders when the power goes.

Written bytes are safe after a flush of their file, names (create, link, unlink, rename, make and remove a folder) after
a flush of the folder that holds them. Until then each may be lost, kept without those before it, torn at sector bounds,
or replaced by garbage. Names are lost from the end, as a journaling file system does, or in the harsher way one by one:
POSIX promises no more. A rename is one step: the old name or the new. Not modelled: a device that lies about a flush.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath
from random import Random
from typing import Final

from tests.crash.lab.trace import Kind, Operation

SECTOR_BYTES: Final = 512
KEPT_CHANCE: Final = 0.5


class Loss(StrEnum):
    """A way in which the volatile part is lost."""

    ALL = "all"
    NONE = "none"
    SOME = "some"
    TORN = "torn"
    GARBLED = "garbled"


@dataclass(slots=True, eq=False)
class File:
    """One file: its mode, what is safe, and the writes (offset, bytes) and resizes (size, None) since."""

    mode: int = 0o644
    safe: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Folder:
    """One folder: its names as a process sees them, and those that are safe."""

    mode: int = 0o755
    names: dict[str, File | Folder] = field(default_factory=dict)
    safe: dict[str, File | Folder] = field(default_factory=dict)


Step = tuple[Folder, str, File | Folder | None]
"""A name set in a folder, or removed."""


@dataclass(frozen=True, slots=True)
class Left:
    """A file (or, without content, a folder) that a power cut left; ``twin`` is another path of the same file."""

    path: str
    mode: int
    content: bytes | None
    twin: str = ""


class Disk:
    """The state of a traced folder after some operations. Hard links and the order of names are kept."""

    def __init__(self, root: str) -> None:
        self._root = PurePath(root)
        self._top = Folder()
        self._nodes: dict[int, File | Folder] = {}
        self._pending: list[tuple[Step, ...]] = []

    def apply(self, operation: Operation) -> None:
        """Take one operation into the volatile state, or make something safe."""
        kind, number = operation.kind, operation.inode
        if kind is Kind.SYNC:
            self._sync(self._nodes[number])
        elif kind is Kind.FOLDER:
            self._nodes[number] = self._found(operation.path)
        elif kind in (Kind.WRITE, Kind.RESIZE):
            file = self._nodes[number]
            assert isinstance(file, File)
            file.pending.append((operation.offset, operation.written if kind is Kind.WRITE else None))
        elif kind is not Kind.MARK:
            self._rename(operation)

    def after_power_loss(self, loss: Loss, draw: Random) -> list[Left]:
        """Return what is there when the power goes now: each folder before what is in it."""
        left: list[Left] = []
        seen: dict[File, str] = {}
        names = self._names_left(loss, draw)

        def descend(folder: Folder, place: str) -> None:
            inside = folder.names if loss is Loss.NONE else names.get(folder, folder.safe)
            for name in sorted(inside):
                path, node = place + name, inside[name]
                if isinstance(node, Folder):
                    left.append(Left(path, node.mode, None))
                    descend(node, path + "/")
                elif node in seen:
                    left.append(Left(path, node.mode, b"", seen[node]))
                else:
                    seen[node] = path
                    left.append(Left(path, node.mode, content_left(node, loss, draw)))

        descend(self._top, "")
        return left

    def _rename(self, operation: Operation) -> None:
        """Set and remove names, in one step each operation."""
        folder, name = self._parent(operation.path)
        steps: tuple[Step, ...] = ((folder, name, None),)
        if operation.kind is Kind.CREATE:
            file = File(operation.offset)
            self._nodes[operation.inode] = file
            steps = ((folder, name, file),)
        elif operation.kind is Kind.MKDIR:
            steps = ((folder, name, Folder(operation.offset)),)
        elif operation.kind in (Kind.RENAME, Kind.LINK):
            target = (*self._parent(operation.second), folder.names[name])
            steps = (target,) if operation.kind is Kind.LINK else (*steps, target)
        for step in steps:
            change_name(step[0].names, step)
        self._pending.append(steps)

    def _sync(self, node: File | Folder) -> None:
        if isinstance(node, File):
            for offset, written in node.pending:
                change(node.safe, offset, written)
            node.pending.clear()
            return
        kept = []
        for steps in self._pending:
            if any(folder is node for folder, _, _ in steps):
                for step in steps:
                    change_name(step[0].safe, step)
            else:
                kept.append(steps)
        self._pending = kept

    def _names_left(self, loss: Loss, draw: Random) -> dict[Folder, dict[str, File | Folder]]:
        """Return the names of every folder of which some unsafe change survived."""
        if loss in (Loss.ALL, Loss.NONE):
            return {}
        kept = self._pending[: draw.randint(0, len(self._pending))]
        if loss is Loss.SOME:
            kept = [steps for steps in self._pending if draw.random() < KEPT_CHANCE]
        names: dict[Folder, dict[str, File | Folder]] = {}
        for step in (step for steps in kept for step in steps):
            change_name(names.setdefault(step[0], dict(step[0].safe)), step)
        return names

    def _parent(self, path: str) -> tuple[Folder, str]:
        whole = PurePath(path)
        folder = self._found(str(whole.parent))
        assert isinstance(folder, Folder)
        return folder, whole.name

    def _found(self, path: str) -> File | Folder:
        node: File | Folder = self._top
        for part in PurePath(path).relative_to(self._root).parts:
            assert isinstance(node, Folder)
            node = node.names[part]
        return node


def change_name(names: dict[str, File | Folder], step: Step) -> None:
    """Set or remove one name."""
    _, name, node = step
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def content_left(file: File, loss: Loss, draw: Random) -> bytes:
    """Return a content that a file may have after the power went."""
    content = bytearray(file.safe)
    for offset, written in () if loss is Loss.ALL else file.pending:
        if loss is Loss.NONE:
            change(content, offset, written)
        elif written is None or loss is Loss.SOME:
            if draw.random() < KEPT_CHANCE:
                change(content, offset, written)
        else:
            _half_written(content, offset, written, loss, draw)
    return bytes(content)


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
    if draw.random() < KEPT_CHANCE / 2:
        return
    for start in range(0, len(written), SECTOR_BYTES):
        sector = written[start : start + SECTOR_BYTES]
        if draw.random() < KEPT_CHANCE:
            change(content, offset + start, sector)
        elif loss is Loss.GARBLED:
            change(content, offset + start, draw.randbytes(len(sector)))
