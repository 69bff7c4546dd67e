"""What becomes of what was set aside, and what one tap and one day come to, on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sync.central.store.port import CentralStore
from sync.central.store.sqlite import open_sqlite
from tests.conformance.look_up_cases import LookUpCases
from tests.conformance.quarantine_cases import QuarantineCases

pytestmark = pytest.mark.centre


class TestSqliteRepairs(LookUpCases, QuarantineCases):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[CentralStore]:
        opened = await open_sqlite(tmp_path / "central.db")
        yield opened
        await opened.close()
