"""The trace: a running SHA-256 over every step of a run and its virtual time.

Two runs with one trace hash went the same way. A step is named by what it runs (a coroutine's qualified name and the
task's number within this loop, or a callback's qualified name), never by an address, a ``hash()`` or a task name
from asyncio's process-wide counter.
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
from collections.abc import Callable
from functools import partial
from typing import Final

from edge.simulation.numbered import NumberedTask

_TIME = struct.Struct("<cd")
NOTED_MAX: Final = 4_096
"""Notes are hashed so many at a time: one by one costs more than what they note."""


class Trace:
    """Hashes the steps of one run as they happen."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._noted: list[bytes] = []
        self._callback_labels: dict[str, bytes] = {}

    def moment(self, now_s: float) -> None:
        """Note that the virtual time has become ``now_s``; every later step happens then."""
        self._noted.append(_TIME.pack(b"@", now_s))

    def step(self, handle: asyncio.Handle) -> None:
        """Note one step before it runs."""
        callback = handle._callback  # type: ignore[attr-defined]  # noqa: SLF001 - the loop owns its handles
        owner = getattr(callback, "__self__", None)
        self._noted.append(owner.label if type(owner) is NumberedTask else self._callback_label(callback))
        if len(self._noted) > NOTED_MAX:
            self._take_in()

    def mark(self, text: str) -> None:
        """Note something that the steps alone do not show: a drawn fate, the hash of an entry, a balance."""
        self._noted.append(b"!" + text.encode() + b"\n")

    def hexdigest(self) -> str:
        """Return the hash so far."""
        self._take_in()
        return self._hash.hexdigest()

    def _take_in(self) -> None:
        self._hash.update(b"".join(self._noted))
        self._noted.clear()

    def _callback_label(self, callback: Callable[..., object]) -> bytes:
        name = callback_name(callback)
        label = self._callback_labels.get(name)
        if label is None:
            label = self._callback_labels[name] = f"{name}\n".encode()
        return label


def callback_name(callback: Callable[..., object]) -> str:
    """Return a name for a callback that is the same in every process."""
    while isinstance(callback, partial):
        callback = callback.func
    return str(getattr(callback, "__qualname__", type(callback).__qualname__))
