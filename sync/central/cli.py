"""What the centre's commands print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from edge.domain.money import yuan


def dues_lines(found: Mapping[str, Any]) -> list[str]:
    """Return a day's dues as lines for people; amounts in yuan."""
    lines = [f"{'scheme':10}  {'medium':32}  taps       yuan"]
    lines += [
        f"{due['scheme']:10}  {due['token']:32}  {len(due['taps']):4}  {yuan(due['payer_fen']):>9}"
        for due in found["dues"]
    ]
    lines += [f"shown twice, owed once: tap {tap}" for tap in found["twice"]]
    return [*lines, f"due for {found['day']}: {yuan(sum(due['payer_fen'] for due in found['dues']))}"]


def claims_lines(found: Mapping[str, Any]) -> list[str]:
    """Return a day's merged claims as lines for people; amounts in yuan. Nothing is ever the holder's."""
    lines = [f"stands: {claim['claim']} {_quota(claim)}" for claim in found["granted"]]
    for lost in found["beyond_limit"]:
        carried = ", ".join(f"{share['payer']} {yuan(share['fen'])}" for share in lost["falls_on"])
        lines.append(f"beyond: {lost['claim']} {_quota(lost)} after {', '.join(lost['stands'])}: carried by {carried}")
    lines += [f"no limit known: {claim['claim']} {_quota(claim)}" for claim in found["without_limit"]]
    return [*lines, f"claims on {found['day']}: {len(found['granted'])} stand, {len(found['beyond_limit'])} beyond"]


def _quota(claim: Mapping[str, Any]) -> str:
    leased = " leased" if claim["leased"] else ""
    return f"{claim['counter']} {claim['bucket']} of {claim['holder'][:8]}{leased}"


def flags_lines(found: Mapping[str, Any]) -> list[str]:
    """Return what guards of meal subsidies found on a day as lines for people; amounts in yuan."""
    lines = [
        f"{one['guard']}: {one['entry']} at {one['site']}, {_became(one)}: {one['said']}" for one in found["flagged"]
    ]
    lines += [
        f"travel: {pair['other']['entry']} at {pair['other']['site']}, {pair['holder'][:8]}: {pair['said']}"
        for pair in found["apart"]
    ]
    return [*lines, f"flagged on {found['day']}: {len(found['flagged'])} by tills, {len(found['apart'])} between tills"]


def _became(one: Mapping[str, Any]) -> str:
    return f"sold for {yuan(one['total_fen'])} with {yuan(one['relief_fen'])} subsidy" if one["sold"] else "refused"


def lease_lines(found: Mapping[str, Any]) -> list[str]:
    """Return what became of each line of a table of leases."""
    lines = [f"line {line}: {answer}" for line, answer in enumerate(found["answers"], 2)]
    return [*lines, f"edition {found['edition']} has the leases"]


def refused_lines(found: Mapping[str, Any]) -> list[str]:
    """Return what became of taps that issuers refused."""
    lines = [f"{reference}: no such tap was accepted" for reference in found["unknown"]]
    return [*lines, f"taps that are debts: {found['debts']}; edition {found['edition']} lists what is owed"]


def _explained(books: Mapping[str, Any]) -> list[str]:
    """Return the rows that differ, then those that only look as if they did: how many of each name."""
    lines = [f"difference: {row['name']} {row['about']}: {row['told']}" for row in books["differences"]]
    counted = Counter(row["name"] for row in books["explanations"])
    fen = Counter[str]()
    for row in books["explanations"]:
        fen[row["name"]] += row["fen"]
    lines += [f"explained: {count} of {name}, {yuan(fen[name])}" for name, count in sorted(counted.items())]
    return [*lines, f"not in the books yet: {books['books_behind']} entries"] if books["books_behind"] else lines


def books_lines(books: Mapping[str, Any]) -> list[str]:
    """Return the books as lines for people; amounts in yuan. The last line says whether they balance."""
    lines = ["medium                            taps       yuan"]
    lines += [f"{line['token']:32}  {line['taps']:4}  {yuan(line['total_fen']):>9}" for line in books["by_medium"]]
    lines += [f"payer {line['payer']}: {yuan(line['fen'])}" for line in books["by_payer"]]
    lines += [f"funder {line['funder']}: {yuan(line['fen'])}" for line in books["by_funder"]]
    suspense = {name: fen for name, fen in books["accounts"].items() if name.startswith("suspense:") and fen}
    lines += [f"{name}: {yuan(fen)}" for name, fen in suspense.items()]
    for stream in books["streams"]:
        lines.append(f"terminal {stream['terminal']} epoch {stream['epoch']}: {stream['entries']} entries")
        if stream["conflict_entries"]:
            aside = f"{stream['conflict_entries']} entries, {yuan(stream['conflict_fen'])} in suspense"
            lines.append(f"  conflict: {aside}")
    lines += [
        f"gap {row['terminal']} epoch {row['epoch']}: {row['first_seq']} came before {row['expected_seq']}"
        for row in books["gaps"]
    ]
    lines += [f"flagged {row['terminal']}: {row['entries']} of {row['guard']}" for row in books["flagged"]]
    lines += [f"quarantine {row['terminal']}: {row['entries']} of {row['code']}" for row in books["quarantined"]]
    lines += [f"alarm {row['terminal']} epoch {row['epoch']}: {row['kind']}" for row in books["alarms"]]
    lines += _explained(books)
    lines += [f"problem: {problem}" for problem in books["problems"]]
    return [*lines, f"balanced: {'true' if books['balanced'] else 'false'}"]
