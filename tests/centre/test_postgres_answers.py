"""Answers about torn debits on a real PostgreSQL: the common cases."""

from __future__ import annotations

import pytest

from tests.books.answer_cases import AnswerCases

pytestmark = pytest.mark.centre


class TestPostgresAnswers(AnswerCases):
    """The fixture ``store`` is a fresh place in the session's cluster."""
