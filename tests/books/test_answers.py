"""Answers about torn debits on SQLite."""

from __future__ import annotations

import pytest

from tests.books.answer_cases import AnswerCases

pytestmark = pytest.mark.centre


class TestAnswers(AnswerCases):
    """The fixture ``store`` is a file of our own."""
