"""The language of the control sockets: one JSON object a line, at most 32 KiB; entry bytes as base64.

A request is ``{"verb": ..., ...}``; an answer ``{"ok": true, ...}`` or ``{"ok": false, "code": ..., "message": ...,
"hint": ...}``; an event, after ``subscribe``, ``{"event": ..., ...}``. The role is the socket: ``read``,
``technician``, ``sync``, ``till``; each has its own file, protected by mode and group.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

from edge.domain.errors import OneCardError, RemoteProtocolError
from edge.domain.meals.refusal import StaffRefused

LINE_BYTES_MAX: Final = 32 * 1024
SLICE_ENTRIES_MAX: Final = 50
SYNC: Final = "sync"
ROLES: Final = ("read", "technician", SYNC, "till")

VERBS: Final[dict[str, frozenset[str]]] = {
    "hello": frozenset(ROLES),
    "status": frozenset(ROLES),
    "subscribe": frozenset(ROLES),
    "limits": frozenset({"read", "technician", "till"}),
    "clock": frozenset({"read", "technician", "till"}),
    "why": frozenset({"read", "technician", "till"}),
    "journal.page": frozenset({"read", "technician"}),
    "journal.verify": frozenset({"technician"}),
    "receipt.check": frozenset({"technician", "till"}),
    "card.read": frozenset({"technician"}),
    "tap.test": frozenset({"technician"}),
    "sync.now": frozenset({"technician"}),
    "lists": frozenset({"read", "technician"}),
    "lists.check": frozenset({"technician"}),
    "lists.rollback": frozenset({"technician"}),
    "lease.return": frozenset({"technician", "till"}),
    "drive.state": frozenset({"read", "technician", "till"}),
    "drive.move": frozenset({"technician", "till"}),
    "drive.press": frozenset({"technician", "till"}),
    "ride.state": frozenset({"read", "technician", "till"}),
    "ride.texts": frozenset({"till"}),
    "till.state": frozenset({"till"}),
    "till.offer": frozenset({"till"}),
    "till.cancel": frozenset({"till"}),
    "till.by_hand": frozenset({"till"}),
    "till.collect": frozenset({"till"}),
    "till.void": frozenset({"till"}),
    "till.receipt": frozenset({"till"}),
    "till.sales": frozenset({"till"}),
    "till.report": frozenset({"till"}),
    "till.shift.open": frozenset({"till"}),
    "till.report.print": frozenset({"till"}),
    "till.shift.close": frozenset({"till"}),
    "till.shift.reopen": frozenset({"till"}),
    "till.note": frozenset({"till"}),
    "till.staff": frozenset({"till"}),
    "till.texts": frozenset({"till"}),
    "entries": frozenset({"sync"}),
    "ack": frozenset({"sync"}),
    "edition": frozenset({"sync"}),
    "keys": frozenset({"sync"}),
    "time.ask": frozenset({"sync"}),
    "time": frozenset({"sync"}),
}
"""Which roles may use a verb."""

Message = dict[str, Any]


def encode_line(message: Message) -> bytes:
    """Return ``message`` as one line; raises ``WIRE_TOO_LARGE``."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    line = text.encode("utf-8", "backslashreplace") + b"\n"  # half a surrogate pair goes out as it came in: escaped
    if len(line) > LINE_BYTES_MAX:
        raise RemoteProtocolError("WIRE_TOO_LARGE", f"line of {len(line)} bytes, limit {LINE_BYTES_MAX}")
    return line


def decode_line(line: bytes) -> Message:
    """Return the object in ``line``; raises ``CONTROL_MALFORMED``."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RemoteProtocolError("CONTROL_MALFORMED", "not a JSON line") from error
    if not isinstance(message, dict):
        raise RemoteProtocolError("CONTROL_MALFORMED", "not a JSON object")
    return message


def refusal(error: OneCardError) -> Message:
    """Return the answer that carries a coded error; ``why`` is there where staff of a till asked."""
    told: Message = {"ok": False, "code": error.code, "message": str(error.args[0]), "hint": error.hint}
    return {**told, "why": error.why.value} if isinstance(error, StaffRefused) else told


def members_of(answer: Message) -> Message:
    """Return what an answer tells, without the word that it is none of a refusal."""
    return {key: value for key, value in answer.items() if key != "ok"}


def to_text(raw: bytes) -> str:
    """Return bytes as base64 text."""
    return base64.b64encode(raw).decode("ascii")


def to_bytes(text: object) -> bytes:
    """Return the bytes of base64 text; raises ``CONTROL_MALFORMED``."""
    if not isinstance(text, str):
        raise RemoteProtocolError("CONTROL_MALFORMED", "expected base64 text")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RemoteProtocolError("CONTROL_MALFORMED", "not base64") from error
