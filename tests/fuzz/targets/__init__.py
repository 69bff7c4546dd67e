"""Parsers under fuzzing: one file per area, each with ``TARGETS``; existing is enough to be found."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from tests.fuzz.target import Target


def all_targets() -> Mapping[str, Target]:
    """Return every target by name."""
    found: dict[str, Target] = {}
    for module in pkgutil.iter_modules(__path__, __name__ + "."):
        for target in importlib.import_module(module.name).TARGETS:
            if target.name in found:
                raise RuntimeError(f"two targets are called {target.name}")
            found[target.name] = target
    return found
