"""The least that a push to two screens costs: a bare server, one line, two pages that show it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, Page

HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
PAGE: Final = b"""<!doctype html><p id=said></p><script>
new EventSource('/events').onmessage = (event) => {
  document.getElementById('said').textContent = event.data;
  requestAnimationFrame(() => { window.at = [event.data, performance.timeOrigin + performance.now()]; });
};</script>"""
STREAM: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
SCREENS: Final = 2


class PushFloor:
    """Two bare pages and whoever pushes to them."""

    def __init__(self) -> None:
        self.streams: list[asyncio.StreamWriter] = []
        self.pages: list[Page] = []
        self._number = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request: the page, or the stream of its events."""
        asked = await reader.readuntil(b"\r\n\r\n")
        if asked.startswith(b"GET /events "):
            writer.write(STREAM)
            self.streams.append(writer)
        else:
            writer.write(HEAD + PAGE)
            writer.close()

    async def push(self) -> float:
        """Push one line; return the ms until both pages have painted it."""
        self._number += 1
        begun_ms = time.time() * 1000
        for stream in self.streams:
            stream.write(f"data: {self._number}\n\n".encode())
        painted = [await self._painted_ms(page) for page in self.pages]
        return max(painted) - begun_ms

    async def _painted_ms(self, page: Page) -> float:
        seen = await page.wait_for_function("(number) => window.at?.[0] === number && window.at", arg=str(self._number))
        return float((await seen.json_value())[1])


@asynccontextmanager
async def push_floor(browser: Browser) -> AsyncIterator[PushFloor]:
    """Serve two bare pages and wait until both listen."""
    floor = PushFloor()
    server = await asyncio.start_server(floor.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    contexts = [await browser.new_context() for _ in range(SCREENS)]
    try:
        for context in contexts:
            floor.pages.append(await context.new_page())
            await floor.pages[-1].goto(f"http://127.0.0.1:{port}/")
        while len(floor.streams) < SCREENS:  # noqa: ASYNC110 - a few looks at the start
            await asyncio.sleep(0.01)
        yield floor
    finally:
        for context in contexts:
            await context.close()
        for stream in floor.streams:
            stream.close()
        server.close()
