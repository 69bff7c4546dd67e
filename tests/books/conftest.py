"""The store on which the books are tested where a module brings none of its own: a file of SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sync.central.store.port import CentralStore
from sync.central.store.sqlite import open_sqlite


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[CentralStore]:
    opened = await open_sqlite(tmp_path / "central.db")
    yield opened
    await opened.close()
