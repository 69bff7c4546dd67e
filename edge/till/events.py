"""The pictures of the pages, pushed to the screens as they change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Final

from aiohttp import web

from edge.control.messages import Message
from edge.till.answering import HEADERS, Till, refused
from edge.till.diner import diner_view
from edge.till.passenger import passenger_view
from edge.till.signing_in import session_of

BEAT_S: Final = 15.0
"""A line without news still shows that it is alive."""


async def diner_events(till: Till, request: web.Request) -> web.StreamResponse:
    """Push what the diner's screen shows."""
    return await _stream(till, request, diner_view)


async def passenger_events(till: Till, request: web.Request) -> web.StreamResponse:
    """Push what the passenger's screen shows."""
    return await _stream(till, request, passenger_view)


async def staff_events(till: Till, request: web.Request) -> web.StreamResponse:
    """Push everything, to those who are signed in."""
    if session_of(till, request) is None:
        return refused(401, "signed_out")
    return await _stream(till, request, lambda state: state)


async def _stream(till: Till, request: web.Request, view: Callable[[Message], Message]) -> web.StreamResponse:
    """Push pictures as server-sent events (WHATWG HTML 9.2); the last id that a screen saw says where to resume."""
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
    await response.prepare(request)
    pictures = till.feed.after(request.headers.get("Last-Event-ID", ""))
    sent = ""
    try:
        async for number, picture in _with_beats(pictures):
            told = json.dumps(view(picture), ensure_ascii=False) if number else sent
            line = f"id: {number}\ndata: {told}\n\n" if told != sent else ":\n\n"
            await response.write(line.encode())
            sent = told
    except ConnectionError:
        pass  # the screen went away; it resumes by itself
    return response


async def _with_beats(pictures: AsyncIterator[tuple[str, Message]]) -> AsyncIterator[tuple[str, Message]]:
    """Yield pictures, and an empty id where none came for a while."""
    waiting = asyncio.ensure_future(anext(pictures))
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=BEAT_S)
            if not done:
                yield "", {}
                continue
            yield waiting.result()
            waiting = asyncio.ensure_future(anext(pictures))
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
