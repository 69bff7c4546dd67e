"""What ``status`` and ``doctor`` tell of the certificate by which the sync process is let in at the centre."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from edge.cli.doctor_report import Finding, fault, fine, warn
from edge.domain.error_codes import CODES
from edge.explaining.entry_text import moment

FILE: Final = Path("sync") / "transport.json"
LATE: Final = 1 / 4
"""Renewal begins with a third of its life left: with less than this left, it must have failed for a while."""


def certificate_facts(state: Path) -> dict[str, Any] | None:
    """Return what the sync process wrote of its certificate; None where it has none, or what is there is none."""
    try:
        told = json.loads((state / FILE).read_text("utf-8"))
        return {key: kind(told[key]) for key, kind in (("number", str), ("begins_ms", int), ("until_ms", int))}
    except (OSError, ValueError, TypeError, KeyError):
        return None


def certificate_line(facts: dict[str, Any]) -> str:
    """Return the row of the screen."""
    return f"until {moment(facts['until_ms'])}, number {facts['number']}"


def check_certificate(state: Path, now_ms: int) -> list[Finding]:
    """Say how long the certificate lasts; nothing where the centre is spoken to without one."""
    facts = certificate_facts(state)
    if facts is None:
        return []
    until_ms, line = facts["until_ms"], certificate_line(facts)
    if now_ms >= until_ms:
        return [fault("certificate", f"has ended: {line}", CODES["CERTIFICATE_EXPIRED"][2])]
    if until_ms - now_ms < LATE * (until_ms - facts["begins_ms"]):
        cure = "see the check `sync`; without a connection, enrol anew before it ends"
        return [warn("certificate", f"was not renewed in time: {line}", cure)]
    return [fine("certificate", line)]
