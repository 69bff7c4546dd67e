"""The network of the demonstration: a loopback forwarder that can be cut."""

from __future__ import annotations

import asyncio

CHUNK_BYTES = 16 * 1024


class Network:
    """Forwards TCP from a port of its own to the centre while it is up; a cut closes every connection at once."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._flows: set[asyncio.Task[None]] = set()
        self.up = True

    async def start(self) -> str:
        """Listen on a free loopback port; returns ``http://127.0.0.1:PORT``."""
        self._server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    def cut(self) -> None:
        """Take the network down: open connections break, new ones are refused at once."""
        self.up = False
        for flow in self._flows:
            flow.cancel()

    def mend(self) -> None:
        """Bring the network back."""
        self.up = True

    async def close(self) -> None:
        """Stop listening and end all flows."""
        if self._server is not None:
            self._server.close()
        for flow in self._flows:
            flow.cancel()
        await asyncio.gather(*self._flows, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if not self.up or task is None:
            writer.transport.abort()
            return
        self._flows.add(task)
        try:
            await self._forward(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # either side hung up, or the network was cut: both ends see it in their own way
        finally:
            self._flows.discard(task)
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        try:
            pumps = [asyncio.create_task(_pump(reader, back)), asyncio.create_task(_pump(there, writer))]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            back.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
