"""A proxy on loopback that does to a connection what networks do. One plan per accepted connection."""

from __future__ import annotations

import asyncio
import gzip
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from sync.batch import Batch, decode_batch

Fault = Callable[["FaultProxy", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
CHUNK: Final = 16 * 1024
PORTAL: Final = b"<html>please accept our terms</html>"


class FaultProxy:
    """Listens on loopback and forwards to ``target``; the next connections meet the planned faults, in order.

    ``injected`` counts the faults that were met, so that a test can show it was one.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.plan: deque[Fault] = deque()
        self.injected = 0
        self.requests: list[bytes] = []
        self.forwarded = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Return the address for clients."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Open the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def close(self) -> None:
        """Close the port and every connection."""
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            fault = self.plan.popleft() if self.plan else passing
            self.injected += fault is not passing
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await fault(self, reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    def batches(self) -> list[Batch]:
        """Return the batches that reached the target, in order."""
        posts = (request for request in self.requests if request.startswith(b"POST"))
        return [decode_batch(gzip.decompress(request.split(b"\r\n\r\n", 1)[1])) for request in posts]

    async def ask(self, request: bytes) -> bytes:
        """Send a request to the target on a connection of its own and return the whole answer."""
        self.requests.append(request)
        self.forwarded.set()
        reader, writer = await asyncio.open_connection(*self.target)
        try:
            writer.write(request)
            return await read_message(reader)
        finally:
            writer.close()


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """Return one HTTP message with a Content-Length, whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    return head + await reader.readexactly(int(fields.get(b"content-length", b"0")))


async def passing(proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Forward request by request."""
    while True:
        request = await read_message(reader)
        writer.write(await proxy.ask(request))
        await writer.drain()


async def drop_request(_: FaultProxy, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Read the request, forward nothing, hang up."""
    await read_message(reader)


async def drop_ack(proxy: FaultProxy, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Let the centre do it, and lose the answer: the key case."""
    await proxy.ask(await read_message(reader))


async def duplicate(proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Deliver every request twice."""
    request = await read_message(reader)
    await proxy.ask(request)
    writer.write(await proxy.ask(request))
    await writer.drain()


async def late_duplicate(proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Deliver an old request once more, after the present one: what a queue in a modem does."""
    request = await read_message(reader)
    answer = await proxy.ask(request)
    await proxy.ask(proxy.requests[0])
    writer.write(answer)
    await writer.drain()


async def overtaken(proxy: FaultProxy, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Hold the request back until a later one has passed: the order on the wire is turned round."""
    request = await read_message(reader)
    proxy.forwarded.clear()
    await proxy.forwarded.wait()
    await proxy.ask(request)


async def slow(proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer byte by byte, more slowly than anybody waits."""
    for byte in await proxy.ask(await read_message(reader)):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def reset(_: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reset the connection in the middle of the request."""
    await reader.readexactly(20)
    writer.transport.abort()


async def blackhole(_: FaultProxy, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Take everything, say nothing."""
    while await reader.read(CHUNK):
        continue
    await asyncio.Event().wait()


def swallowing(above_bytes: int) -> Fault:
    """Return a fault that lets short requests pass and swallows long ones: a hole for packets of full size."""

    async def swallow(proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_message(reader)
            if len(request) > above_bytes:
                await blackhole(proxy, reader, writer)
            writer.write(await proxy.ask(request))
            await writer.drain()

    return swallow


def answering(status: int, body: bytes = PORTAL, **headers: str) -> Fault:
    """Return a fault that answers by itself, without the centre."""

    async def answer(_: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_message(reader)
        fields = {"content-type": "text/html", **{name.replace("_", "-"): text for name, text in headers.items()}}
        lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}", "connection: close"]
        lines += [f"{name}: {text}" for name, text in fields.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return answer
