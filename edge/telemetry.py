"""What the processes say of themselves: JSON lines for the journal of the system.

A log line is an event with named facts, never prose with values inside. Nothing that looks like a card number leaves
this module, wherever it came from: message, fact or traceback.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TextIO

LOOKS_LIKE_A_NUMBER: Final = re.compile(r"[0-9](?:[ -]?[0-9]){12,}")
"""Thirteen digits or more, with or without gaps (ISO/IEC 7812), also inside longer text such as track 2 or an APDU."""

REDACTED: Final = "[number]"
FREE_KEYS: Final = ("tap", "hash", "time_ms")
"""Facts that may be long and all digits: random tap ids, hashes, times in milliseconds."""


def redact(value: object) -> object:
    """Return ``value`` with everything that looks like a card number taken out, at any depth."""
    if isinstance(value, str):
        return LOOKS_LIKE_A_NUMBER.sub(REDACTED, value)
    if isinstance(value, Mapping):
        return {str(redact(str(key))): part if key in FREE_KEYS else redact(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(part) for part in value]
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    clean = LOOKS_LIKE_A_NUMBER.sub(REDACTED, text)
    return value if isinstance(value, int | float) and clean == text else clean


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object: time, level, event, terminal, then the facts of the event."""

    def __init__(self, terminal: str = "") -> None:
        super().__init__()
        self._terminal = terminal

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": redact(record.getMessage()),
        }
        if self._terminal:
            line["terminal"] = self._terminal
        facts = redact(getattr(record, "facts", {}))
        line |= facts if isinstance(facts, dict) else {}
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


class Words(logging.Formatter):
    """Formats a record as one line for people: the event, then its facts as ``name=value``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts = redact(getattr(record, "facts", {}))
        told = [f"{name}={value}" for name, value in facts.items()] if isinstance(facts, dict) else []
        error = [str(redact(self.formatException(record.exc_info)))] if record.exc_info else []
        return " ".join([record.levelname.lower(), str(redact(record.getMessage())), *told, *error])


def log(logger: logging.Logger, level: int, event: str, **facts: object) -> None:
    """Log ``event`` (``tap.accepted``, ``port.lost`` ...) with its facts: epoch, seq, tap, code and the like."""
    logger.log(level, event, extra={"facts": facts})


def log_to(stream: TextIO, terminal: str = "", level: int = logging.INFO, *, words: bool = False) -> None:
    """Send every log line of this process to ``stream`` as JSON, in place of whatever was set up before.

    ``words``: for people instead.
    """
    lines = logging.StreamHandler(stream)
    lines.setFormatter(Words() if words else JsonLines(terminal))
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(level)
