"""The file of a technician's pass, as commands take it; only who checks it needs the cryptography."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.domain.errors import ConfigError
from edge.domain.work_pass import TEXT_MAX


def add_pass_option(parser: argparse.ArgumentParser, default: object = None) -> None:
    """Let a command take a technician's pass."""
    parser.add_argument(
        "--pass",
        dest="work_pass",
        type=Path,
        default=default,
        metavar="FILE",
        help="your pass (`onecard technician pass`); asked for where the centre keeps a roster of technicians",
    )


def shown_pass(file: Path | None) -> str:
    """Return the line of a pass; empty without a file. Raises ``PASS_REFUSED`` where it cannot be read."""
    if file is None:
        return ""
    try:
        with file.open(encoding="ascii") as stream:
            return stream.read(TEXT_MAX + 1).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("PASS_REFUSED", f"{file}: {getattr(error, 'strerror', None) or 'not a pass'}") from error
