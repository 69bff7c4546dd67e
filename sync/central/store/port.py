"""The store's contract: work is a generator of statements, run as one transaction by an engine.

A piece of work yields :class:`Query` and is sent the rows; it returns its result. SQLite runs the whole of it as one
job on its own thread; PostgreSQL awaits statement by statement. Work never sees which.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from typing import Final, Protocol, TypeVar

from edge.domain.errors import StoreError
from edge.domain.frozen import frozen

T = TypeVar("T")

CELLS_MAX: Final = 30_000
"""Values of one statement: SQLite takes 32,766 of them, PostgreSQL 32,767."""

Cell = int | str | bytes | None
Row = Sequence[Cell]


@frozen
class Query:
    """One statement with ``?`` marks, and the values for them in order."""

    sql: str
    cells: Sequence[Cell] = ()


Work = Generator[Query, Sequence[Row], T]


class OutrunError(StoreError):
    """Another writer came between what the work read and what it wrote: it has to be run again."""

    def __init__(self, message: str) -> None:
        super().__init__("STORE_IO", message)


class CentralStore(Protocol):
    """A transactional store. All calls raise StoreError.

    ``broken`` is set once nothing that the store says can be trusted, and it must be opened anew.
    """

    broken: asyncio.Event

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Run work as one transaction: durable when this returns, undone when it raises.

        ``work`` makes a fresh generator, for the engine may have to run the transaction again: after a collision, and
        where a connection was lost over the commit, so that work must bear being done twice.
        """
        ...

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Run work that only reads, on one consistent state."""
        ...

    async def close(self) -> None:
        """Release the store; idempotent."""
        ...


def insert_rows(statement: str, rows: Sequence[Row]) -> Query:
    """Return one multi-row INSERT: ``statement`` ends in ``VALUES {rows}`` with what follows it."""
    marks = ", ".join("(" + ", ".join("?" * len(row)) + ")" for row in rows)
    return Query(statement.format(rows=marks), [cell for row in rows for cell in row])


def insert_all(statement: str, rows: Sequence[Row]) -> Work[None]:
    """Insert any number of rows, none too; each statement stays below the number of values that engines take."""
    if rows:
        at_once = CELLS_MAX // len(rows[0])
        for start in range(0, len(rows), at_once):
            yield insert_rows(statement, rows[start : start + at_once])


def listed(statement: str, before: Row, items: Sequence[Cell]) -> Query:
    """Return a query whose ``{items}`` is a list of marks for ``items``, after the values ``before``."""
    return Query(statement.format(items=", ".join("?" * len(items))), [*before, *items])
