"""Which lines of the product an input reaches, and the fewest inputs that reach all of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any, Final

from tests.architecture.source_tree import PACKAGES, ROOT
from tests.fuzz.target import Target

FOLDERS: Final = tuple(f"{ROOT / package}/" for package in PACKAGES)
Step = tuple[str, int, int]
"""File, line before, line: a branch taken."""


def reached(target: Target, taken: bytes) -> frozenset[Step]:
    """Feed one input and return the steps from line to line in the product's files."""
    steps: set[Step] = set()
    last: dict[int, int] = {}

    def trace(frame: FrameType, event: str, _value: Any) -> Any:  # noqa: ANN401 - sys.settrace's own form
        name = frame.f_code.co_filename
        if not name.startswith(FOLDERS):
            return None
        if event == "line":
            steps.add((name, last.get(id(frame), 0), frame.f_lineno))
            last[id(frame)] = frame.f_lineno
        return trace

    sys.settrace(trace)
    try:
        target(taken)
    finally:
        sys.settrace(None)
    return frozenset(steps)


def smallest(target: Target, inputs: Iterable[bytes], known: Iterable[bytes], *, kept_max: int) -> list[bytes]:
    """Return the inputs that reach what ``known`` ones do not, short ones first, at most ``kept_max``."""
    seen: set[Step] = set()
    for taken in known:
        seen |= reached(target, taken)
    kept: list[bytes] = []
    for taken in sorted(set(inputs), key=lambda each: (len(each), each)):
        if len(kept) == kept_max:
            break
        steps = reached(target, taken)
        if not steps <= seen:
            kept.append(taken)
            seen |= steps
    return kept
