"""``onecard tariff``: check, compile, price, explain and compare tariff bundles. Nothing here needs a terminal."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

from edge.cli.locate import add_location_options
from edge.cli.output import add_json_option, columns, print_json, show
from edge.cli.tariff_journal import decided_again, journal_entries, priced_by
from edge.crypto.signing import load_signing_key
from edge.domain.errors import ConfigError, PolicyError
from edge.domain.money import yuan
from edge.domain.tariff.state import PricedDecision
from edge.tariff_authoring.cases import Answer, ask, check, observed
from edge.tariff_authoring.given import EXPECT
from edge.tariff_authoring.gtfs_export import export, write
from edge.tariff_authoring.lint import Finding, lint
from edge.tariff_authoring.records import compare, read_records, rule_changes, sides_of
from edge.tariff_authoring.reference import FILE, rendered
from edge.tariff_authoring.shelf import Shelf
from edge.tariff_authoring.toml_files import SHIPPED, Authored, bundle_files, read_bundle
from sync.artifact import new_header, seal_artifact
from sync.tariff_wire import TARIFF_KIND, encode_tariff

HELP = "lint, compile, price, explain, compare and check tariff bundles"

EXIT_FAULT: Final = 1
TERMINAL: Final = Path("-terminal-")
"""Stands for the journal of the terminal, where no file is named."""

DECISION_KEYS: Final = tuple(name for name in EXPECT if name not in {"payer_fens", "month_paid_fen_after"})


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verbs."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    one = verbs.add_parser("lint", help="say what is wrong with bundles: file, key and remedy")
    one.add_argument("paths", nargs="*", type=Path, metavar="FILE|DIR", help="default: the shipped bundles")
    one = verbs.add_parser("compile", help="lint bundles and write their one compiled form")
    one.add_argument("paths", nargs="+", type=Path, metavar="FILE|DIR", help="bundles of one series")
    one.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="the file to write")
    one.add_argument("--sign", type=Path, metavar="KEY", help="write a signed artifact instead of the bare bytes")
    one.add_argument("--version", type=int, default=1, help="version of the signed artifact (default 1)")
    for name, text in (
        ("price", "price facts and print the decision"),
        ("explain", "say why facts cost what they cost"),
    ):
        one = _with_shelf(verbs.add_parser(name, help=text))
        one.add_argument("tariff", help="id or series of a bundle")
        one.add_argument("facts", help="a JSON object like the given object of a case, @FILE, or - for stdin")
    one = _with_shelf(verbs.add_parser("diff", help="price recorded taps under two bundles"))
    one.add_argument("before", metavar="A", help="id or series of a bundle")
    one.add_argument("after", metavar="B", help="that of the other")
    _add_journal(one)
    one = _with_shelf(verbs.add_parser("rehearse", help="show what changes on a day"))
    one.add_argument("--at", required=True, metavar="DATE", help="YYYY-MM-DD")
    _add_journal(one)
    one = _with_shelf(verbs.add_parser("check", help="run priced cases"))
    one.add_argument("cases", type=Path, metavar="CASES.json", help="what is given, and what it costs")
    one = _with_shelf(verbs.add_parser("export-gtfs", help="write the GTFS Fares v2 part of a bundle"))
    one.add_argument("tariff", help="id or series of a bundle")
    one.add_argument("folder", type=Path, metavar="DIR", help="the folder to write into")
    verbs.add_parser("reference", help="print the bundle reference: every key, unit, default and example")


def _with_shelf(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--bundles", type=Path, action="append", default=[], metavar="DIR", help="a folder of bundles")
    add_json_option(parser)
    return parser


def _add_journal(parser: argparse.ArgumentParser) -> None:
    text = "recorded taps: JSON lines or a file of cases; without FILE the journal of the terminal"
    parser.add_argument("--journal", nargs="?", const=TERMINAL, type=Path, metavar="FILE", help=text)
    add_location_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    return VERBS[arguments.verb](arguments)


def _authored(paths: list[Path]) -> list[Authored]:
    files = [file for path in paths for file in (bundle_files(path) if path.is_dir() else [path])]
    if not files:
        raise ConfigError("CONFIG_UNREADABLE", "no bundle file there")
    return [read_bundle(file) for file in files]


def _report(findings: list[Finding]) -> int:
    for finding in findings:
        print(finding, file=sys.stderr)
    return sum(not finding.warning for finding in findings)


def _lint(arguments: argparse.Namespace) -> int:
    bundles = _authored(arguments.paths or [SHIPPED])
    findings = lint(bundles)
    for finding in findings:
        print(finding)
    errors = sum(not finding.warning for finding in findings)
    print(f"{len(bundles)} bundles, {errors} errors, {len(findings) - errors} warnings")
    return EXIT_FAULT if errors else 0


def _compile(arguments: argparse.Namespace) -> int:
    bundles = _authored(arguments.paths)
    if _report(lint(bundles)):
        raise PolicyError("TARIFF_INVALID", "nothing is written: see the findings above")
    body = encode_tariff([bundle.plain for bundle in bundles])
    written = body
    if arguments.sign is not None:
        names = ",".join(sorted(bundle.id for bundle in bundles))
        header = new_header(TARIFF_KIND, names, arguments.version, body)
        written = seal_artifact(load_signing_key(arguments.sign), header, body)
    arguments.output.write_bytes(written)
    print(f"{arguments.output}  {len(written)} bytes  body sha256 {hashlib.sha256(body).hexdigest()}")
    return 0


def _facts(text: str) -> Mapping[str, Any]:
    try:
        if text == "-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            text = Path(text[1:]).read_text("utf-8")
        facts = json.loads(text)
    except (OSError, ValueError) as error:
        raise ConfigError("CONFIG_UNREADABLE", f"facts: {error}") from error
    if not isinstance(facts, dict):
        raise ConfigError("CONFIG_VALUE", "facts are one JSON object")
    return facts


def _price(arguments: argparse.Namespace) -> int:
    answer = ask(Shelf(arguments.bundles), arguments.tariff, _facts(arguments.facts))
    print_json(_told(answer))
    return 0


def _told(answer: Answer) -> dict[str, object]:
    decision = answer.decisions[-1]
    told: dict[str, object] = {"bundle": answer.bundle.id, **{name: observed(answer, name) for name in DECISION_KEYS}}
    if len(answer.decisions) > 1:
        told["payer_fens"] = observed(answer, "payer_fens")
    told["effects"] = [{"counter": one.counter, "period": one.bucket, "add": one.add} for one in decision.effects]
    told["lines"] = [
        {"rule": line.rule, "applied": line.applied, "reason": line.reason, "fen": line.fen} for line in decision.lines
    ]
    return told


def _explain(arguments: argparse.Namespace) -> int:
    answer = ask(Shelf(arguments.bundles), arguments.tariff, _facts(arguments.facts))
    show(arguments, _told(answer), (line for decision in answer.decisions for line in _explained(decision)))
    return 0


def _explained(decision: PricedDecision) -> list[str]:
    charge = decision.charge
    rows = [
        (line.rule, "applied" if line.applied else "-", yuan(line.fen) if line.applied else "", line.reason)
        for line in decision.lines
    ]
    answer = f"{decision.outcome.value} {decision.reason}".strip()
    paid = [f"{answer}: payer {yuan(charge.payer_fen)} of {yuan(charge.total_fen)} by {decision.bundle}"]
    paid += [f"  {share.funder} {yuan(share.fen)} ({share.rule})" for share in charge.shares]
    if decision.uncertain:
        paid.append(f"  uncertain: {', '.join(decision.uncertain)}; exposure {yuan(decision.exposure_fen)}")
    return [*columns(rows), *paid]


def _diff(arguments: argparse.Namespace) -> int:
    shelf = Shelf(arguments.bundles)
    before, after = shelf.versions(arguments.before), shelf.versions(arguments.after)
    changed = list(rule_changes(before[-1], after[-1]))
    if arguments.journal == TERMINAL:
        outcomes = list(decided_again(journal_entries(arguments), before, after))
        taps, changes = len(outcomes), [change for change in outcomes if change is not None]
    else:
        named = {name for one in (before[-1], after[-1]) for name in (one.id, one.series)}
        records = _records(arguments.journal, named | {arguments.before, arguments.after})
        taps, changes = len(records), list(compare(shelf, arguments.before, arguments.after, records))
    told = {"rules": changed, "taps": taps, "changed": [asdict(change) for change in changes]}
    totals = f"{len(changed)} rules differ; {len(changes)} of {taps} taps cost otherwise"
    show(arguments, told, [*changed, *map(str, changes), totals])
    return 0


def _records(file: Path | None, named: set[str]) -> list[Mapping[str, Any]]:
    """Return the recorded taps that name one of these tariffs or none at all."""
    records = read_records(file) if file else []
    return [record for record in records if record.get("tariff") is None or record["tariff"] in named]


def _rehearse(arguments: argparse.Namespace) -> int:
    try:
        day = date.fromisoformat(arguments.at)
    except ValueError as error:
        raise ConfigError("CONFIG_VALUE", f"--at: {error}") from error
    shelf = Shelf(arguments.bundles)
    entries = journal_entries(arguments) if arguments.journal == TERMINAL else []
    lines: list[str] = []
    for name in sorted({shelf.versions(bundle_id)[0].series for bundle_id in shelf.ids()}):
        versions = shelf.versions(name)
        before, after = sides_of(versions, day)
        if before == after:
            continue
        lines.append(f"{name}: {before.id if before else 'none'} -> {after.id if after else 'none'}")
        if before is None or after is None:
            continue
        lines += [f"  {change}" for change in rule_changes(before, after)]
        if arguments.journal == TERMINAL:
            changes = decided_again(priced_by(entries, versions), [before], [after])
            lines += [f"  {change}" for change in changes if change is not None]
        else:
            records = _records(arguments.journal, {name, before.id, after.id})
            lines += [f"  {change}" for change in compare(shelf, before.id, after.id, records)]
    show(arguments, {"at": arguments.at, "changes": lines}, lines or [f"nothing changes on {arguments.at}"])
    return 0


def _check(arguments: argparse.Namespace) -> int:
    cases = read_records(arguments.cases)
    passed, failures = check(Shelf(arguments.bundles), cases)
    told = {"passed": passed, "failed": [{"case": one.case, "why": one.why} for one in failures]}
    lines = [*(f"{one.case}: {one.why}" for one in failures), f"{passed} passed, {len(failures)} failed"]
    show(arguments, told, lines)
    return EXIT_FAULT if failures else 0


def _export(arguments: argparse.Namespace) -> int:
    bundle = Shelf(arguments.bundles).versions(arguments.tariff)[-1]
    made = export(bundle)
    files = write(made, arguments.folder)
    told = {"files": [str(file) for file in files], "left_out": made.left_out}
    show(arguments, told, [*map(str, files), *(f"left out: {text}" for text in made.left_out)])
    return 0


def _reference(_arguments: argparse.Namespace) -> int:
    print(rendered(FILE.read_text("utf-8")), end="")
    return 0


VERBS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "lint": _lint,
    "compile": _compile,
    "price": _price,
    "explain": _explain,
    "diff": _diff,
    "rehearse": _rehearse,
    "check": _check,
    "export-gtfs": _export,
    "reference": _reference,
}
