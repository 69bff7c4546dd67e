"""The lint: a bundle that breaks a rule of the reference is refused with file, key and remedy, before anyone uses it.

One file per subject; a file's functions that are called ``check_...`` are found and run over every bundle.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from edge.domain.frozen import frozen
from edge.domain.tariff.bundle import read_document
from edge.domain.tariff.document import Document
from edge.domain.tariff.reading import Problem
from edge.tariff_authoring.toml_files import Authored, Plain


@frozen
class Finding:
    """A problem in a file. A warning does not refuse the bundle."""

    file: Path
    problem: Problem
    warning: bool = False

    def __str__(self) -> str:
        mark = "warning: " if self.warning else ""
        return f"{self.file.name}: {mark}{self.problem}"


@frozen
class Subject:
    """What a check looks at: the document, and the plain tree it was read from."""

    document: Document
    plain: Plain


@frozen
class Doubt(Problem):
    """A problem that is only a warning."""


Check = Callable[[Subject], Iterator[Problem]]


@cache
def checks() -> tuple[Check, ...]:
    """Return every check of every subject."""
    found: list[Check] = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        content = vars(importlib.import_module(f"{__name__}.{module.name}"))
        found += [value for name, value in sorted(content.items()) if name.startswith("check_")]
    return tuple(found)


def lint(bundles: Iterable[Authored]) -> list[Finding]:
    """Return what is wrong with bundles, each on its own and together as versions."""
    from edge.tariff_authoring.versions_lint import version_problems  # noqa: PLC0415 - it reads Finding from here

    authored = list(bundles)
    findings: list[Finding] = []
    documents: list[tuple[Path, Document]] = []
    for one in authored:
        document, problems = _problems(one)
        findings += [Finding(one.file, problem, isinstance(problem, Doubt)) for problem in problems]
        if document is not None:
            documents.append((one.file, document))
    return findings + version_problems(documents)


def _problems(authored: Authored) -> tuple[Document | None, list[Problem]]:
    if authored.problems and not authored.plain:
        return None, list(authored.problems)
    document, reading = read_document(authored.plain)
    problems = list(authored.problems) + reading.problems
    if document is None:
        return None, problems
    subject = Subject(document, authored.plain)
    for name in sorted(set(document.x_params) - reading.params_used):
        problems.append(Doubt(f"x_params.{name}", "nothing uses this parameter", "remove it"))
    for check in checks():
        problems += check(subject)
    return document, problems
