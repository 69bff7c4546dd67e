"""Rosters of staff, technicians and drivers as people write them: a table (CSV, or TOML rows), or a till's own file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from edge.domain.drivers import Driver, DriverRoster
from edge.domain.errors import ConfigError
from edge.domain.staff import Role, StaffMember, StaffRoster, Technician, TechnicianRoster, Trade
from sync.central.tables import TableRow, bound_ms, check_columns, hexadecimal, toml_rows
from sync.value_forms import STAFF_KIND

STAFF_COLUMNS: Final = ("staff", "role", "salt", "hash", "from", "until")
TECHNICIAN_COLUMNS: Final = ("technician", "role", "key", "from", "until")
DRIVER_COLUMNS: Final = ("driver", "token", "from", "until")

E = TypeVar("E", bound=StrEnum)


def staff(tree: Mapping[str, Any]) -> StaffRoster:
    """Return the roster in a document; raises ConfigError, and ValueError out of bounds.

    A till's own file has ``{"staff": {id: {"role", "salt", "hash"}}}``.
    """
    if STAFF_KIND not in tree:
        return staff_of(_rows(tree, STAFF_COLUMNS))
    check_columns([name for name in tree if name != "kind"], [STAFF_KIND])
    members = tree[STAFF_KIND]
    if not isinstance(members, Mapping) or not all(isinstance(member, Mapping) for member in members.values()):
        raise ConfigError("CONFIG_VALUE", "staff is an object of objects by id")
    return staff_of(_rows({"rows": [{"staff": name, **member} for name, member in members.items()]}, STAFF_COLUMNS))


def technicians(tree: Mapping[str, Any]) -> TechnicianRoster:
    """Return the roster in a document; raises ConfigError, and ValueError out of bounds."""
    return technicians_of(_rows(tree, TECHNICIAN_COLUMNS))


def staff_of(rows: Iterable[TableRow]) -> StaffRoster:
    """Return the roster in a table; raises ``CONFIG_VALUE``, and ValueError out of bounds."""
    return StaffRoster(
        tuple(
            StaffMember(
                row.word("staff"),
                _member(row, Role),
                hexadecimal(row, "salt"),
                hexadecimal(row, "hash"),
                bound_ms(row, "from"),
                bound_ms(row, "until"),
            )
            for row in rows
        )
    )


def technicians_of(rows: Iterable[TableRow]) -> TechnicianRoster:
    """Return the roster in a table; raises ``CONFIG_VALUE``, and ValueError out of bounds."""
    return TechnicianRoster(
        tuple(
            Technician(
                row.word("technician"),
                _member(row, Trade),
                hexadecimal(row, "key"),
                bound_ms(row, "from"),
                bound_ms(row, "until"),
            )
            for row in rows
        )
    )


def drivers(tree: Mapping[str, Any]) -> DriverRoster:
    """Return the roster in a document; raises ConfigError, and ValueError out of bounds."""
    return drivers_of(_rows(tree, DRIVER_COLUMNS))


def drivers_of(rows: Iterable[TableRow]) -> DriverRoster:
    """Return the roster in a table; raises ``CONFIG_VALUE``, and ValueError out of bounds."""
    return DriverRoster(
        tuple(
            Driver(row.word("driver"), hexadecimal(row, "token"), bound_ms(row, "from"), bound_ms(row, "until"))
            for row in rows
        )
    )


def _rows(tree: Mapping[str, Any], known: tuple[str, ...]) -> list[TableRow]:
    columns, rows = toml_rows(tree)
    check_columns(columns, known)
    return rows


def _member(row: TableRow, wanted: type[E]) -> E:
    try:
        return wanted(row.text("role"))
    except ValueError:
        raise row.fault("role", f"{' or '.join(wanted)} is wanted") from None
