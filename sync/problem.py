"""Problem documents (RFC 9457) as the terminal's end reads them: whoever answered wrote them, so none is trusted."""

from __future__ import annotations

import json
from typing import Any, Final

PROBLEM_TYPE: Final = "application/problem+json"
REFUSALS: Final = frozenset({"CERTIFICATE_REFUSED", "CERTIFICATE_EXPIRED", "TERMINAL_REVOKED"})
"""Why a centre does not let us in, as problem documents that carry no signed ack."""


def problem_member(body: bytes, name: str) -> str:
    """Return a text member of a problem document, empty where there is none."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    value = document.get(name, "") if isinstance(document, dict) else ""
    return value if isinstance(value, str) else ""
