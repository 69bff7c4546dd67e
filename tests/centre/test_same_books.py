"""Debts, dues, claims and leases on PostgreSQL: the cases that SQLite passes, and every statement as it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sync.central.centre import Centre
from sync.central.store.port import CentralStore
from sync.central.store.postgres import numbered
from tests.centre.cluster import Cluster
from tests.conformance.central_store import centre_on
from tests.sync import test_clearing, test_debts, test_two_sites
from tests.sync.test_statements import STATEMENTS, planned
from tests.sync.two_sites import Town, opened_town

pytestmark = pytest.mark.centre

for module in (test_clearing, test_debts, test_two_sites):
    globals().update({name: case for name, case in vars(module).items() if name.startswith("test_")})


@pytest.fixture
def centre(store: CentralStore) -> Centre:
    return centre_on(store)


@pytest.fixture
async def town(tmp_path: Path, store: CentralStore) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        yield await opened_town(tmp_path, stack, store)


@pytest.mark.usefixtures("store")
def test_the_server_reads_every_statement(cluster: Cluster, database: str) -> None:
    """Those of tables are read as they are made; parts of statements are read where they stand."""
    whole = ("SELECT", "INSERT", "UPDATE")
    texts = [numbered(planned(text)) for text in STATEMENTS.values() if text.startswith(whole)]
    cluster.ask(";".join(f"PREPARE statement_{number} AS {text}" for number, text in enumerate(texts)), database)
    assert len(texts) > 60
