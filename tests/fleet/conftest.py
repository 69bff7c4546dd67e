"""The browser in which the fleet pages are tested."""

from __future__ import annotations

from tests.till.conftest import browser

__all__ = ["browser"]
