"""What the processes say of themselves: JSON lines for the journal of the system, and counters as plain text.

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


def log(logger: logging.Logger, level: int, event: str, **facts: object) -> None:
    """Log ``event`` (``tap.accepted``, ``port.lost`` ...) with its facts: epoch, seq, tap, code and the like."""
    logger.log(level, event, extra={"facts": facts})


def log_to(stream: TextIO, terminal: str = "", level: int = logging.INFO) -> None:
    """Send every log line of this process to ``stream`` as JSON, in place of whatever was set up before."""
    lines = logging.StreamHandler(stream)
    lines.setFormatter(JsonLines(terminal))
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(level)


class Metrics:
    """Counters and gauges of one process, printed in the Prometheus text format (version 0.0.4)."""

    def __init__(self, prefix: str = "onecard_") -> None:
        self._prefix = prefix
        self._values: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Raise a counter."""
        key = name, tuple(sorted(labels.items()))
        self._values[key] = self._values.get(key, 0) + amount

    def show(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._values[name, tuple(sorted(labels.items()))] = value

    def value(self, name: str, **labels: str) -> float:
        """Return a value; 0 where nothing was counted."""
        return self._values.get((name, tuple(sorted(labels.items()))), 0)

    def text(self) -> str:
        """Return every value, one line each, in a fixed order."""
        return "".join(
            f"{self._prefix}{name}{_labels(labels)} {value:g}\n"
            for (name, labels), value in sorted(self._values.items())
        )


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    if not labels:
        return ""
    quoted = (f'{name}="{_escaped(value)}"' for name, value in labels)
    return "{" + ",".join(quoted) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
