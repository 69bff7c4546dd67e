"""What a technician shows to act on one terminal: a pass with an end, signed by the technician's own key.

It needs no network: the key's public half came with the roster of technicians. Times are ms UTC.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from edge.domain.frozen import frozen
from edge.domain.staff import STAFF
from edge.domain.tap import TERMINAL_NAME

PASS_PURPOSE: Final = "onecard-work-pass-1"  # noqa: S105 - what is signed, no secret
TECHNICIAN_SUBJECT: Final = "technician"
"""Of the entries that say what a technician did."""
HOUR_MS: Final = 3_600_000
PASS_HOURS_MAX: Final = 7 * 24
"""A pass that is lost is worth something for a week at most."""
NONCE_BYTES: Final = 8
TEXT_MAX: Final = 1024
"""Letters of a pass as text, with room to spare."""
AHEAD_MS: Final = 10 * 60_000
"""How far the clock of whoever signed may be ahead of the terminal's."""


class Work(StrEnum):
    """What a pass is for: ``service`` changes nothing for good, ``wipe`` takes the terminal's whole state away."""

    SERVICE = "service"
    WIPE = "wipe"


@frozen
class WorkPass:
    """One technician's leave to do one kind of work on one terminal; raises ValueError out of bounds."""

    technician: str
    terminal: str
    work: Work
    issued_ms: int
    until_ms: int
    nonce: bytes

    def __post_init__(self) -> None:
        """Check the bounds."""
        if not STAFF.fullmatch(self.technician):
            raise ValueError("a technician's id has 1 to 16 lower-case letters, digits or hyphens")
        if not TERMINAL_NAME.fullmatch(self.terminal):
            raise ValueError("not a terminal's name")
        if not 0 < self.until_ms - self.issued_ms <= PASS_HOURS_MAX * HOUR_MS:
            raise ValueError(f"a pass holds for {PASS_HOURS_MAX} hours at most")
        if len(self.nonce) != NONCE_BYTES:
            raise ValueError(f"a nonce has {NONCE_BYTES} bytes")


def fault_of(shown: WorkPass, terminal: str, work: Work, known_ms: int, trusted_ms: int) -> str:
    """Say in words why a pass does not cover a piece of work; empty: it does.

    ``known_ms`` has surely passed, so it alone can end a pass; whether one is ahead of its time is asked only where
    the time is trusted (``trusted_ms``, 0: it is not).
    """
    if shown.terminal != terminal:
        return f"it is for the terminal {shown.terminal}, this is {terminal}"
    if shown.work is not work:
        return f"it is for the work `{shown.work}`, this is `{work}`"
    if known_ms >= shown.until_ms:
        return "its time is over"
    if trusted_ms and shown.issued_ms > trusted_ms + AHEAD_MS:
        return "its time has not come"
    return ""
