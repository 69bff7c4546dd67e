"""Whether a terminal has a scanner: only then is anything of codes and their cryptography loaded."""

from __future__ import annotations

from edge.config import TerminalConfig
from edge.ports import CodeReader, Values


def no_codes(_config: TerminalConfig, _values: Values) -> CodeReader | None:
    """Return no scanner."""
    return None


def terminal_codes(config: TerminalConfig, values: Values) -> CodeReader | None:
    """Return the scanner with its schemes of codes, closed; None where the profile has none.

    ``values`` are asked for the keys in force.
    """
    if not config.scanner.protocol:
        return None
    from edge.wiring_codes import code_stand  # noqa: PLC0415 - a terminal without a scanner loads none of it

    return code_stand(config.scanner, config.codes, values)
