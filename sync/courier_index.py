"""The index of a courier stick: which batches and acks should be on it, by fleet and span; with a hash over itself.

People read it, and an import misses by it what a torn copy took away. It is made anew from the names of the files by
whoever has written to the stick.
"""

from __future__ import annotations

import hashlib
import json
from itertools import groupby
from typing import Any, Final

from edge.domain.errors import StoreError
from sync.courier_stick import PREFIX, SpanFile, Stick

INDEX: Final = "index.json"
INDEX_BYTES_MAX: Final = 64 * 1024 * 1024
INDEX_FORMAT: Final = 1
STREAMS: Final = ("batches/", "grants/", "acks/")


def write_index(stick: Stick) -> None:
    """Write the index of what is on the stick now, and safe there."""
    stick.settle()
    spans = {
        terminal: [{"epoch": epoch, **span} for epoch, group in groupby(files, _epoch) for span in _joined(list(group))]
        for terminal, files in groupby(stick.batches(), _terminal)
    }
    said = {
        "format": INDEX_FORMAT,
        "fleet": stick.root.name.removeprefix(PREFIX),
        "terminals": spans,
        "files": _carried(stick),
    }
    stick.keep(INDEX, json.dumps({**said, "sha256": _hash(said)}, indent=1, sort_keys=True).encode())


def missing_files(stick: Stick) -> list[str]:
    """Return the files that the index names and the stick lacks; raises ``STICK_DAMAGED`` where it is torn itself."""
    content = stick.read(INDEX, INDEX_BYTES_MAX)
    if content is None:
        return []
    try:
        said: dict[str, Any] = json.loads(content)
        proof = said.pop("sha256")
        named = [str(place) for place in said["files"]]
    except (ValueError, TypeError, LookupError, RecursionError, AttributeError) as error:
        raise StoreError("STICK_DAMAGED", f"{INDEX}: {type(error).__name__}") from error
    if proof != _hash(said):
        raise StoreError("STICK_DAMAGED", f"{INDEX}: does not fit its own hash")
    return sorted(set(named) - set(_carried(stick)))


def _carried(stick: Stick) -> list[str]:
    """Return the files that nothing else misses; a manifest names those of the reference data."""
    return [place for place in stick.files() if place.startswith(STREAMS)]


def _joined(files: list[SpanFile]) -> list[dict[str, int]]:
    """Return the spans that the batches of one epoch make together; they may overlap."""
    spans: list[dict[str, int]] = []
    for file in files:
        if spans and file.first_seq <= spans[-1]["last_seq"] + 1:
            spans[-1]["last_seq"] = max(spans[-1]["last_seq"], file.last_seq)
        else:
            spans.append({"first_seq": file.first_seq, "last_seq": file.last_seq})
    return spans


def _hash(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _terminal(span: SpanFile) -> str:
    return span.terminal


def _epoch(span: SpanFile) -> int:
    return span.epoch
