"""Files of closed days from a real PostgreSQL: the common cases."""

from __future__ import annotations

import pytest

from tests.books.file_cases import FileCases

pytestmark = pytest.mark.centre


class TestPostgresFiles(FileCases):
    """The fixture ``store`` is a fresh place in the session's cluster."""
