"""Who waits for news holds a socket and a question: what becomes of both, whatever the other end does meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sync.central.centre import Centre
from sync.paths import MANIFEST_PATH
from tests.sync.served import served_centre
from tests.sync.test_back_pressure import status_of
from tests.sync.test_list_parts import MANY, many

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def waiting(folder: Path, *fields: str) -> AsyncIterator[tuple[Centre, Streams]]:
    """Yield a centre, and a connection on which somebody waits for its second edition."""
    async with served_centre(folder) as (centre, url):
        await centre.publish(many(list(MANY[:9])))
        found = await centre.manifest()
        assert found is not None
        streams = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        ask(streams, f"{MANIFEST_PATH}?wait_s=20&terminal=BUS-1", f'If-None-Match: "{found[1].hex()}"', *fields)
        while not centre.parking.parked:  # noqa: ASYNC110 - nothing tells that the server has read a request
            await asyncio.sleep(0)
        yield centre, streams
        streams[1].close()


def ask(streams: Streams, path: str, *fields: str) -> None:
    streams[1].write("\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *fields, "", ""]).encode())


async def body_of(streams: Streams) -> tuple[int, dict[str, str]]:
    """Return status and fields of an answer whose body is read too."""
    status, fields = await status_of(streams[0])
    await streams[0].readexactly(int(fields.get("content-length", "0")))
    return status, fields


async def test_news_come_under_the_name_of_the_question_and_the_connection_stays_open(tmp_path: Path) -> None:
    async with waiting(tmp_path, "X-Request-Id: my-name") as (centre, streams):
        await centre.publish(many(list(MANY[:10])))
        status, fields = await body_of(streams)
        assert (status, fields["x-request-id"]) == (200, "my-name")
        ask(streams, "/livez")
        assert (await body_of(streams))[0] == 200


async def test_who_goes_away_gives_the_place_up(tmp_path: Path) -> None:
    async with waiting(tmp_path) as (centre, streams):
        streams[1].close()
        while centre.parking.parked:  # noqa: ASYNC110 - nothing tells that the server has seen the end
            await asyncio.sleep(0)
        await centre.publish(many(list(MANY[:10])))


async def test_who_says_more_while_waiting_is_answered_and_then_heard(tmp_path: Path) -> None:
    async with waiting(tmp_path) as (centre, streams):
        ask(streams, "/livez")
        assert [(await body_of(streams))[0] for _ in range(2)] == [304, 200]
        assert centre.parking.parked == 0


async def test_who_asked_to_be_the_last_is_closed_after_the_answer(tmp_path: Path) -> None:
    async with waiting(tmp_path, "Connection: close") as (centre, streams):
        await centre.publish(many(list(MANY[:10])))
        assert (await body_of(streams))[0] == 200
        assert await streams[0].read() == b""


async def test_all_who_wait_are_woken_by_one_publication(tmp_path: Path) -> None:
    async with waiting(tmp_path) as (centre, streams):
        host, port = streams[1].get_extra_info("peername")[:2]
        others = [await asyncio.open_connection(host, port) for _ in range(150)]
        found = await centre.manifest()
        assert found is not None
        for other in others:
            ask(other, f"{MANIFEST_PATH}?wait_s=20", f'If-None-Match: "{found[1].hex()}"')
        while centre.parking.parked <= len(others):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
        await centre.publish(many(list(MANY[:10])))
        assert {(await body_of(each))[0] for each in (streams, *others)} == {200}
        for _, writer in others:
            writer.close()
