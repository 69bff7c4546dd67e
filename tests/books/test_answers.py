"""Answers about torn debits on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sync.central.store.port import CentralStore
from sync.central.store.sqlite import open_sqlite
from tests.books.answer_cases import AnswerCases

pytestmark = pytest.mark.centre


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[CentralStore]:
    opened = await open_sqlite(tmp_path / "central.db")
    yield opened
    await opened.close()


class TestAnswers(AnswerCases):
    """The fixture ``store`` is a file of our own."""
