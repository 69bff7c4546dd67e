"""The stops of lines as people write them: a table (CSV, or TOML rows) in decimal degrees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from edge.domain.stops import LATITUDE_UDEG_MAX, LONGITUDE_UDEG_MAX, REACH_M, Stop, StopTable
from sync.central.tables import TableRow, check_columns, toml_rows

STOP_COLUMNS: Final = ("station", "latitude", "longitude", "line", "direction", "reach_m")
_UDEG_PER_DEGREE: Final = 1_000_000


def stops(tree: Mapping[str, Any]) -> StopTable:
    """Return the stops in a document; raises ConfigError, and ValueError out of bounds."""
    columns, rows = toml_rows(tree)
    check_columns(columns, STOP_COLUMNS)
    return stops_of(rows)


def stops_of(rows: Iterable[TableRow]) -> StopTable:
    """Return the stops in a table; raises ``CONFIG_VALUE``, and ValueError out of bounds."""
    return StopTable(
        tuple(
            Stop(
                row.word("station"),
                _udeg(row, "latitude", LATITUDE_UDEG_MAX),
                _udeg(row, "longitude", LONGITUDE_UDEG_MAX),
                row.plain("line"),
                row.plain("direction"),
                row.whole("reach_m", 1) if row.text("reach_m") else REACH_M,
            )
            for row in rows
        )
    )


def _udeg(row: TableRow, column: str, largest: int) -> int:
    try:
        udeg = round(Decimal(row.text(column)) * _UDEG_PER_DEGREE)
    except (InvalidOperation, OverflowError, ValueError):
        udeg = largest + 1
    if abs(udeg) > largest:
        raise row.fault(column, "decimal degrees are wanted, north and east above 0")
    return udeg
