"""Tariff bundles that come from a browser, with the files they name, and documents beside them.

Nothing but what came along, and what is shipped, is ever read: every name in a bundle is looked at before.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from edge.domain.errors import ConfigError, PolicyError
from edge.tariff_authoring.lint import Finding
from edge.tariff_authoring.ready import check_ready
from edge.tariff_authoring.toml_files import INCLUDE, read_bundle

BUNDLE: Final = "bundle"
"""The section that makes a TOML file a tariff bundle."""
SAFE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
FINDINGS_MAX: Final = 5


def publishable(names: Sequence[str], documents: Sequence[str], now_ms: int) -> dict[str, object]:
    """Return ``documents`` with their ``names``, and the plain trees of bundles as ``versions``.

    It takes its time over bundles: call it in a thread. Raises ``CONFIG_VALUE`` for a bundle that names a file from
    elsewhere, ``TARIFF_INVALID`` with what the lint found, ``POLICY_MISSING`` where no version is in force.
    """
    texts = dict(zip(names, documents, strict=True))
    trees = {name: tree for name, text in texts.items() if (tree := _tree(name, text)) is not None}
    bundles = [name for name, tree in trees.items() if BUNDLE in tree]
    if not bundles:
        return {"documents": list(documents), "names": list(names), "versions": []}
    parts = {part for tree in trees.values() for part in _parts(tree)}
    for name in (*names, *parts):
        if not SAFE.fullmatch(name):
            told = f"{name[:64]!r}: a bundle from a browser comes with the files it names, by plain names"
            raise ConfigError("CONFIG_VALUE", told)
    versions = _read(texts, bundles, now_ms)
    others = [name for name in names if name not in bundles and name not in parts]
    return {"documents": [texts[name] for name in others], "names": others, "versions": versions}


def _read(texts: Mapping[str, str], bundles: Sequence[str], now_ms: int) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_text(text, "utf-8")
        authored = [read_bundle(Path(folder) / name) for name in bundles]
    findings: list[Finding] = []
    try:
        check_ready(authored, now_ms, findings.append)
    except PolicyError as error:
        if error.code != "TARIFF_INVALID" or not findings:
            raise
        wrong = [str(finding) for finding in findings if not finding.warning]
        more = f"; and {len(wrong) - FINDINGS_MAX} more" if len(wrong) > FINDINGS_MAX else ""
        raise PolicyError(error.code, "; ".join(wrong[:FINDINGS_MAX]) + more) from None
    return [one.plain for one in authored]


def _tree(name: str, text: str) -> dict[str, Any] | None:
    """Return the tree of a TOML file; None for any other, and for one that is none: it is said elsewhere."""
    if not name.endswith(".toml"):
        return None
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _parts(tree: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of files that a bundle, or a part of one, includes or takes a matrix from."""
    included = tree.get(INCLUDE, [])
    yield from (f"{name}.toml" for name in (included if isinstance(included, list) else [included]))
    yield from _files(tree)


def _files(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "file" in value:
            yield str(value["file"])
        for each in value.values():
            yield from _files(each)
    if isinstance(value, list):
        for each in value:
            yield from _files(each)
