"""Which engine an address names, and what no address may say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge.domain.errors import ConfigError
from sync.central.store.engines import check_address, is_shared, open_store

SHARED = {"sqlite:/var/lib/x/central.db": False, "postgresql://onecard@db/city": True, "postgres://db/city": True}
WRONG = {
    "another database": "mysql://onecard@db/city",
    "a path alone": "/var/lib/x/central.db",
    "a password beside the user": "postgresql://onecard:secret@db/city",
    "a password among the settings": "postgresql://onecard@db/city?sslmode=require&password=secret",
}


@pytest.mark.parametrize("database", SHARED)
def test_many_may_share_a_server_and_one_owns_a_file(database: str) -> None:
    assert is_shared(database) is SHARED[database]
    check_address(database)


@pytest.mark.parametrize("name", WRONG)
async def test_an_address_is_refused_without_being_repeated(name: str) -> None:
    with pytest.raises(ConfigError, match="CONFIG_VALUE") as refused:
        await open_store(WRONG[name])
    assert "secret" not in str(refused.value)


async def test_a_file_is_opened(tmp_path: Path) -> None:
    await (await open_store(f"sqlite:{tmp_path / 'central.db'}")).close()


def test_the_driver_is_loaded_by_who_uses_it_alone() -> None:
    told = "import sys; import edge.wiring_central; print('asyncpg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, check=True).stdout == b"False\n"
