"""A terminal whose store is in doubt starts over inside its process, a few times in a row; then the process ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from edge.domain.errors import OneCardError, Recovery
from edge.telemetry import log

LOG: Final = logging.getLogger("onecard.terminal")
STARTS_MAX: Final = 5
QUIET_MS: Final = 60_000
"""A run of this length was sound: the faults before it no longer count."""


def keep_serving(serve: Callable[[], None], monotonic_ms: Callable[[], float]) -> int:
    """Call ``serve`` until it returns, again where its error says RESTART; returns the process's exit code.

    After five faults in a row (no quiet minute between them) the service manager takes over. Raises every other coded
    error, out of its exception groups.
    """
    faults = 0
    while faults < STARTS_MAX:
        began_ms = monotonic_ms()
        error = _ended(serve)
        if error is None:
            return 0
        log(LOG, logging.ERROR, "service ended", code=error.code, message=str(error.args[0]))
        if error.recovery is not Recovery.RESTART:
            raise error
        faults = 1 if monotonic_ms() - began_ms >= QUIET_MS else faults + 1
    return 1


def _ended(serve: Callable[[], None]) -> OneCardError | None:
    """Return the coded error that ended the service, None where it was asked to end."""
    found: list[OneCardError] = []
    try:
        serve()
    except* OneCardError as group:
        found.append(_first(group))
    return found[0] if found else None


def _first(group: BaseExceptionGroup[OneCardError]) -> OneCardError:
    """Return the first coded error of a group that a task group raised."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    if not isinstance(found, OneCardError):
        raise found
    return found
