"""A centre served over HTTP on loopback, for tests of either end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from sync.central.centre import Centre
from sync.central.server import served
from sync.central.store.sqlite import open_sqlite
from tests.conformance.central_store import centre_on


@asynccontextmanager
async def served_centre(
    folder: Path,
    shutdown_s: float = 0.1,
    **limits: Any,  # noqa: ANN401 - numbers of two types
) -> AsyncIterator[tuple[Centre, str]]:
    """Yield a centre and its address; ``limits`` are those of the server. Everything is closed whatever happens."""
    store = await open_sqlite(folder / "central.db")
    try:
        centre = centre_on(store)
        async with served(centre, shutdown_s, **limits) as runner:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield centre, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await store.close()
