"""``onecard card decode FILE``: what a saved purse says, held against what the file expects of it.

The file is one dump, a list of dumps, or an object with ``cards`` and ``file15_checks``; see
:mod:`edge.cli.card_dump` and :mod:`edge.cli.card_validity`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from drivers.issuers import load_issuers
from edge.cli.card_dump import INPUT_FIELDS, Facts, collect, facts_of
from edge.cli.card_validity import check_dumps
from edge.cli.main import EXIT_FAULT, EXIT_FINE, EXIT_USAGE
from edge.cli.output import print_error, print_json
from edge.domain.errors import ConfigError
from edge.domain.medium import CardNumber

FACT_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset(
        {"label", "preferred_name", "fci_agrees", "interop", "balance_fen", "display_balance_fen"}
        | {"file15", "sfi18", "sfi1E", "validity"}
    ),
    "file15": frozenset({"issuer", "city", "app_type", "enabled", "pan19", "start", "end", "fci_custom"}),
    "sfi18": frozenset({"seq", "overdraft", "amount_fen", "type", "terminal", "time"}),
    "sfi1E": frozenset(
        {"type", "terminal", "industry", "line_station", "line", "station", "operator", "route"}
        | {"amount_fen", "balance_fen", "time", "city", "acquirer"}
    ),
}
"""What decoding can yield, by place. Any other key of ``expected`` is commentary: named, not compared."""

FILE_BYTES_MAX: Final = 16_000_000


def decode_file(path: Path, *, clear: bool = False) -> tuple[list[Facts], list[str]]:
    """Return the facts of every card in the file, and every difference from what the file expects.

    Each card's facts carry its ``name`` and the keys ``not_compared``. Card numbers are masked unless ``clear``.
    Raises ``CONFIG_UNREADABLE`` for a file of another kind, ``CARD_MALFORMED`` for bytes that no purse has.
    """
    issuers = load_issuers()
    cards: list[Facts] = []
    differences: list[str] = []
    for name, dump in _dumps(_load(path)):
        facts = facts_of(collect(dump, name), issuers)
        found, not_compared = _compare(facts, dump.get("expected", {}))
        differences += [f"{name}: {each}" for each in _told(found, clear=clear)]
        cards.append({"name": name, **_printable(facts, clear=clear), "not_compared": not_compared})
    return cards, differences


def run_decode(path: Path, *, as_json: bool, clear: bool) -> int:
    """Print the cards and differences of a file; returns 0, 1 where something differs, 2 for an unreadable file."""
    try:
        cards, differences = decode_file(path, clear=clear)
    except ConfigError as error:
        print_error(error, as_json=as_json)
        return EXIT_USAGE
    if as_json:
        print_json({"cards": cards, "differences": differences})
    else:
        for line in report(cards, differences):
            print(line)
    return EXIT_FAULT if differences else EXIT_FINE


def report(cards: list[Facts], differences: list[str]) -> list[str]:
    """Return what is printed for people: each card with its facts, then the differences."""
    lines: list[str] = []
    for card in cards:
        lines.append(f"{card['name']}")
        lines += [
            line for key, fact in card.items() if key not in {"name", "not_compared"} for line in _lines(key, fact)
        ]
        not_compared = card["not_compared"]
        if isinstance(not_compared, list) and not_compared:
            lines.append(f"  not compared: {', '.join(map(str, not_compared))}")
    lines += [f"DIFFERENCE {each}" for each in differences]
    lines.append(f"{len(cards)} cards, {len(differences)} differences")
    return lines


def _lines(key: str, fact: object) -> Iterator[str]:
    if isinstance(fact, list):
        yield f"  {key}: {len(fact)} records"
        for record in fact:
            yield "    " + "  ".join(f"{name}={value}" for name, value in record.items())
    elif isinstance(fact, dict):
        yield f"  {key}: " + "  ".join(f"{name}={value}" for name, value in fact.items())
    else:
        yield f"  {key}: {fact}"


def _load(path: Path) -> object:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ConfigError("CONFIG_UNREADABLE", f"{path}: more than {FILE_BYTES_MAX} bytes")
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{path}: {type(error).__name__}, not a JSON file to be read") from error


def _dumps(content: object) -> list[tuple[str, Mapping[str, object]]]:
    """Return every dump of the file with its name."""
    cards: object = content
    checks: object = None
    if isinstance(content, dict):
        cards = [content] if set(INPUT_FIELDS) & set(content) else content.get("cards", [])
        checks = content.get("file15_checks")
    if not isinstance(cards, list) or not all(isinstance(dump, dict) for dump in cards):
        raise ConfigError("CONFIG_UNREADABLE", "`cards` is a list of objects")
    named: list[tuple[str, Mapping[str, object]]] = []
    if isinstance(checks, dict):
        named += [(f"file15_checks {dump['name']}", dump) for dump in check_dumps(checks)]
    named += [(str(dump.get("name", f"card {number}")), dump) for number, dump in enumerate(cards, 1)]
    if not named:
        raise ConfigError("CONFIG_UNREADABLE", f"no card in the file; a card has one of {', '.join(INPUT_FIELDS)}")
    return named


Difference = tuple[str, object, object]
"""Where, what was expected, what was decoded (None: nothing was)."""


def _compare(facts: Facts, expected: object) -> tuple[list[Difference], list[str]]:
    """Compare every key of ``expected`` that decoding can yield; returns differences and the keys left out.

    The fields of file 15 may stand under ``file15`` or by themselves.
    """
    if not isinstance(expected, dict):
        raise ConfigError("CONFIG_UNREADABLE", "`expected` is an object")
    found: list[Difference] = []
    left_out: list[str] = []
    for key, value in expected.items():
        if key in FACT_KEYS["file15"]:
            _compare_part("file15", {key: value}, facts.get("file15"), found, left_out)
        elif key not in FACT_KEYS[""]:
            left_out.append(key)
        elif key in FACT_KEYS:
            _compare_part(key, value, facts.get(key), found, left_out)
        elif value != facts.get(key):
            found.append((key, value, facts.get(key)))
    return found, sorted(set(left_out))


def _compare_part(place: str, expected: object, decoded: object, found: list[Difference], left_out: list[str]) -> None:
    """Compare file 15, or records; one expected record that is no list stands for the only one decoded."""
    if isinstance(expected, dict):
        only = decoded[0] if isinstance(decoded, list) and len(decoded) == 1 else decoded
        if not isinstance(only, dict):
            found.append((place, "one", decoded if decoded is None else f"{_count(decoded)} records"))
            return
        kind = place.partition("[")[0]
        for key, value in expected.items():
            if key not in FACT_KEYS[kind]:
                left_out.append(f"{kind}.{key}")
            elif not _same(value, only.get(key)):
                found.append((f"{place}.{key}", value, only.get(key)))
    elif isinstance(expected, list) and isinstance(decoded, list) and len(expected) == len(decoded):
        for at, pair in enumerate(zip(expected, decoded, strict=True)):
            _compare_part(f"{place}[{at}]", *pair, found, left_out)
    else:
        found.append((place, f"{_count(expected)} records", f"{_count(decoded)} records"))


def _count(records: object) -> int:
    return len(records) if isinstance(records, list) else 0


def _same(expected: object, decoded: object) -> bool:
    return expected == (decoded.reveal() if isinstance(decoded, CardNumber) else decoded)


def _told(found: list[Difference], *, clear: bool) -> Iterator[str]:
    for place, expected, decoded in found:
        if place.endswith("pan19") and not clear:
            yield f"{place}: differs (--clear shows the numbers)"
        else:
            yield f"{place}: expected {expected}, decoded {_plain(decoded, clear=clear)}"


def _plain(value: object, *, clear: bool) -> object:
    if isinstance(value, CardNumber):
        return value.reveal() if clear else value.masked()
    return value


def _printable(facts: Facts, *, clear: bool) -> Facts:
    """Return facts with numbers as text, masked unless ``clear``."""
    return {
        key: {name: _plain(each, clear=clear) for name, each in fact.items()} if isinstance(fact, dict) else fact
        for key, fact in facts.items()
    }
