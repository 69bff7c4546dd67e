"""Authored TOML -> canonical plain trees: includes and matrix files filled in, remarks left out, rows in order."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final, cast

from edge.domain.errors import ConfigError
from edge.domain.frozen import mutable
from edge.domain.tariff.reading import REMARKS, Problem

SHIPPED: Final = Path(__file__).parents[1] / "tariff_bundles"
INCLUDE: Final = "x_include"
IDENTITY: Final = {
    "x_facts": "id",
    "networks": "network_id",
    "areas": "area_id",
    "fare_media": "fare_media_id",
    "rider_categories": "rider_category_id",
    "fare_transfer_rules": "x_id",
    "x_counters": "id",
    "x_adjustments": "id",
    "x_surcharges": "id",
    "x_caps": "id",
    "x_meals": "id",
}
"""Sections whose rows have a name: a row replaces the included row of the same name."""

ORDERED: Final = frozenset({"x_distances", "x_funders"})
"""Sections in which the author's order means something."""

INCLUDE_DEPTH_MAX: Final = 8
COLUMNS: Final = ("from", "to", "fen")
WHOLE: Final = re.compile(r"-1|[0-9]{1,9}")

Plain = dict[str, object]


@mutable
class Authored:
    """One authored bundle: its file, its canonical plain tree, and what was wrong with the file itself."""

    file: Path
    plain: Plain
    problems: list[Problem] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Name of the bundle, empty where it has none."""
        head = self.plain.get("bundle")
        return str(head.get("id", "")) if isinstance(head, Mapping) else ""


def read_bundle(file: Path) -> Authored:
    """Read a bundle file with everything it includes; a file that is no TOML has that as its one problem."""
    authored = Authored(file, {})
    try:
        tree = _parse(file)
    except ConfigError as error:
        authored.problems.append(Problem("file", str(error.args[0]), "correct the TOML at that line and column"))
        return authored
    merged = _with_includes(authored, tree, file.parent, 0)
    if "bundle" in tree:
        merged["bundle"] = tree["bundle"]
    _fill_in_files(authored, merged, file.parent)
    _find_strange(authored, merged, "")
    authored.plain = canonical(merged)
    return authored


def _parse(file: Path) -> Plain:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: {error}") from error


def _with_includes(authored: Authored, tree: Plain, folder: Path, depth: int) -> Plain:
    names = tree.pop(INCLUDE, [])
    merged: Plain = {}
    if not isinstance(names, list) or depth > INCLUDE_DEPTH_MAX:
        authored.problems.append(
            Problem(INCLUDE, "no list of names, or a circle", "write names of files without .toml")
        )
        names = []
    for name in names:
        path = next((at / f"{name}.toml" for at in (folder, SHIPPED) if (at / f"{name}.toml").is_file()), None)
        if path is None:
            authored.problems.append(Problem(INCLUDE, f"no file {name}.toml", f"put it beside {authored.file.name}"))
            continue
        merged = merge(merged, _with_includes(authored, _parse(path), path.parent, depth + 1))
    merged.pop("bundle", None)
    return merge(merged, tree)


def merge(under: Plain, over: Mapping[str, object]) -> Plain:
    """Return ``under`` with ``over`` on top: tables key by key, named rows by name, other lists one after the other."""
    merged = dict(under)
    for name, value in over.items():
        below = merged.get(name)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[name] = {**below, **value}
        elif isinstance(below, list) and isinstance(value, list):
            merged[name] = _joined(below, value, IDENTITY.get(name, ""))
        else:
            merged[name] = value
    return merged


def _joined(below: list[object], above: list[object], identity: str) -> list[object]:
    if not identity:
        return below + [row for row in above if row not in below]
    names = {row.get(identity) for row in above if isinstance(row, dict)}
    return [row for row in below if not isinstance(row, dict) or row.get(identity) not in names] + above


def _fill_in_files(authored: Authored, tree: Plain, folder: Path) -> None:
    for path, table in _matrices(tree):
        name = table.pop("file", None)
        if not isinstance(name, str):
            continue
        try:
            table.update(_matrix_of(folder / name, table.setdefault("places", [])))
        except (OSError, UnicodeDecodeError, ValueError) as error:
            what = f"{name} cannot be read: {error}"
            authored.problems.append(Problem(f"{path}.file", what, "write a CSV with the columns from,to,fen"))


def _matrices(tree: Plain) -> Iterator[tuple[str, Plain]]:
    for section in ("fare_products", "x_distances"):
        rows = tree.get(section, [])
        for index, row in enumerate(rows if isinstance(rows, list) else []):
            table = row.get("x_table", row) if isinstance(row, dict) else None
            if isinstance(table, dict) and "file" in table:
                yield f"{section}[{index}]", table


def _matrix_of(file: Path, told: object) -> Plain:
    """Return places and dense rows of a CSV of pairs; a pair that is missing becomes -1."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        if missing := [name for name in COLUMNS if name not in (table.fieldnames or ())]:
            raise ValueError(f"the first line names no column {' and no column '.join(missing)}")
        pairs = [_pair_of(row, table.line_num) for row in table]
    seen = list(dict.fromkeys(place for origin, destination, _ in pairs for place in (origin, destination)))
    places = [str(place) for place in told] if isinstance(told, list) and told else seen
    index = {place: number for number, place in enumerate(places)}
    rows = [[-1] * len(places) for _ in places]
    for origin, destination, fen in pairs:
        if origin not in index or destination not in index:
            raise ValueError(f"{origin} to {destination}: places does not name both")
        rows[index[origin]][index[destination]] = fen
    return {"places": places, "rows": rows}


def _pair_of(row: Mapping[str, str | None], line: int) -> tuple[str, str, int]:
    origin, destination, fen = ((row[name] or "").strip() for name in COLUMNS)
    if not WHOLE.fullmatch(fen):
        raise ValueError(f"line {line}: {fen!r} is no whole number of the smallest unit")
    return origin, destination, int(fen)


def _find_strange(authored: Authored, value: object, path: str) -> None:
    """Note values that TOML knows and bundles do not: floats, and dates or times that were not quoted."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _find_strange(authored, inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _find_strange(authored, inner, f"{path}[{index}]")
    elif isinstance(value, float):
        what = f"{value} is a float"
        authored.problems.append(Problem(path, what, f'write whole fen, or quote a decimal: "{value}"'))
    elif not isinstance(value, str | int | bool):
        authored.problems.append(Problem(path, f"a bare {type(value).__name__}", f'quote it: "{value}"'))


def canonical(tree: Mapping[str, object]) -> Plain:
    """Return the tree in its one form: keys sorted, remarks left out, rows of unordered sections sorted."""
    ordered: Plain = {}
    for name in sorted(tree):
        value = _canonical(tree[name])
        if isinstance(value, list) and name not in ORDERED:
            value = sorted(value, key=_written)
        ordered[name] = value
    return ordered


def _canonical(value: object) -> object:
    if isinstance(value, dict):
        kept = {name: inner for name, inner in value.items() if name not in REMARKS}
        tidy = {name: _canonical(kept[name]) for name in sorted(kept)}
        if "reliefs" in tidy:
            tidy["reliefs"] = sorted(cast("list[object]", tidy["reliefs"]), key=_written)
        return tidy
    return [_canonical(item) for item in value] if isinstance(value, list) else value


def _written(row: object) -> str:
    return json.dumps(row, sort_keys=True, ensure_ascii=False, default=str)


def bundle_files(folder: Path) -> list[Path]:
    """Return the bundle files of a folder by name; files without a ``[bundle]`` are fragments to be included."""
    return sorted(path for path in folder.glob("*.toml") if _is_bundle(path))


def _is_bundle(file: Path) -> bool:
    try:
        return "bundle" in _parse(file)
    except ConfigError:
        return True  # so that somebody hears of it
