"""A centre served over HTTP on loopback, for tests of either end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from sync.central.centre import Centre
from sync.central.server import application
from sync.central.store.sqlite import open_sqlite
from tests.conformance.central_store import centre_on


@asynccontextmanager
async def served_centre(folder: Path) -> AsyncIterator[tuple[Centre, str]]:
    """Yield a centre and its address; everything is closed whatever happens."""
    store = await open_sqlite(folder / "central.db")
    centre = centre_on(store)
    runner = web.AppRunner(application(centre), shutdown_timeout=0.1)
    try:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield centre, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
        await store.close()
