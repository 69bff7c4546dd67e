"""Recorded taps: one JSON object per line, ``{"id": ..., "tariff": ..., "given": {...}}``, or a file of cases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from edge.domain.errors import ConfigError, OneCardError, PolicyError
from edge.domain.frozen import frozen
from edge.domain.money import yuan
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import DAY_S
from edge.domain.tariff.document import Document
from edge.domain.tariff.reading import fields_of
from edge.domain.tariff.versions import in_force
from edge.tariff_authoring.cases import Answer, ask
from edge.tariff_authoring.shelf import Shelf


def read_records(file: Path) -> list[Mapping[str, Any]]:
    """Return the records of a file; raises ``CONFIG_UNREADABLE``."""
    try:
        cases = _cases(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: {error}") from error
    if not isinstance(cases, list):
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: cases is no list")
    for number, case in enumerate(cases, 1):
        if not _is_record(case):
            name = f"record {number} ({case['id']})" if isinstance(case, dict) and "id" in case else f"record {number}"
            raise ConfigError("CONFIG_UNREADABLE", f"{file}: {name} has no given object")
    return cases


def _cases(text: str) -> Any:  # noqa: ANN401 - JSON
    """Return the cases of one JSON document, or of one document per line."""
    try:
        whole = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return whole.get("cases", [whole]) if isinstance(whole, dict) else whole


def _is_record(case: object) -> bool:
    return isinstance(case, dict) and isinstance(case.get("given"), dict)


@frozen
class Change:
    """A recorded tap that costs something else under another tariff; ``None``: no price there."""

    record: str
    before_fen: int | None
    after_fen: int | None

    def __str__(self) -> str:
        shown = ["no price" if fen is None else yuan(fen) for fen in (self.before_fen, self.after_fen)]
        return f"{self.record}: {shown[0]} -> {shown[1]}"


def compare(shelf: Shelf, before: str, after: str, records: Iterable[Mapping[str, Any]]) -> Iterator[Change]:
    """Price recorded taps under two bundles and yield those that differ."""
    for record in records:
        one, two = _payer(shelf, before, record["given"]), _payer(shelf, after, record["given"])
        if one != two:
            yield Change(str(record.get("id", "")), one, two)


def _payer(shelf: Shelf, tariff: str, given: Mapping[str, Any]) -> int | None:
    try:
        return _total(ask(shelf, tariff, given))
    except OneCardError:
        return None


def _total(answer: Answer) -> int:
    return sum(decision.charge.payer_fen for decision in answer.decisions)


def sides_of(versions: Sequence[Bundle], day: date) -> tuple[Bundle | None, Bundle | None]:
    """Return the versions in force in the last second before a civil day, and in its last second."""
    offset_s = versions[0].document.bundle.utc_offset_min * 60
    midnight_s = (day - date(1970, 1, 1)).days * DAY_S - offset_s
    return _at(versions, midnight_s - 1), _at(versions, midnight_s + DAY_S - 1)


def _at(versions: Sequence[Bundle], moment_s: int) -> Bundle | None:
    try:
        return in_force(versions, moment_s * 1000)
    except PolicyError:
        return None


def rule_changes(before: Bundle, after: Bundle) -> Iterator[str]:
    """Yield every key of two bundles that differs, rows by name."""
    for name in fields_of(Document):
        if name in {"bundle", "x_params"}:
            continue
        one, two = _rows(getattr(before.document, name)), _rows(getattr(after.document, name))
        for row in sorted(one.keys() | two.keys()):
            if row not in two:
                yield f"{name}.{row}: removed"
            elif row not in one:
                yield f"{name}.{row}: new"
            elif one[row] != two[row]:
                yield f"{name}.{row}: changed"


def _rows(section: object) -> dict[str, object]:
    if isinstance(section, dict):
        return {str(name): value for name, value in section.items()}
    named: dict[str, object] = {}
    for row in section if isinstance(section, tuple) else ():
        name = str(next((getattr(row, word) for word in NAMES if hasattr(row, word)), row))
        named[name if name not in named else f"{name}+{len(named)}"] = row
    return named


NAMES = (
    "id",
    "x_id",
    "fare_product_id",
    "rider_category_id",
    "fare_media_id",
    "network_id",
    "area_id",
    "timeframe_group_id",
)
"""Keys that name a row, the first that it has: a price names its product before whom or what it is for."""
