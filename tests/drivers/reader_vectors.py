"""Loads the vectors of a reader's protocol, in the project's own form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "vectors" / "readers"


@dataclass(frozen=True, slots=True)
class Vector:
    """One frame and what it holds; fields that a protocol does not have are empty."""

    name: str
    sender: str
    kind: str
    frame: bytes
    lead_in: bytes = b""
    tfi: int = 0
    payload: bytes = b""
    message: bytes = b""
    slot: int = 0
    sequence: int = 0
    content: bytes = b""
    status: int = 0
    error: int = 0
    group: int = 0
    command: int = 0


def load(protocol: str) -> list[Vector]:
    """Return all vectors of a protocol."""
    rows = json.loads((FOLDER / f"{protocol}.json").read_text("utf-8"))["vectors"]
    return [_vector(row) for row in rows]


def _vector(row: dict[str, str | int | bool]) -> Vector:
    def raw(key: str) -> bytes:
        return bytes.fromhex(str(row.get(key, "")))

    def number(key: str) -> int:
        return int(row.get(key, 0))

    return Vector(
        name=str(row["name"]),
        sender=str(row["sender"]),
        kind=str(row["kind"]),
        frame=raw("frame"),
        lead_in=raw("lead_in"),
        tfi=int(str(row.get("tfi", "0")), 16),
        payload=raw("payload"),
        message=raw("message"),
        slot=number("slot"),
        sequence=number("sequence"),
        content=raw("content"),
        status=number("status"),
        error=number("error"),
        group=number("group"),
        command=number("command"),
    )
