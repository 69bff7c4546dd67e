"""A plain caching proxy, as far as RFC 9111 asks of one: it keeps what it may, asks again where it must.

As common proxies do, it fetches a file whole, whatever range was asked for, and cuts ranges out of what it keeps.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp import web

FRESH: Final = re.compile(r"max-age=([1-9][0-9]*)")
RANGE: Final = re.compile(r"bytes=([0-9]+)-([0-9]+)")
PASSED_ON: Final = ("Content-Type", "ETag", "Cache-Control", "Retry-After")
OK: Final = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer of the origin."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def may_be_kept(self) -> bool:
        """Say whether a shared cache may serve it without asking again (RFC 9111 3 and 4.2)."""
        rules = self.headers.get("Cache-Control", "")
        return self.status == OK and "public" in rules and FRESH.search(rules) is not None


@dataclass
class CachingProxy:
    """One proxy before one origin; ``asked`` counts the requests that reached the origin, by path."""

    origin: str
    kept: dict[str, Kept] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer from what is kept, else from the origin."""
        found = self.kept.get(request.path_qs)
        if found is None:
            found = await self._fetched(request)
            if found.may_be_kept:
                self.kept[request.path_qs] = found
        span = RANGE.fullmatch(request.headers.get("Range", ""))
        if span is None or found.status != OK:
            return web.Response(status=found.status, headers=found.headers, body=found.body)
        start, end = int(span[1]), min(int(span[2]), len(found.body) - 1)
        headers = {**found.headers, "Content-Range": f"bytes {start}-{end}/{len(found.body)}"}
        return web.Response(status=206, headers=headers, body=found.body[start : end + 1])

    async def _fetched(self, request: web.Request) -> Kept:
        self.asked[request.path] += 1
        tag = request.headers.get("If-None-Match")
        conditions = {"If-None-Match": tag} if tag else {}
        url = self.origin + request.path_qs
        async with aiohttp.ClientSession() as session, session.get(url, headers=conditions) as answer:
            headers = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
            return Kept(answer.status, headers, await answer.read())


@asynccontextmanager
async def caching_proxy(origin: str) -> AsyncIterator[tuple[CachingProxy, str]]:
    """Yield a proxy and its address."""
    proxy = CachingProxy(origin)
    app = web.Application()
    app.router.add_get("/{path:.*}", proxy.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield proxy, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
