"""The server side of the control sockets: one Unix socket per role, JSON lines in and out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from edge.control.messages import LINE_BYTES_MAX, ROLES, VERBS, Message, decode_line, encode_line, refusal
from edge.domain.errors import ConfigError, OneCardError, RemoteProtocolError
from edge.terminal.events import Broadcast

Verb = Callable[[Message], Awaitable[Message]]

SOCKET_MODES: Final = {"read": 0o660, "technician": 0o660, "sync": 0o660, "till": 0o660}
SOCKET_PATH_BYTES_MAX: Final = 107
"""What Linux takes for the path of a Unix socket, its last zero byte not counted; unix(7)."""
CONNECTIONS_MAX: Final = 16
"""How many may be connected in one role; another role is never kept out by them."""


class ControlServer:
    """Serves ``<folder>/<role>.sock``. The role is the socket; group and mode of the file decide who may connect.

    ``verbs`` maps a verb to its coroutine; :data:`edge.control.messages.VERBS` says which roles may use it.
    """

    def __init__(self, folder: Path, verbs: Mapping[str, Verb], broadcast: Broadcast) -> None:
        self._folder = folder
        self._verbs = verbs
        self._broadcast = broadcast
        self._servers: list[asyncio.Server] = []
        self._conversations: dict[asyncio.Task[None], str] = {}
        self._closing = False

    async def start(self) -> None:
        """Create the sockets, replacing those of a terminal that died (the journal's lock says that it did).

        Raises ``CONFIG_VALUE`` where the folder's path leaves no room for a socket's name (unix(7)).
        """
        room = SOCKET_PATH_BYTES_MAX - max(len(f"/{role}.sock") for role in ROLES)
        if len(os.fsencode(self._folder)) > room:
            raise ConfigError("CONFIG_VALUE", f"paths.sockets is too long for a socket: {room} bytes at most")
        self._folder.mkdir(parents=True, exist_ok=True)
        for role in ROLES:
            path = self._folder / f"{role}.sock"
            path.unlink(missing_ok=True)
            server = await asyncio.start_unix_server(self._conversation_as(role), path, limit=LINE_BYTES_MAX)
            path.chmod(SOCKET_MODES[role])
            self._servers.append(server)

    async def close(self) -> None:
        """Close sockets and conversations."""
        self._closing = True
        for server in self._servers:
            server.close()
        for task in self._conversations:
            task.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)
        for role in ROLES:
            (self._folder / f"{role}.sock").unlink(missing_ok=True)

    def _conversation_as(self, role: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is None or list(self._conversations.values()).count(role) >= CONNECTIONS_MAX:
                writer.close()
                return
            self._conversations[task] = role
            try:
                await self._converse(role, reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, BrokenPipeError):
                pass  # the client went away: nothing was promised to it
            except asyncio.CancelledError:
                if not self._closing:
                    raise  # at our own close it ends here: asyncio would log a cancelled conversation as a defect
            finally:
                self._conversations.pop(task, None)
                writer.close()

        return converse

    async def _converse(self, role: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                line = await reader.readline()
            except ValueError:
                oversized = RemoteProtocolError("WIRE_TOO_LARGE", f"a line is at most {LINE_BYTES_MAX} bytes")
                writer.write(encode_line(refusal(oversized)))
                await writer.drain()
                return
            if not line:
                return
            message, answer = await self._answer(role, line)
            writer.write(encode_line(answer))
            await writer.drain()
            if message.get("verb") == "subscribe" and answer["ok"]:
                await self._stream(role, reader, writer)
                return

    async def _answer(self, role: str, line: bytes) -> tuple[Message, Message]:
        """Return the request and its answer; every coded error becomes a refusal."""
        try:
            message = decode_line(line)
            verb = message.get("verb")
            if not isinstance(verb, str) or verb not in VERBS:
                raise RemoteProtocolError("CONTROL_MALFORMED", f"no such verb: {str(verb)[:40]!r}")
            if role not in VERBS[verb]:
                raise RemoteProtocolError("CONTROL_REFUSED", f"{verb} is not for the role {role}")
            if verb == "subscribe":
                return message, {"ok": True}
            return message, {"ok": True, **await self._verbs[verb](message)}
        except OneCardError as error:
            return {}, refusal(error)

    async def _stream(self, role: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass events on until the listener closes its side, also where nothing happens; what it says is not heard."""
        passing_on = asyncio.create_task(self._pass_on(role, writer))
        try:
            while await reader.read(LINE_BYTES_MAX):
                pass
        finally:
            passing_on.cancel()
            await asyncio.gather(passing_on, return_exceptions=True)

    async def _pass_on(self, role: str, writer: asyncio.StreamWriter) -> None:
        queue = self._broadcast.listen(role)
        try:
            while True:
                event: dict[str, Any] = await queue.get()
                writer.write(encode_line(event))
                await writer.drain()
        finally:
            self._broadcast.leave(queue)
