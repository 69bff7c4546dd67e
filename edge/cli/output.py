"""What commands print: words for people, one JSON object with ``--json``; coded errors on stderr in both forms."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping

from edge.domain.errors import OneCardError


def add_json_option(parser: argparse.ArgumentParser, default: object = False) -> None:  # noqa: FBT002 - as argparse takes it
    """Let the command take ``--json``; ``default`` is SUPPRESS where the option may also stand before an action."""
    parser.add_argument("--json", action="store_true", default=default, help="print one JSON object with stable keys")


def show(arguments: argparse.Namespace, facts: Mapping[str, object], lines: Iterable[str]) -> None:
    """Print ``facts`` as one JSON object where ``--json`` was given, else ``lines``."""
    if arguments.json:
        print_json(facts)
        return
    for line in lines:
        print(line)


def print_json(facts: Mapping[str, object]) -> None:
    """Print one JSON object; dates, money and ids are already plain values."""
    print(json.dumps(facts, ensure_ascii=False, indent=2))


def print_error(error: OneCardError, *, as_json: bool) -> None:
    """Print a coded error to stderr: ``CODE: message`` and its hint."""
    if as_json:
        from edge.control.messages import refusal  # noqa: PLC0415 - few commands speak to a terminal

        print(json.dumps(refusal(error), ensure_ascii=False), file=sys.stderr)
        return
    print(error, file=sys.stderr)
    print(f"hint: {error.hint}", file=sys.stderr)


def columns(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return rows as lines with aligned columns, two spaces apart; wide Chinese characters count twice."""
    table = list(rows)
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    return ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]


def _width(text: str) -> int:
    return sum(2 if "\u1100" <= character <= "\uffe6" and character >= "\u2e80" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
