"""The table of card issuers, as data: ``issuers.toml`` beside this file, read as it is written."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

ISSUERS_FILE: Final = Path(__file__).with_name("issuers.toml")


class IssuersBroken(ValueError):  # noqa: N818 - named by what is known of the file
    """The table cannot be read or is not TOML."""


def issuer_sections(file: Path = ISSUERS_FILE) -> dict[str, object]:
    """Return the sections of the table; raises :class:`IssuersBroken`. Their keys are checked where they are used."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise IssuersBroken(f"{file}: {error}") from error
