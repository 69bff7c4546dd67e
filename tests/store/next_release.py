"""The release after this one, as far as the journal's file can tell: one more step of its schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from edge.store import migrations

ADDITIVE: Final = (
    "ALTER TABLE entry ADD COLUMN weighed INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE bearing (only INTEGER PRIMARY KEY, degrees INTEGER NOT NULL) STRICT",
    "INSERT INTO bearing VALUES (1, 90)",
)
"""A step that the release before can leave alone: a column with a default and a table of its own."""

BREAKING: Final = (*ADDITIVE, "UPDATE compatible SET since = 1 + (SELECT user_version FROM pragma_user_version)")


@contextmanager
def next_release(step: tuple[str, ...] = ADDITIVE) -> Iterator[None]:
    """Let the release after this one do what is done in the block."""
    known = migrations.JOURNAL
    setattr(migrations, "JOURNAL", (*known, step))  # noqa: B010 - the next release's value of a final name
    try:
        yield
    finally:
        setattr(migrations, "JOURNAL", known)  # noqa: B010 - as above
