"""Which engine keeps a store: told by the scheme of its address."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from edge.domain.errors import ConfigError
from sync.central.store.port import CentralStore
from sync.central.store.sqlite import open_sqlite

SQLITE: Final = "sqlite:"
POSTGRES: Final = ("postgresql:", "postgres:")


def is_shared(database: str) -> bool:
    """Say whether several processes may have a store open at once."""
    return database.startswith(POSTGRES)


def check_address(database: str) -> None:
    """Raise ``CONFIG_VALUE`` for an address of no engine, or one that shows a password to whoever lists processes."""
    if not database.startswith((SQLITE, *POSTGRES)):
        raise ConfigError("CONFIG_VALUE", "a database is sqlite:PATH or postgresql://USER@HOST/NAME")
    if is_shared(database) and (urlsplit(database).password or "password=" in urlsplit(database).query):
        raise ConfigError("CONFIG_VALUE", "a password has no place in an address: give a file with --database-password")


async def open_store(database: str, password: str = "", *, patient: bool = False) -> CentralStore:
    """Open or create a store; ``password`` is of the database's user, where the server asks for one.

    ``patient``: for work that may read all books, and for which no terminal waits.
    Raises ``CONFIG_VALUE`` or what the engine's own function raises.
    """
    check_address(database)
    if not is_shared(database):
        return await open_sqlite(Path(database.removeprefix(SQLITE)))
    try:
        engine = importlib.import_module("sync.central.store.postgres")  # an extra, loaded only where it is used
    except ModuleNotFoundError:
        raise ConfigError("CONFIG_VALUE", "PostgreSQL needs the extra: pip install 'onecard-edge[postgres]'") from None
    store: CentralStore = await engine.open_postgres(database, password, patient=patient)
    return store
