"""One cluster for the session, one fresh place in it for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from sync.central.store.postgres import PostgresStore, open_postgres
from tests.centre.cluster import Cluster

TOLD: pytest.StashKey[str] = pytest.StashKey()


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    with Cluster() as running:
        yield running
        pytestconfig.stash[TOLD] = f"PostgreSQL {running.version}: {running.rows_inserted()} rows inserted"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell what the tests ran on, and that they wrote to it."""
    if TOLD in config.stash:
        terminalreporter.write_line(config.stash[TOLD])


@pytest.fixture
def database(cluster: Cluster) -> str:
    """Return the address of an empty place for a store."""
    return cluster.new_place()


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    opened = await open_postgres(database, "")
    yield opened
    await opened.close()
