"""Rows found by tokens, as a publication: one part beside the signed body."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from edge.domain.errors import ConfigError
from edge.domain.exchange import ListManifest, Part
from sync.artifact import list_body
from sync.central.artifacts import Publication
from sync.row_form import FORM, ROWS, Row, rows_part


def rows_publication(kind: str, rows: Sequence[Row], name: str = "") -> Publication:
    """Return the publication of a list of rows, named as its kind where it has no other name.

    Raises ``CONFIG_VALUE`` for a row that is too long.
    """
    try:
        content = rows_part(rows)
    except ValueError as error:
        raise ConfigError("CONFIG_VALUE", f"{kind}: {error}") from error
    part = Part(ROWS, hashlib.sha256(content).digest(), len(content))
    return Publication(kind, name or kind, list_body(ListManifest(FORM, b"", len(rows), (part,))), (content,))
