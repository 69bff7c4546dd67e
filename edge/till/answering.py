"""What every answer of the till's pages is made of: the parts of a till, headers, JSON and refusals."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

from edge.domain.frozen import frozen
from edge.page_files import Page
from edge.till.feed import Feed
from edge.till.roster import Roster
from edge.till.sessions import Sessions

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@frozen
class Till:
    """Everything a request needs.

    ``hosts`` are the names by which this server may be called, ``first`` is the page without a name.
    """

    feed: Feed
    sessions: Sessions
    roster: Roster
    pages: Mapping[str, Page]
    hosts: Callable[[], frozenset[str]]
    first: str = "staff.html"


TILL: Final = web.AppKey("till", Till)
Route = Callable[[Till, web.Request], Awaitable[web.StreamResponse]]


def json_answer(told: Mapping[str, object], status: int = 200) -> web.Response:
    """Return an answer in JSON."""
    body = json.dumps(told, ensure_ascii=False)
    return web.Response(text=body, status=status, content_type="application/json", headers=HEADERS)


def refused(status: int, why: str) -> web.Response:
    """Return a refusal; ``why`` is a key of the pages' texts."""
    return json_answer({"code": why}, status)


async def members_of(request: web.Request) -> dict[str, Any] | None:
    """Return the JSON object of a request, None where it is none."""
    try:
        told = json.loads(await request.read()) if request.content_type == "application/json" else None
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
