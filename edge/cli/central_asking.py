"""What the actions of ``onecard central`` share: how the centre is asked, days, and how an answer is told."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from edge.cli.output import print_json

EXIT_UNBALANCED: Final = 1

Ask = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""Does one of the operator's verbs, with its arguments."""


def day(text: str) -> int:
    """Read a business day, ``YYYYMMDD``."""
    return int(datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).strftime("%Y%m%d"))


def unknown_lines(told: Mapping[str, Any]) -> list[str]:
    """Return what people are told of terminals that have never enrolled: a name may be mistyped."""
    unknown = told.get("unknown", [])
    return [f"never enrolled here, is the name right? {', '.join(unknown)}"] if unknown else []


def tell(arguments: argparse.Namespace, told: Mapping[str, Any], lines: Iterable[str]) -> int:
    """Print an answer as JSON where that was asked for, else as ``lines``; returns 1 where it does not balance."""
    if getattr(arguments, "json", False):
        print_json(told)
    else:
        print("\n".join(lines))
    return 0 if told.get("balanced", True) else EXIT_UNBALANCED
