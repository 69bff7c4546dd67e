"""What ``doctor`` finds: one named check, how it stands, and where it is not well, cause and cure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum

from edge.domain.errors import OneCardError
from edge.domain.frozen import frozen


class Level(StrEnum):
    """How a check stands."""

    OK = "ok"
    WARN = "warn"
    FAULT = "fault"


@frozen
class Finding:
    """The result of one check. ``cure`` is what a technician can do; empty where nothing is wrong."""

    check: str
    level: Level
    cause: str
    cure: str = ""

    @property
    def link(self) -> str:
        """Return where README.md says more about checks of this kind: the first word of the check's name."""
        return f"README.md#doctor-{self.check.partition('.')[0]}"

    def facts(self) -> dict[str, object]:
        """Return the finding as JSON facts."""
        return {**asdict(self), "link": self.link}


def fine(check: str, cause: str) -> Finding:
    """Return a check that is well."""
    return Finding(check, Level.OK, cause)


def warn(check: str, cause: str, cure: str) -> Finding:
    """Return a check that wants attention, while the terminal still serves."""
    return Finding(check, Level.WARN, cause, cure)


def fault(check: str, cause: str, cure: str) -> Finding:
    """Return a check that keeps the terminal from serving, or soon will."""
    return Finding(check, Level.FAULT, cause, cure)


def coded(check: str, error: OneCardError) -> Finding:
    """Return a coded error as a finding: its message is the cause, its hint the cure."""
    return Finding(check, Level.FAULT, str(error), error.hint)


def worst(findings: Sequence[Finding]) -> Level:
    """Return the worst level found."""
    return max((finding.level for finding in findings), key=list(Level).index, default=Level.OK)
