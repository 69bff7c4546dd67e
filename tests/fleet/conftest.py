"""The browser in which the fleet pages are tested, and the fleet that they show."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fleet.fleet_stage import FleetStage, fleet_in
from tests.fleet.fleet_town import peopled
from tests.till.conftest import browser

__all__ = ["browser"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FleetStage]:
    async with fleet_in(tmp_path_factory.mktemp("fleet")) as found:
        await peopled(found)
        yield found
