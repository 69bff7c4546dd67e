"""The network of the demonstration: a loopback forwarder that can be cut."""

from __future__ import annotations

import asyncio
from pathlib import Path

CHUNK_BYTES = 16 * 1024


class Network:
    """Forwards TCP from a port of its own to the centre while it is up; a cut closes every connection at once.

    ``capture`` is a folder that is given what passes, one file for each direction of each connection.
    """

    def __init__(self, target: tuple[str, int], capture: Path | None = None) -> None:
        self._target = target
        self._capture = capture
        self._connections = 0
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
            self._connections += 1
            pumps = [
                asyncio.create_task(_pump(reader, back, self._file("up"))),
                asyncio.create_task(_pump(there, writer, self._file("down"))),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            back.transport.abort()

    def _file(self, direction: str) -> Path | None:
        return None if self._capture is None else self._capture / f"{self._connections}-{direction}.bin"


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, capture: Path | None) -> None:
    while chunk := await reader.read(CHUNK_BYTES):
        if capture is not None:
            with capture.open("ab") as file:
                file.write(chunk)
        writer.write(chunk)
        await writer.drain()
