"""Versions of one series: they follow one another without overlap or hole."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from edge.domain.tariff.document import Document
from edge.domain.tariff.reading import Problem
from edge.tariff_authoring.lint import Finding

Version = tuple[Path, Document]


def version_problems(documents: Iterable[Version]) -> list[Finding]:
    """Return what is wrong between the versions of each series, and with ids that stand twice."""
    findings: list[Finding] = []
    series: dict[str, list[Version]] = defaultdict(list)
    ids: dict[str, Path] = {}
    for file, document in documents:
        head = document.bundle
        series[head.series or head.id].append((file, document))
        if head.id in ids:
            findings.append(
                _finding(file, "bundle.id", f"{head.id} is also in {ids[head.id].name}", "give it its own id")
            )
        ids[head.id] = file
        start, end = head.effective.from_, head.effective.until
        if start and end and _at(end) <= _at(start):
            findings.append(_finding(file, "bundle.effective", "it ends before it begins", "correct the instants"))
    for versions in series.values():
        findings += _between(versions)
    return findings + _supersedes(series)


def _finding(file: Path, key: str, what: str, remedy: str) -> Finding:
    return Finding(file, Problem(key, what, remedy))


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _between(versions: list[Version]) -> list[Finding]:
    findings: list[Finding] = []
    ordered = sorted(versions, key=lambda pair: pair[1].bundle.effective.from_)
    for (_, before), (file, after) in itertools.pairwise(ordered):
        end, start = before.bundle.effective.until, after.bundle.effective.from_
        name = before.bundle.id
        if not end or not start or _at(start) < _at(end):
            remedy = f"end {name} where this one begins"
            findings.append(_finding(file, "bundle.effective", f"it overlaps with {name}", remedy))
        elif _at(start) > _at(end):
            what = f"a hole after {name}, which ends at {end}"
            findings.append(_finding(file, "bundle.effective", what, "let them meet"))
    return findings


def _supersedes(series: dict[str, list[Version]]) -> list[Finding]:
    return [
        _finding(
            file, "bundle.supersedes", f"no version {document.bundle.supersedes} in the series", "name one, or none"
        )
        for versions in series.values()
        for file, document in versions
        if document.bundle.supersedes
        and document.bundle.supersedes not in {other.bundle.id for _, other in versions if other is not document}
    ]
