"""What ``onecard central publish`` is given: documents as they are written, tariff bundles linted and compiled."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.domain.errors import ConfigError, PolicyError
from edge.domain.tariff.bundle import build_bundle
from edge.domain.tariff.versions import in_force
from edge.tariff_authoring.lint import lint
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
        _check(bundles, now_ms)
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


def _check(bundles: Sequence[Authored], now_ms: int) -> None:
    findings = lint(bundles)
    for finding in findings:
        print(finding, file=sys.stderr)
    errors = sum(not finding.warning for finding in findings)
    if errors:
        raise PolicyError("TARIFF_INVALID", f"nothing is published: {errors} errors, see the findings above")
    try:
        in_force([build_bundle(bundle.plain) for bundle in bundles], now_ms)
    except PolicyError as error:
        if error.code != "POLICY_MISSING":
            raise
        ids = ", ".join(bundle.id for bundle in bundles)
        told = f"none of {ids} is in force now: publish the version in force together with the coming one"
        raise PolicyError("POLICY_MISSING", told) from None
