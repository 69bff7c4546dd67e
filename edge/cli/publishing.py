"""What ``onecard central publish`` is given: documents as they are written, tariff bundles linted and compiled."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.domain.errors import ConfigError
from edge.tariff_authoring.ready import check_ready
from edge.tariff_authoring.shelf import Shelf
from edge.tariff_authoring.toml_files import Authored, read_bundle

BUNDLE: Final = "bundle"
"""The section that makes a TOML file a tariff bundle."""
PLAIN: Final = {".csv", ".json"}
"""How the names of documents end that are no TOML."""


def publications(names: Sequence[str], now_ms: int) -> dict[str, object]:
    """Return ``documents`` (texts), their ``names`` and ``versions`` (plain trees), as the centre takes them.

    A name is a file, or the id or series of a shipped bundle. Raises ``CONFIG_UNREADABLE``, ``TARIFF_INVALID`` after
    telling every finding of the lint on stderr, and ``POLICY_MISSING`` where no version would be in force at
    ``now_ms``: an edition's tariff replaces the one before, and terminals would stop.
    """
    documents: dict[str, str] = {}
    bundles: list[Authored] = []
    for name in names:
        file = Path(name)
        if not file.exists():
            bundles += _shipped(name)
        elif file.suffix.lower() in PLAIN:
            documents[name] = read_text(file)
        elif BUNDLE in _tree(file):
            bundles.append(read_bundle(file))
        else:
            documents[name] = read_text(file)
    if bundles:
        check_ready(bundles, now_ms, lambda finding: print(finding, file=sys.stderr))
    return {
        "documents": list(documents.values()),
        "names": list(documents),
        "versions": [bundle.plain for bundle in bundles],
    }


def read_text(file: Path) -> str:
    """Return the text of a table; raises ``CONFIG_UNREADABLE``."""
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: not UTF-8, at byte {error.start}") from None


def _shipped(name: str) -> list[Authored]:
    try:
        return Shelf().authored(name)
    except ConfigError:
        told = f"{name}: no such file, and no shipped bundle or series of that name (see `onecard tariff lint`)"
        raise ConfigError("CONFIG_UNREADABLE", told) from None


def _tree(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: {error}") from error
